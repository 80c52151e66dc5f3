"""The agreement: what the departments promised each other, as one versioned document, and what the fold asks of it.

`domain.agreement_terms` reads the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.calendar import BeyondCalendarError, Calendar
from domain.vocabulary import SECOND, UNASSIGNED, Instant, Outcome, SourceKind


@dataclass(frozen=True, slots=True)
class Span:
    """A typed length of time: wall-clock or business seconds, or whole working days."""

    wall_seconds: int = 0
    business_seconds: int = 0
    business_days: int = 0

    @property
    def is_business(self) -> bool:
        """Whether it counts business time; else it goes by the wall clock."""
        return bool(self.business_seconds or self.business_days)

    def due(self, calendar: Calendar, start: Instant) -> Instant:
        """The instant this span ends when it starts at `start`. Raises BeyondCalendarError."""
        if self.business_days:
            return calendar.due_in_days(start, self.business_days)
        if self.business_seconds:
            return calendar.due(start, self.business_seconds)
        return start + self.wall_seconds * SECOND


@dataclass(frozen=True, slots=True)
class Handoff:
    """A boundary of the relay: at the stage `leg`, `giver` hands over to `receiver`."""

    leg: str
    giver: str
    receiver: str


@dataclass(frozen=True, slots=True)
class Bar:
    """What a lead must be to be worth handing over at `leg`."""

    leg: str
    min_score: int
    required_briefing: tuple[str, ...] = ()
    excluded_channels: tuple[str, ...] = ()
    excluded_industries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of one department to another."""

    id: str
    kind: str
    promisor: str
    promisee: str
    leg: str | None = None
    stage: str | None = None
    within: Span | None = None
    attempts: int = 0
    channels: int = 0
    days: int = 0
    target: int = 0
    per: str | None = None
    count_automated: bool = False
    warn_at_percent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Relay:
    """An end-to-end target over several promises."""

    id: str
    start: str
    end: str
    leg: str
    within: Span
    promises: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of the agreement, with the look-ups the fold needs. `id` is `the-model@1`."""

    id: str
    name: str
    version: int
    zone: str
    departments: tuple[str, ...] | None
    """None admits any department an imported log names."""
    stages: tuple[str, ...]
    outcomes: Mapping[str, Outcome]
    handoffs: tuple[Handoff, ...]
    calendar: Calendar
    bar: Bar | None
    promises: tuple[Promise, ...]
    relays: tuple[Relay, ...]
    deem_accepted: bool
    late_after: Mapping[str, Span]
    max_pause: Span
    rules: int
    plan_per_day: Mapping[str, int]
    dispute_within: Span | None
    warn_at_percent: tuple[int, ...]
    _ranks: Mapping[str, int] = field(init=False, repr=False, compare=False)
    _onward: Mapping[str, Handoff] = field(init=False, repr=False, compare=False)
    _promises: Mapping[tuple[str, str | None], tuple[Promise, ...]] = field(init=False, repr=False, compare=False)
    _progress: Mapping[tuple[str, str | None], tuple[Promise, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Every event asks for ranks, handoffs and promises: each is looked up in a table made once. The first one
        written goes before others of its name."""
        promises: dict[tuple[str, str | None], tuple[Promise, ...]] = {}
        progress: dict[tuple[str, str | None], tuple[Promise, ...]] = {}
        for promise in self.promises:
            kind = promise.kind, promise.leg
            promises[kind] = (*promises.get(kind, ()), promise)
            if promise.kind == "progress":
                held = promise.promisor, promise.stage
                progress[held] = (*progress.get(held, ()), promise)
        object.__setattr__(self, "_ranks", {stage: rank for rank, stage in reversed([*enumerate(self.stages)])})
        object.__setattr__(self, "_onward", {handoff.giver: handoff for handoff in reversed(self.handoffs)})
        object.__setattr__(self, "_promises", promises)
        object.__setattr__(self, "_progress", progress)

    @property
    def first_stage(self) -> str:
        return self.stages[0]

    @property
    def first_department(self) -> str:
        return self.departments[0] if self.departments else UNASSIGNED

    def knows(self, department: str) -> bool:
        """Whether a department takes part in the relay."""
        return self.departments is None or department in self.departments

    def rank(self, stage: str) -> int:
        """How far a stage is; -1 for one the agreement does not declare."""
        return self._ranks.get(stage, -1)

    def onward(self, department: str) -> Handoff | None:
        """The handoff a department gives at the end of its part."""
        return self._onward.get(department)

    def handoff_at(self, leg: str) -> Handoff | None:
        return next((handoff for handoff in self.handoffs if handoff.leg == leg), None)

    def promises_of(self, kind: str, leg: str | None) -> tuple[Promise, ...]:
        """The promises of a kind at a leg, or those that no leg limits."""
        return self._promises.get((kind, leg), ())

    def promise_of(self, kind: str, leg: str) -> Promise | None:
        """The first promise of a kind at a leg."""
        found = self._promises.get((kind, leg))
        return found[0] if found else None

    def progress_of(self, department: str, stage: str) -> tuple[Promise, ...]:
        """What a department promised of a lead that it holds in a stage."""
        return self._progress.get((department, stage), ())

    def is_late(self, activity: str | None, kind: SourceKind, occurred_at: Instant, recorded_at: Instant) -> bool:
        """Whether an entry was written down more than `late_after` after it occurred. An import's times are all
        there is, so it is never late. Outside the calendar the span counts by the wall clock."""
        if kind == "import":
            return False
        allowed = self.late_after.get(activity or "", self.late_after["default"])
        if recorded_at - occurred_at <= (allowed.business_seconds or allowed.wall_seconds) * SECOND:
            return False
        try:
            return recorded_at > allowed.due(self.calendar, occurred_at)
        except BeyondCalendarError:
            return True
