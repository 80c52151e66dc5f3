"""Who may read personal data, and what an answer shows of it.

Everything that is shown of an event passes here. Nothing is opened but for one answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import Depends, Request

from api.security import may
from api.service import Open
from domain.access import PERSONAL
from domain.events import Recorded, Sealed
from domain.personal import subject_of
from ledger.sealing.sealing import Opener, Sealing, Withheld


def may_read_personal(request: Request) -> bool:
    """Whether who asks may read personal data: who holds `read:personal`, or anybody as long as the service is open."""
    return may(request, PERSONAL)


class Disclosure:
    """What of personal data one answer shows: all that can be opened, or nothing."""

    def __init__(self, sealing: Sealing | None) -> None:
        """`sealing` opens it; None: it stays sealed, so that the same question has the same answer whatever is erased."""
        self._sealing = sealing
        self._opener: Opener | None = None if sealing is None else sealing.opener()

    def afresh(self) -> Disclosure:
        """For the next part of an answer that goes on for long: what was erased meanwhile is not shown any more."""
        return Disclosure(self._sealing)

    def expect(self, acts: Sequence[Recorded]) -> None:
        """Looks up at once what many events need."""
        if self._opener is not None:
            self._opener.expect([act.event for act in acts])

    def text(self, held: str | Sealed, lead: str | None, position: int, pointer: str) -> str | Withheld:
        """A personal text of an entry; `pointer` is the field's place in its data."""
        if self._opener is None:
            return Withheld("sealed")
        return self._opener.opened(held, subject_of(lead, position), position, pointer)

    def placed(self, data: Any, act: Recorded, texts: Mapping[str, str | Sealed]) -> Any:
        """An event's data as JSON has it, with its personal texts as they may be shown, each in its place."""
        for pointer, held in texts.items():
            *path, last = pointer.split("/")[1:]
            place = data
            for name in path:
                place = place[name]
            place[int(last) if isinstance(place, list) else last] = self.text(held, act.lead, act.position, pointer)
        return data


SEALED = Disclosure(None)
"""Shows nothing: for what leaves the service, and for whoever did not ask for personal data."""


def disclosure_of(request: Request, service: Open) -> Disclosure:
    """What the answer to a request may show."""
    return Disclosure(service.book.sealing if may_read_personal(request) else None)


Disclosed = Annotated[Disclosure, Depends(disclosure_of)]
"""What an answer may show, as a route asks for it."""
