"""A real server on a free port of the loopback."""

import contextlib
import threading
import time
from collections.abc import Iterator

import httpx
import uvicorn

from api.app import create_app
from api.commands.serve import Server
from api.protocol import OnePacketProtocol
from api.settings import Settings


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The address of a server for as long as the block runs."""
    app = create_app(settings)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, http=OnePacketProtocol, log_config=None, access_log=False)
    server = Server(config, app)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    while httpx.get(f"{address}/health/ready").status_code != 200:
        time.sleep(0.02)
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the server did not drain"
