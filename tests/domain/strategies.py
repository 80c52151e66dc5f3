"""Random histories, and random events of every type, for laws that hold whatever happens."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from domain import events as e
from domain.vocabulary import SECOND, Instant, moment

LEADS = ("L-1", "L-2", "L-3", "L-4")
DEPARTMENTS = ("marketing", "inside_sales", "field_sales", "customer_success")
STAGES = ("lead", "mal", "mql", "sal", "sql", "opportunity", "won", "lost", "nowhere")


class Seeded(random.Random):
    """What happens follows from one number, so that a failure can be told again."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number

    def __repr__(self) -> str:
        return f"seeded({self.number})"


seeds = st.integers(0, 2**32).map(Seeded)


def seeded(number: int) -> random.Random:
    """What happens from one number on."""
    return Seeded(number)


def anything(r: random.Random, position: int, at: Instant) -> tuple[e.AnyEvent, str]:
    """Some event that may make sense after `position` others, and who does it."""
    department, stage, handoff, lead = r.choice(DEPARTMENTS), r.choice(STAGES), f"h{r.randint(1, 4)}", r.choice(LEADS)
    person, earlier = f"{department}:p{r.randint(1, 2)}", r.randint(2, position) if position > 1 else 10**9
    until = moment(at + r.choice((60, 3_600, 400_000)) * SECOND)
    events: tuple[e.AnyEvent, ...] = (
        e.LeadCaptured(channel=r.choice(("web", "fair", None)), department=r.choice((None, department))),
        e.LeadCaptured(channel="web"),
        e.LeadProfiled(industry=r.choice("ab")),
        e.LeadScored(r.randint(0, 100), "m"),
        e.LeadHandRaised("inquiry"),
        e.LeadAssigned(department, person),
        e.StageEntered(stage),
        e.StageEntered(stage),
        e.StageObserved(stage, "s", r.choice((None, department)), None, r.choice((None, 5)), r.choice((None, "JPY"))),
        e.CustodyObserved(department, "s", r.choice((None, person))),
        e.ActivityLogged("call", "outbound", captured=r.choice((None, "machine", "typed"))),
        e.HandoffOffered(handoff, r.choice(("mql", "sal", "won")), department, e.Briefing(), r.choice((None, person))),
        e.HandoffOffered(handoff, "mql", "inside_sales", e.Briefing()),
        e.HandoffAccepted(handoff),
        e.HandoffAccepted(handoff, r.choice((None, person))),
        e.HandoffRejected(handoff, "clerical", "x"),
        e.HandoffWithdrawn(handoff, "x"),
        e.HandoffReturned(handoff, "x"),
        e.ClockPaused("customer", r.choice((None, moment(at + 400_000 * SECOND))), r.choice((None, (earlier,)))),
        e.ClockResumed("customer"),
        e.OpportunityOpened(3, "JPY"),
        e.OpportunityAmended(4, "EUR"),
        e.DealWon(5, r.choice(("JPY", "EUR"))),
        e.DealLost("x"),
        e.LeadDisqualified("x"),
        e.LeadRecycled("x", date(2030, 1, 1)),
        e.LeadReopened("x"),
        e.LeadMerged(lead),
        e.OutcomeReported(department, "lost"),
        e.RecordRetracted(earlier, "x"),
        e.RecordConfirmed(earlier, "x"),
        e.RecordCorrected(earlier, "x", e.Replacement(e.StageObserved(stage, "z"), at, person)),
        e.DisputeOpened("d1", (earlier,), "x"),
        e.DisputeWithdrawn("d1"),
        e.PersonDeactivated(person),
        e.OutageDeclared(moment(at), until, r.choice(("all", department))),
        e.SourceDeclared(f"s{r.randint(1, 3)}", r.choice(("manual", "import", "integration")), None, r.choice((None, None, 0, 1))),
    )
    return r.choice(events), person


LATENESS_SECONDS = (0, 0, 0, 0, 60, 3_000, 100_000, -200)
"""How long after it happened an event is recorded; clocks of other systems may run a little ahead."""
GAPS_SECONDS = (1, 60, 3_600, 7_200, 86_400)


def history(r: random.Random, length: int, begin: Instant, shared: bool = True) -> list[e.Recorded]:
    """A captured lead's events, and shared ones, as a ledger that refuses nothing would have recorded them."""
    first = begin - 10 * 86_400 * SECOND
    told = [e.Recorded(1, 1, first, first, "L-1", e.LeadCaptured(), None, "s1", "manual", "the-model@1")]
    recorded_at = begin
    for position in range(2, length + 2):
        recorded_at += r.choice(GAPS_SECONDS) * SECOND
        at = recorded_at - r.choice(LATENESS_SECONDS) * SECOND
        event, person = anything(r, position - 1, at)
        while isinstance(event, e.LeadMerged) or (event.SHARED is not None and not shared):
            event, person = anything(r, position - 1, at)
        kind = r.choice(("manual", "integration", "import"))
        if isinstance(event, e.PersonDeactivated):
            at = min(at, recorded_at)  # What is ahead of it has a test of its own, in test_laws.py.
        told.append(
            e.Recorded(position, position, at, recorded_at, None if event.SHARED else "L-1", event, person, "s1", kind, "the-model@1")
        )
    return told


# Events of every type, from their fields

_TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text)
)
_TIMES = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - the zone is put on
_JSON = st.recursive(
    st.booleans() | st.integers(-e.MAX_INTEGER, e.MAX_INTEGER) | _TEXT,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.from_regex("[a-z0-9_]{1,8}", fullmatch=True), part, max_size=3),
    max_leaves=6,
)


@cache
def event_of(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Every value a class of events can have, as its fields and their limits say."""
    hints = get_type_hints(cls, include_extras=True)
    return st.builds(cls, **{field.name: _value(hints[field.name]) for field in fields(cls)})


def _value(annotation: Any) -> st.SearchStrategy[Any]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is e.Replacement:
        replacements = st.one_of(
            [event_of(known) for known in e.EVENTS.values() if known.SHARED is None and known is not e.RecordCorrected]
        )
        return st.builds(e.Replacement, replacements, st.integers(0, 2**51), st.none() | _TEXT)
    if annotation is type(None):
        return st.none()
    if is_dataclass(annotation):
        return event_of(annotation)
    if origin is Annotated:
        return _limited(arguments[0], arguments[1])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of([_value(argument) for argument in arguments])
    if origin is tuple:
        return st.lists(_value(arguments[0]), max_size=3).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        values = _JSON if arguments[1] is Any else _value(arguments[1])
        return st.dictionaries(st.from_regex("[a-z0-9_]{1,8}", fullmatch=True), values, max_size=3)
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: _TEXT,
        int: st.integers(-e.MAX_INTEGER, e.MAX_INTEGER),
        bool: st.booleans(),
        date: st.dates(date(1990, 1, 1), date(2100, 1, 1)),
        datetime: _TIMES,
    }
    return plain[annotation]


def _limited(kind: type[Any], limits: e.Limits) -> st.SearchStrategy[Any]:
    if kind is int:
        return st.integers(limits.ge, limits.le)
    if limits.personal:
        return _TEXT  # As a client says it.
    if limits.pattern:
        return st.from_regex(limits.pattern.removeprefix("^").removesuffix("$"), fullmatch=True)
    return _TEXT
