"""The leads a book has met lately, as they stand.

An event in order then costs one rule and one `evolve`, and no reading.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from types import MappingProxyType

from msgspec import Struct

from domain.agreement import Agreement
from domain.lead import Lead
from domain.order import Began, Key
from domain.shared import Shared
from domain.timeline import EMPTY

KEPT_LEADS = 200_000
_NOTHING_BEGAN: Began = MappingProxyType({})


class Standing(Struct, frozen=True, gc=False):
    """A lead's latest state: the lead, the order key of its last event, its version, and what can be answered."""

    lead: Lead = Lead()
    tail: Key = EMPTY.tail
    version: int = 0
    began: Began = _NOTHING_BEGAN
    agreement: Agreement | None = None


UNMET = Standing()


class Memory:
    """The states of the leads met lately, by key, and what all leads share, as committed up to `position`."""

    def __init__(self) -> None:
        self.position = 0
        self.shared = Shared()
        self.versions: dict[str, int] = {}
        self._leads: OrderedDict[str, Standing] = OrderedDict()

    def get(self, key: str) -> Standing | None:
        return self._leads.get(key)

    def items(self) -> Iterable[tuple[str, Standing]]:
        """Every lead kept, by its key."""
        return self._leads.items()

    def keep(self, standings: dict[str, Standing]) -> None:
        for key, standing_ in standings.items():
            self._leads[key] = standing_
            self._leads.move_to_end(key)
        while len(self._leads) > KEPT_LEADS:
            self._leads.popitem(last=False)

    def forget(self, keys: Iterable[str] | None = None) -> None:
        """Forgets some leads, or all: they are read again when next met."""
        if keys is None:
            self._leads.clear()
        else:
            for key in keys:
                self._leads.pop(key, None)
