"""Where a command listens that serves."""

from __future__ import annotations

import socket

from api.commands.options import misused

_WAITING = 2_048
"""How many may wait: as many as the server itself lets wait."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a taken port is said in a sentence, and whoever comes once the address is said waits until
    the service has begun. Ends the command where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_WAITING)
    except OSError as error:
        listening.close()
        misused(f"Port {port} cannot be listened on ({error.strerror}); choose another with --port.")
    return listening
