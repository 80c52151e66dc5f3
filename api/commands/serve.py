"""`tasuki serve`: the HTTP API, open on the loopback."""

from __future__ import annotations

import ipaddress
import socket
from typing import Annotated

import typer
import uvicorn

from api.app import Application, create_app
from api.commands.options import DATABASE, Database, Host, Port, misused, open_book, say
from api.logs import configure
from api.protocol import OnePacketProtocol
from api.settings import Settings

DRAIN_SECONDS = 15


class Server(uvicorn.Server):
    """Ends event streams before it waits for connections to close: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, app: Application) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Requests under way are answered, new ones are not taken."""
        self._app.state.service.tail.close()
        await super().shutdown(sockets)


PublicUrl = Annotated[str | None, typer.Option("--public-url", help="Where people reach it, for links in notices; else where it listens.")]
AllowPrivate = Annotated[bool, typer.Option("--allow-private-webhooks", help="Let notices go to this machine and to private networks.")]


def serve(
    database: Database = DATABASE,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    public_url: PublicUrl = None,
    allow_private_webhooks: AllowPrivate = False,
) -> None:
    """Serve the HTTP API until interrupted, and tell subscribers of promises."""
    open_book(database).close()
    run(database, host, port, public_url, allow_private_webhooks=allow_private_webhooks)


def run(database: str, host: str, port: int, public_url: str | None = None, *, allow_private_webhooks: bool = False) -> None:
    """Serves a ledger that can be opened."""
    if not _is_loopback(host):
        misused(f"Without keys the API is open to everybody who can reach it, so it listens on the loopback only, not on {host}.")
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listening.getsockname()[1]}"
    say(f"Tasuki serves {database} on {address}; it runs open, without keys, on this machine only.")
    configure()
    app = create_app(
        Settings(
            database=database,
            projects_apart=True,
            public_url=public_url or address,
            allow_private_webhooks=allow_private_webhooks,
        )
    )
    config = uvicorn.Config(
        app,
        loop="auto",
        http=OnePacketProtocol,
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    Server(config, app).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    """A bound socket, so that a taken port is said in a sentence. Ends the command where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        misused(f"Port {port} cannot be listened on ({error.strerror}); choose another with --port.")
    return listening


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
