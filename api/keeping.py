"""The threads that sign and have witnessed: beside the requests, so that receipts wait for neither.

The head is signed once a second at most. Each witness is asked by a thread of its own, so that none waits for another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog

from ledger.log import Log, RewrittenError
from ledger.witnessing.asking import UnreachableWitnessError, WitnessAt, Witnessed

_log = structlog.get_logger()


class Keeper:
    """Signs the log's head, and has it witnessed, from `begin` until `close`."""

    def __init__(self, log: Log, witnessed: Witnessed, witnesses: Sequence[WitnessAt], every_seconds: float) -> None:
        self._keeping, self._every_seconds = log, every_seconds
        self._ending, self._signed_last = threading.Event(), threading.Event()
        self._signing = threading.Thread(target=self._repeat, args=(self._sign, self._ending), name="signing", daemon=True)
        self._asking = [
            threading.Thread(target=self._repeat, args=(_Asker(witnessed, witness).ask, self._signed_last), name="witness", daemon=True)
            for witness in witnesses
        ]

    def begin(self) -> None:
        """Signs the head as it is, then goes on by itself."""
        self._sign()
        for thread in (self._signing, *self._asking):
            thread.start()

    def close(self) -> None:
        """Signs what came last, asks the witnesses once more, then stops."""
        self._ending.set()
        self._signing.join()
        self._signed_last.set()
        for thread in self._asking:
            thread.join()

    def _repeat(self, act: Callable[[], None], ending: threading.Event) -> None:
        """Acts until the end, and once more there."""
        is_over = False
        while not is_over:
            is_over = ending.wait(self._every_seconds)
            act()

    def _sign(self) -> None:
        try:
            self._keeping.sign()
        except RewrittenError as error:
            _log.error("log_rewritten", reason=str(error))
        except Exception:  # noqa: BLE001 - a busy database or a full disk: it is tried again.
            _log.exception("log_unsigned", retry_seconds=self._every_seconds)


class _Asker:
    """Asks one witness, and says when it begins or ceases to answer; not each time."""

    def __init__(self, witnessed: Witnessed, witness: WitnessAt) -> None:
        self._witnessed, self._witness = witnessed, witness
        self._said = ""

    def ask(self) -> None:
        try:
            self._witnessed.ask(self._witness)
        except (RewrittenError, UnreachableWitnessError) as error:
            self._say("log_forked" if isinstance(error, RewrittenError) else "witness_unreachable", str(error))
        except Exception as error:  # noqa: BLE001 - a busy database or a full disk: it is tried again.
            self._say("witness_unasked", repr(error))
        else:
            self._said = ""

    def _say(self, event: str, reason: str) -> None:
        if reason != self._said:
            _log.error(event, witness=self._witness.verifier.name, reason=reason)
            self._said = reason
