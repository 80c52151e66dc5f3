"""How many there were of what."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ledger.entry import lead_of

Figures = Mapping[str, int]


class _Place(msgspec.Struct, frozen=True, gc=False):
    """As much of an entry as tells whether it is a lead's."""

    stream: str


_place = msgspec.json.Decoder(_Place)


class Tally:
    """Counts events, and the leads that they are about."""

    def __init__(self) -> None:
        self._events = 0
        self._leads: set[str] = set()

    def count(self, blob: bytes) -> None:
        """Takes in an entry's bytes."""
        self._events += 1
        lead = lead_of(_place.decode(blob).stream)
        if lead is not None:
            self._leads.add(lead)

    def figures(self) -> Figures:
        """What was counted."""
        return {"events": self._events, "leads": len(self._leads)}


def counted(figures: Figures) -> str:
    """The figures in words, for people."""
    return ", ".join(f"{n:,} {name.removesuffix('s') if n == 1 else name}" for name, n in figures.items())
