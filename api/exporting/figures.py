"""How many there were of what."""

from __future__ import annotations

from collections.abc import Mapping

from domain.events import EVENTS

Figures = Mapping[str, int]


class Tally:
    """Counts events, and the leads that they are about."""

    def __init__(self) -> None:
        self._events = 0
        self._leads: set[str] = set()

    def count(self, subject: str, type_: str) -> None:
        """Takes in an event of a public type."""
        self._events += 1
        if EVENTS[type_].SHARED is None:
            self._leads.add(subject)

    def figures(self) -> Figures:
        """What was counted."""
        return {"events": self._events, "leads": len(self._leads)}


def counted(figures: Figures) -> str:
    """The figures in words, for people."""
    return ", ".join(f"{n:,} {name.removesuffix('s') if n == 1 else name}" for name, n in figures.items())
