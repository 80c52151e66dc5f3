"""A PostgreSQL server that can be taken away and put back: a way to it over TCP, which a test cuts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from tests.postgres import SERVER


class Way:
    """Hands what comes on a port of its own on to the server, while it is open."""

    def __init__(self) -> None:
        with psycopg.connect(SERVER) as connection:
            self._host, self._server_port = connection.info.host, connection.info.port
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._is_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Takes the server away: every connection ends, and new ones end at once."""
        self._is_cut = True
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._is_cut = False

    def close(self) -> None:
        self.cut()
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._is_cut:
                    client.close()
                    continue
                server = self._connected()
                self._open += [client, server]
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=_hand_on, args=(source, target), daemon=True).start()

    def _connected(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._server_port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._server_port}")
        return server


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def way_to(url: str) -> Iterator[tuple[Way, str]]:
    """A way, and the URL of the same ledger by it."""
    way = Way()
    try:
        yield way, f"{url}&host=127.0.0.1&port={way.port}&sslmode=disable&gssencmode=disable"
    finally:
        way.close()
