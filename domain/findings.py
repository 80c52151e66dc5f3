"""The shape of a finding (who owes what share of which broken promise, and the events that show it) and its shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Literal, NamedTuple

from domain.agreement import Agreement
from domain.vocabulary import CUSTOMER, NOBODY, UNDETERMINED, Instant

About = Mapping[str, str | int | tuple[str, ...]]
"""What a finding is about: a clock, a relay, a handoff, a pause, an episode, other verdicts by id."""

Shares = Mapping[str, int]
"""Percentages by party, in the order in which the parties had the lead; they add up to 100."""

Status = Literal["provisional", "standing", "cleared", "disputed", "upheld", "overturned", "split"]
"""`cleared`: it stood by what was known earlier, and no longer does."""

NAMES: Mapping[str, str] = MappingProxyType(
    {
        "M1": "bad_data",
        "M2": "below_bar",
        "M3": "late_offer",
        "M4": "shortfall",
        "M5": "nurture_lapse",
        "O1": "routing",
        "O2": "sync_lag",
        "O3": "limbo",
        "R1": "no_decision",
        "R2": "late_touch",
        "R3": "shallow",
        "R4": "bad_reject",
        "R5": "stalled",
        "R6": "pause_abuse",
        "E1": "late_relay",
        "S1": "ping_pong",
        "S2": "surge",
        "C1": "customer",
        "N1": "excused_or_gap",
        "U1": "undetermined",
        "L1": "loss",
    }
)
"""The codes, in the order in which they are told."""

MONTHLY = ("M4", "S2")
"""What is found on whole months; the others on one lead."""

SUMMARIES = ("E1", "L1")
"""What sums up other findings; totals count the others."""

_SOLE_PERCENT = 80
_NOT_AT_FAULT = (CUSTOMER, NOBODY, UNDETERMINED)


class Sentence(NamedTuple):
    """One thing said in English and in Japanese."""

    en: str
    ja: str


UNSAID = Sentence("", "")
"""Stands where nobody asked for words."""


class Window(NamedTuple):
    """The stretch that was searched for what is not there; without an end it is still open."""

    from_: Instant
    until: Instant | None


class Against(NamedTuple):
    """Something on record that speaks against a finding, at these positions, and why it did not suffice."""

    evidence: tuple[int, ...]
    sentence: Sentence


class Finding(NamedTuple):
    """What a rule found. `position` is that of the event which started the clock or made the offer; with `code` and
    `promise` it tells findings apart for good. `since` is when it began to hold.

    `evidence` are the positions without which it would not stand as it reads. `overruns` are seconds beyond what was
    agreed, by party. `rejection` is the position of the rejection it rests on."""

    code: str
    shares: Shares
    promise: str
    position: int
    episode: int
    since: Instant
    agreement: Agreement
    about: About
    evidence: tuple[int, ...]
    sentence: Sentence
    window: Window | None = None
    handoff: str | None = None
    overruns: Mapping[str, int] = MappingProxyType({})
    rejection: int | None = None
    remedy: Sentence | None = None
    """What would have kept the promise."""
    missing: Sentence | None = None
    """Which evidence would clear it."""
    against: tuple[Against, ...] = ()
    """What the record holds against it."""
    is_due: bool = False
    """Whether `since` is a due instant: at that very instant the promise is not broken yet."""

    @property
    def holds_from(self) -> Instant:
        """The first instant at which it holds."""
        return self.since + 1 if self.is_due else self.since

    @property
    def blames(self) -> bool:
        """Whether a department or operations bears a share."""
        return any(party not in _NOT_AT_FAULT for party in self.shares)


def finding_id(lead: str, found: Finding) -> str:
    """The same for every revision of a finding, whatever becomes known later."""
    return _id(lead, found.code, found.promise, found.position)


@lru_cache(maxsize=1_024)
def _id(lead: str, code: str, promise: str, position: int) -> str:
    """A lead is judged at every step, and most of what is found is what was found before."""
    return sha256("\x1f".join((lead, code, promise, str(position))).encode()).hexdigest()[:16]


def cited(*positions: int | None) -> tuple[int, ...]:
    """Positions as evidence lists them: each once, in the order of the book."""
    return tuple(sorted({position for position in positions if position is not None}))


def all_of(party: str) -> Shares:
    """One party bears it alone."""
    return {party: 100}


def by_weight(weights: Mapping[str, int]) -> Shares:
    """Percentages by largest remainder, in whole numbers that add up to 100; a tie goes to whoever comes first, which
    is who had the lead earlier. Whoever weighs nothing has no share; nobody has one where nothing weighs."""
    weighing = {party: weight for party, weight in weights.items() if weight > 0}
    total = sum(weighing.values())
    shares = {party: weight * 100 // total for party, weight in weighing.items()}
    by_remainder = sorted(weighing, key=lambda party: -(weighing[party] * 100 % total))
    for party in by_remainder[: 100 - sum(shares.values())] if weighing else ():
        shares[party] += 1
    return {party: share for party, share in shares.items() if share}


def by_overrun(overruns: Mapping[str, int]) -> Shares:
    """Shares of an overrun: a party with at least 80 % of it is sole. Less than a second is borne by all alike."""
    total = sum(overruns.values())
    if not total:
        return equally(overruns)
    for party, seconds in overruns.items():
        if seconds * 100 >= total * _SOLE_PERCENT:
            return all_of(party)
    return by_weight(overruns)


def equally(parties: Iterable[str]) -> Shares:
    """The same share for each, as far as whole numbers go."""
    return by_weight(dict.fromkeys(parties, 1))
