"""The thread that signs: once a second at most, so that receipts never wait for it, and once more at the end."""

from __future__ import annotations

import threading

import structlog

from ledger.log import Log, RewrittenError

_log = structlog.get_logger()


class Keeper:
    """Signs the log's head as long as it is open."""

    def __init__(self, log: Log, every_seconds: float) -> None:
        self._keeping, self._every_seconds = log, every_seconds
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def begin(self) -> None:
        """Signs the head as it is, then goes on by itself."""
        self._sign()
        self._thread.start()

    def close(self) -> None:
        """Signs what came last, then stops."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.wait(self._every_seconds)
            self._sign()

    def _sign(self) -> None:
        try:
            self._keeping.sign()
        except RewrittenError as error:
            _log.error("log_rewritten", reason=str(error))
        except Exception:  # noqa: BLE001 - a busy database or a full disk: it is tried again.
            _log.exception("log_unsigned", retry_seconds=self._every_seconds)
