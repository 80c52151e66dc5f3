"""What content there is, who made it for whom, and what was asked for and nobody made, as the ledger knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain import events as e
from domain.vocabulary import Instant


@dataclass(frozen=True, slots=True)
class Register:
    """The record that counts of each piece of content, and the requests, by the name of the content, in the order first said."""

    pieces: Mapping[str, e.Recorded] = field(default_factory=dict)
    requests: Mapping[str, e.Recorded] = field(default_factory=dict)

    @property
    def wanted(self) -> tuple[e.Recorded, ...]:
        """The requests for what nobody made, the oldest first."""
        return tuple(act for name, act in self.requests.items() if name not in self.pieces)


def register_of(acts: Iterable[e.Recorded], as_of: Instant) -> Register:
    """What was said by an instant, in the order of the book: what is recorded later about the same replaces what was there, but
    who asked first goes on waiting since then."""
    pieces: dict[str, e.Recorded] = {}
    requests: dict[str, e.Recorded] = {}
    for act in acts:
        if act.occurred_at > as_of:
            continue
        if isinstance(act.event, e.ContentRegistered):
            pieces[act.event.content] = act
        elif isinstance(act.event, e.ContentRequested):
            requests.setdefault(act.event.content, act)
    return Register(pieces, requests)
