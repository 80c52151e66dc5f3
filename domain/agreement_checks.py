"""What a proposal is to fulfil beyond being readable: that every promise in it can be kept, broken and judged.

Each rule is a generator of (pointer, sentence); `check` says all that is wrong at once. Pointers are JSON pointers into
the terms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from domain.agreement import Agreement, Handoff, Promise, Relay, Span
from domain.agreement_terms import PROMISE_KINDS, UNTIMED_KINDS, FaultyAgreementError, read
from domain.vocabulary import CUSTOMER, NOBODY, OPERATIONS, SECOND, UNDETERMINED

Fault = tuple[str, str]
_Row = TypeVar("_Row", Handoff, Promise, Relay)
MAX_TEXT_LENGTH = 200
MAX_ROWS = 200
"""Of promises, stages, departments, handoffs, and relays."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
RULES = (1,)
"""The versions of the rules of verdicts that there are."""
TALKING = ("email", "call", "meeting", "visit", "chat")
"""The kinds of activity, and so the channels, by which somebody can be addressed."""
ACTIVITIES = (*TALKING, "form", "download", "webinar", "page_view")
BRIEFING = ("score", "intent", "budget", "timing", "reactions", "next_step", "note")

GIVERS = ("offer", "quality", "volume", "acceptance_rate")
RECEIVERS = ("decide", "first_attempt", "depth")
AT_A_LEG = (*GIVERS, *RECEIVERS, "route")
RUNNING_ORDER = ("offer", "route", "decide", "first_attempt", "depth")
"""In which order the promises of a leg stop."""
BEGINNINGS = {"lead.captured": 0, "lead.hand_raised": 1, "stage.entered": 1, "handoff.offered": 2, "handoff.accepted": 5}
ENDINGS = {"handoff.offered": 2, "offer": 2, "route": 3, "decide": 4, "handoff.accepted": 5, "first_attempt": 6, "depth": 7}
"""What a relay may run from and until, by their order at a leg."""
PROMISE_TERMS = (
    "id", "kind", "promisor", "promisee", "leg", "stage", "within", "attempts", "channels", "days", "target", "target_percent", "per",
    "count_automated", "warn_at_percent",
)  # fmt: skip
_ROW_TERMS = {
    "handoffs": ("leg", "from", "to"),
    "promises": PROMISE_TERMS,
    "relays": ("id", "from", "until", "leg", "within", "legs"),
}
_OF_ONE_KIND = {"attempts": "depth", "channels": "depth", "days": "depth", "target": "volume", "target_percent": "acceptance_rate"}
"""Terms that mean something in promises of one kind alone."""


def check(terms: Mapping[str, Any]) -> Agreement:
    """The agreement that a resolved document proposes. Raises FaultyAgreementError with every fault there is."""
    agreement, faults = _checked(terms)
    if faults:
        raise FaultyAgreementError(faults)
    return agreement


def faults_of(terms: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with terms: first what cannot be read, then what could not be meant."""
    return _checked(terms)[1]


def _checked(terms: Mapping[str, Any]) -> tuple[Agreement, list[Fault]]:
    agreement, unread = read(terms)
    known = {pointer for pointer, _ in unread}
    return agreement, [*unread, *(fault for fault in incoherences(agreement, terms) if fault[0] not in known)]


def incoherences(agreement: Agreement, terms: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything in a document that could not be meant, as far as the document can be read."""
    yield from _names(agreement)
    yield from _sizes(terms, "")
    yield from _unknown_terms(terms)
    yield from _handoffs(agreement, terms)
    yield from _bar(agreement, terms)
    for index, written, promise in _numbered(terms, "promises", agreement.promises):
        for pointer, sentence in _promise(agreement, promise, written):
            yield f"/promises/{index}{pointer}", sentence
    yield from _twice(agreement, terms)
    yield from _relays(agreement, terms)
    yield from _elsewhere(agreement, terms)
    yield from _calendar(agreement, terms)


def _names(agreement: Agreement) -> Iterator[Fault]:
    if agreement.name and not NAME.fullmatch(agreement.name):
        yield "/name", "A name has up to 100 letters, digits, dots, hyphens and underscores, such as the-model."
    if not 1 <= agreement.version <= 1_000_000:
        yield "/version", "Versions count from 1."
    for index, department in enumerate(agreement.departments or ()):
        if department in (CUSTOMER, NOBODY, UNDETERMINED) or ":" in department:
            yield f"/departments/{index}", f"A department cannot be called {department}: that word means something else in the ledger."


def _sizes(value: Any, pointer: str) -> Iterator[Fault]:
    """Texts and lists of a length that people read; what was resolved is measured as a whole."""
    if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
        yield pointer, f"A text may have {MAX_TEXT_LENGTH} characters; this one has {len(value)}."
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if len(key) > MAX_TEXT_LENGTH:
                yield pointer, f"A key may have {MAX_TEXT_LENGTH} characters; one has {len(key)}."
            elif (pointer, key) != ("/calendar", "resolved"):
                yield from _sizes(item, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list | tuple):
        if len(value) > MAX_ROWS and not pointer.startswith("/calendar"):
            yield pointer, f"A list may have {MAX_ROWS} rows; this one has {len(value)}."
        for index, item in enumerate(value):
            yield from _sizes(item, f"{pointer}/{index}")


def _numbered(terms: Mapping[str, Any], key: str, read: Sequence[_Row]) -> Iterator[tuple[int, Mapping[str, Any], _Row]]:
    """What was read of a list, each with its number and as it is written: rows that are no objects were left out."""
    rows = terms.get(key)
    written = [(index, row) for index, row in enumerate(rows if isinstance(rows, list | tuple) else ()) if isinstance(row, Mapping)]
    for (index, row), found in zip(written, read, strict=True):
        yield index, row, found


def _unknown_terms(terms: Mapping[str, Any]) -> Iterator[Fault]:
    for key, known in _ROW_TERMS.items():
        rows = terms.get(key)
        for index, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
            yield from _strange(row, f"/{key}/{index}", known)


def _strange(written: Any, pointer: str, known: Sequence[str]) -> Iterator[Fault]:
    """Terms that do not belong in an object."""
    for name in sorted(written.keys() - set(known)) if isinstance(written, Mapping) else ():
        yield f"{pointer}/{name}", f"There is no such term here; expected one of {', '.join(known)}."


# Handoffs and the bar


def _handoffs(agreement: Agreement, terms: Mapping[str, Any]) -> Iterator[Fault]:
    """The relay runs forward: one handoff a stage, and nobody hands on before it receives."""
    seen: set[str] = set()
    for index, _, handoff in _numbered(terms, "handoffs", agreement.handoffs):
        at = f"/handoffs/{index}"
        if handoff.leg in seen:
            yield f"{at}/leg", f"There is a handoff at {handoff.leg} already; one stage has one handoff."
        seen.add(handoff.leg)
        if handoff.giver == handoff.receiver:
            yield f"{at}/to", f"{handoff.giver} cannot hand over to itself."
        received = [agreement.rank(other.leg) for other in agreement.handoffs if other.receiver == handoff.giver]
        if received and handoff.giver != agreement.first_department and min(received) > agreement.rank(handoff.leg):
            yield (
                f"{at}/leg",
                f"{handoff.giver} would hand over at {handoff.leg} before it receives; put them in the order of stages.",
            )


def _bar(agreement: Agreement, terms: Mapping[str, Any]) -> Iterator[Fault]:
    bar = agreement.bar
    if bar is None:
        return
    if agreement.handoffs and agreement.handoff_at(bar.leg) is None:
        yield "/bar/leg", _no_handoff(agreement, bar.leg)
    if bar.min_score > 100:
        yield "/bar/min_score", "Scores run from 0 to 100."
    for index, field in enumerate(bar.required_briefing):
        if field not in BRIEFING:
            yield f"/bar/required_briefing/{index}", f"A briefing has no {field}; expected one of {', '.join(BRIEFING)}."
    written = terms.get("bar")
    if isinstance(written, Mapping):
        yield from _strange(written, "/bar", ("leg", "min_score", "required_briefing", "exclude"))
        yield from _strange(written.get("exclude"), "/bar/exclude", ("channel", "industry"))


def _no_handoff(agreement: Agreement, leg: str) -> str:
    legs = ", ".join(handoff.leg for handoff in agreement.handoffs)
    return f"No handoff happens at {leg}; " + (f"expected one of {legs}." if legs else "the agreement has none.")


# Promises


def _promise(agreement: Agreement, promise: Promise, written: Mapping[str, Any]) -> Iterator[Fault]:
    """Whether the clock of a promise can ever start, run for the promisor, and stop in time. Pointers are relative."""
    if not isinstance(written.get("id"), str) or not NAME.fullmatch(promise.id):
        yield "/id", "A promise has an id of letters, digits, dots, hyphens and underscores, such as decide.mql."
    if promise.kind not in PROMISE_KINDS:
        return
    yield from _parties(agreement, promise)
    yield from _place(agreement, promise)
    yield from _within(agreement, promise)
    yield from _depth(agreement, promise)
    yield from _target(promise, written)
    yield from _percents(promise.warn_at_percent)
    if not isinstance(written.get("count_automated", False), bool):
        yield "/count_automated", "true or false is expected."
    for name, kind in _OF_ONE_KIND.items():
        if name in written and promise.kind != kind:
            yield f"/{name}", f"Only a {kind} promise has {name}; this one is of kind {promise.kind}."


def _parties(agreement: Agreement, promise: Promise) -> Iterator[Fault]:
    if promise.promisor == promise.promisee:
        yield "/promisee", f"{promise.promisor} cannot promise to itself."
    if promise.kind == "route" and promise.promisor != OPERATIONS:
        yield "/promisor", f"Only {OPERATIONS} routes: nobody else names the owner while none is known."
    if promise.kind != "route" and promise.promisor == OPERATIONS and OPERATIONS not in (agreement.departments or ()):
        yield "/promisor", f"{OPERATIONS} promises to route, nothing else: it never holds a lead."


def _place(agreement: Agreement, promise: Promise) -> Iterator[Fault]:
    """A leg or a stage at which the promise can start, and at which it is the promisor's move."""
    if promise.kind in AT_A_LEG:
        if promise.stage is not None:
            yield "/stage", f"A {promise.kind} promise is about a handoff: it names its leg."
        if promise.leg is None:
            yield "/leg", f"A {promise.kind} promise says at which leg."
        elif (handoff := agreement.handoff_at(promise.leg)) is None:
            yield "/leg", _no_handoff(agreement, promise.leg)
        else:
            yield from _side(handoff, promise)
            if promise.kind == "quality" and (agreement.bar is None or agreement.bar.leg != promise.leg):
                yield "/leg", f"There is no bar at {promise.leg} that the quality could be judged by."
        return
    if promise.leg is not None:
        yield "/leg", f"A {promise.kind} promise is not about a handoff; leave its leg out."
    if promise.kind == "progress":
        yield from _progress(agreement, promise)
    elif promise.stage is not None:
        yield "/stage", f"A {promise.kind} promise starts with an outcome, in whatever stage; leave its stage out."


def _side(handoff: Handoff, promise: Promise) -> Iterator[Fault]:
    """The giver promises what leads up to the handoff, the receiver what follows it."""
    owes = handoff.giver if promise.kind in GIVERS else handoff.receiver if promise.kind in RECEIVERS else None
    if owes is not None and promise.promisor not in (owes, OPERATIONS):
        role = "gives" if promise.kind in GIVERS else "receives"
        yield "/promisor", f"{promise.promisor} can never keep it: {owes} {role} at {handoff.leg}, so {owes} promises {promise.kind}."


def _progress(agreement: Agreement, promise: Promise) -> Iterator[Fault]:
    stage = promise.stage
    if stage is None:
        yield "/stage", "A progress promise says in which stage."
        return
    if agreement.rank(stage) < 0:
        return
    if stage in agreement.outcomes and agreement.handoff_at(stage) is None:
        yield "/stage", f"The episode ends at {stage}, so nothing can progress from there."
    elif agreement.handoffs and promise.promisor in (agreement.departments or ()) and not _holds(agreement, promise.promisor, stage):
        yield "/promisor", f"{promise.promisor} never holds a lead in {stage}, by the handoffs of this agreement."


def _holds(agreement: Agreement, department: str, stage: str) -> bool:
    """Whether a department has custody in a stage: from where it receives, or the beginning, until where it hands on."""
    received = [agreement.rank(handoff.leg) for handoff in agreement.handoffs if handoff.receiver == department]
    given = [agreement.rank(handoff.leg) for handoff in agreement.handoffs if handoff.giver == department]
    if department == agreement.first_department:
        received.append(0)
    return bool(received) and min(received) <= agreement.rank(stage) <= max(given, default=len(agreement.stages))


def _within(agreement: Agreement, promise: Promise) -> Iterator[Fault]:
    within = promise.within
    if within is None:
        return
    if promise.kind in UNTIMED_KINDS:
        yield "/within", f"A {promise.kind} promise has no clock; leave its time out."
    elif within == Span():
        yield "/within", "No time at all can never be kept; give it some."
    elif not within.wall_seconds and agreement.calendar.opens and _exceeds(within, agreement):
        yield "/within", "It would fall due beyond the dates that the calendar covers; let the calendar run longer."


def _exceeds(within: Span, agreement: Agreement) -> bool:
    calendar = agreement.calendar
    if within.business_days:
        return within.business_days >= len(calendar.close_of_day)
    return within.business_seconds * SECOND > calendar.worked[-1] + calendar.closes[-1] - calendar.opens[-1]


def _depth(agreement: Agreement, promise: Promise) -> Iterator[Fault]:
    """Attempts on channels over working dates, which the window has."""
    if promise.kind != "depth":
        return
    for name, number in (("attempts", promise.attempts), ("channels", promise.channels), ("days", promise.days)):
        if number < 1:
            yield f"/{name}", f"A depth promise says how many {name}, at least 1."
    if promise.channels > promise.attempts:
        yield "/channels", f"{promise.attempts} attempts cannot go over {promise.channels} channels."
    if promise.channels > len(TALKING):
        yield "/channels", f"There are {len(TALKING)} channels: {', '.join(TALKING)}."
    if promise.days > promise.attempts:
        yield "/days", f"{promise.attempts} attempts cannot lie on {promise.days} dates."
    dates = _dates(promise.within, agreement) if promise.within is not None else None
    if dates is not None and promise.days > dates:
        yield "/days", f"The window has {dates} working dates at most, so {promise.days} cannot be reached."


def _dates(within: Span, agreement: Agreement) -> int | None:
    """How many working dates a window can touch: that of its start, and those that it reaches."""
    if within.business_days:
        return within.business_days + 1
    if within.wall_seconds:
        return -(-within.wall_seconds // 86_400) + 1
    shortest = _shortest_day(agreement)
    return None if shortest is None else -(-within.business_seconds // shortest) + 1


def _shortest_day(agreement: Agreement) -> int | None:
    """The business seconds of the shortest working day."""
    calendar = agreement.calendar
    lengths = [0] * len(calendar.close_of_day)
    for opening, closing, day in zip(calendar.opens, calendar.closes, calendar.day_of, strict=True):
        lengths[day] += (closing - opening) // SECOND
    return min(lengths, default=None)


def _target(promise: Promise, written: Mapping[str, Any]) -> Iterator[Fault]:
    if promise.kind not in ("volume", "acceptance_rate"):
        if promise.per is not None:
            yield "/per", "Only volume and acceptance_rate promises are counted by the month."
        return
    if promise.per != "month":
        yield "/per", f"A {promise.kind} promise is counted by the calendar month: per is to be month."
    name = "target" if promise.kind == "volume" else "target_percent"
    if name not in written or promise.target < 1:
        yield f"/{name}", f"A {promise.kind} promise says its {name}, at least 1."
    elif promise.kind == "acceptance_rate" and promise.target > 100:
        yield "/target_percent", "No more than 100 percent can be accepted."


def _percents(percents: Sequence[int]) -> Iterator[Fault]:
    for index, percent in enumerate(percents):
        if not 1 <= percent <= 99:
            yield f"/warn_at_percent/{index}", "A warning comes after 1 to 99 percent of the time: at 100 it is due."


def _twice(agreement: Agreement, terms: Mapping[str, Any]) -> Iterator[Fault]:
    """One id names one promise; one thing is promised once, or once by the wall clock and once in business time where
    nothing follows from its falling due."""
    ids: set[str] = set()
    told: dict[tuple[str | None, ...], str] = {}
    for index, _, promise in _numbered(terms, "promises", agreement.promises):
        if promise.id in ids:
            yield f"/promises/{index}/id", f"There is a promise {promise.id} already; an id names one promise."
        ids.add(promise.id)
        holder = promise.promisor if promise.kind == "progress" else None
        about = (promise.kind, promise.leg, promise.stage, holder, _clock(promise, agreement))
        first = told.setdefault(about, promise.id)
        if first != promise.id:
            place = promise.leg or promise.stage
            yield f"/promises/{index}/kind", f"{first} promises {promise.kind}{f' at {place}' if place else ''} already; promise it once."


def _clock(promise: Promise, agreement: Agreement) -> str | None:
    """By which clock it runs, where the same may be promised by the other one too."""
    twofold = promise.kind == "progress" or (promise.kind == "decide" and not agreement.deem_accepted)
    if promise.within is None or not twofold:
        return None
    return "business time" if promise.within.is_business else "wall clock"


# Relays


def _relays(agreement: Agreement, terms: Mapping[str, Any]) -> Iterator[Fault]:
    ids: set[str] = set()
    for index, _, relay in _numbered(terms, "relays", agreement.relays):
        at = f"/relays/{index}"
        if not NAME.fullmatch(relay.id) or relay.id == "None":
            yield f"{at}/id", "A relay has an id of letters, digits, dots, hyphens and underscores."
        elif relay.id in ids:
            yield f"{at}/id", f"There is a relay {relay.id} already; an id names one relay."
        ids.add(relay.id)
        if agreement.handoff_at(relay.leg) is None:
            yield f"{at}/leg", _no_handoff(agreement, relay.leg)
        if relay.within == Span():
            yield f"{at}/within", "No time at all can never be kept; give it some."
        if relay.start not in BEGINNINGS:
            yield f"{at}/from", f"A relay cannot run from {relay.start}; expected one of {', '.join(BEGINNINGS)}."
        if relay.end not in ENDINGS:
            yield f"{at}/until", f"A relay cannot run until {relay.end}; expected one of {', '.join(ENDINGS)}."
        elif ENDINGS[relay.end] <= BEGINNINGS.get(relay.start, -1):
            yield f"{at}/until", f"{relay.end} cannot come after {relay.start}, so the relay would stop before it starts."
        by_id = {promise.id: promise for promise in agreement.promises}
        legs = [(number, by_id[leg]) for number, leg in enumerate(relay.promises) if leg in by_id]
        if not relay.promises:
            yield f"{at}/legs", "A relay says which promises it runs over: legs: [{promise: decide.mql}]."
        yield from _order(agreement, legs, at)
        yield from _budgets(relay.within, legs, at)


def _order(agreement: Agreement, legs: Sequence[tuple[int, Promise]], at: str) -> Iterator[Fault]:
    """The legs stand in the order in which they stop."""
    before: tuple[tuple[int, int], str] | None = None
    for number, promise in legs:
        if promise.kind not in RUNNING_ORDER:
            yield f"{at}/legs/{number}", f"{promise.id} is no part of a handoff; expected promises of kind {', '.join(RUNNING_ORDER)}."
            continue
        place = (agreement.rank(promise.leg or ""), RUNNING_ORDER.index(promise.kind))
        if before is not None and place <= before[0]:
            yield f"{at}/legs/{number}", f"{promise.id} stops before {before[1]} starts; put the legs in the order in which they are run."
        before = (place, promise.id)


_UNITS: dict[str, Callable[[Span], int]] = {
    "business time": lambda span: span.business_seconds,
    "business days": lambda span: span.business_days,
    "wall-clock time": lambda span: span.wall_seconds,
}


def _unit(span: Span) -> str | None:
    return next((unit for unit, count in _UNITS.items() if count(span)), None)


def _budgets(target: Span, legs: Sequence[tuple[int, Promise]], at: str) -> Iterator[Fault]:
    """The budgets of the legs fit into the relay's target, and count in its unit."""
    unit, total = _unit(target), 0
    if unit is None:
        return
    for number, promise in legs:
        own = _unit(promise.within) if promise.within is not None else None
        if own is not None and own != unit:
            yield f"{at}/legs/{number}", f"{promise.id} counts in {own}, the relay in {unit}: they cannot be compared."
        elif promise.within is not None:
            total += _UNITS[unit](promise.within)
    allowed = _UNITS[unit](target)
    if total > allowed:
        told = (f"{total} business days", f"{allowed}") if unit == "business days" else (f"{total // 60} minutes", f"{allowed // 60}")
        yield f"{at}/within", f"The budgets of the legs add up to {told[0]}, more than the relay's {told[1]}."


# The rest


def _elsewhere(agreement: Agreement, terms: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _percents(agreement.warn_at_percent)
    if agreement.rules not in RULES:
        yield "/rules", f"There are no rules {agreement.rules}; expected {', '.join(map(str, RULES))}."
    for leg in agreement.plan_per_day:
        if agreement.handoff_at(leg) is None:
            yield f"/plan_per_day/{leg}", _no_handoff(agreement, leg)
    for kind in agreement.late_after:
        if kind != "default" and kind not in ACTIVITIES:
            yield f"/late_after/{kind}", f"There is no activity {kind}; expected default or one of {', '.join(ACTIVITIES)}."
    if "reasons" in terms and not isinstance(terms["reasons"], list | tuple | Mapping):
        yield "/reasons", "A list of reasons is expected, or lists by kind."


def _calendar(agreement: Agreement, terms: Mapping[str, Any]) -> Iterator[Fault]:
    """Dates that are named are covered, and the calendar opens where something is promised in business time."""
    calendar = terms.get("calendar")
    if not isinstance(calendar, Mapping) or not isinstance(calendar.get("resolved"), Mapping):
        return
    resolved = calendar["resolved"]
    first, last = resolved.get("from"), resolved.get("until")
    for key in ("closed", "extra"):
        rows = calendar.get(key)
        for index, row in enumerate(rows if isinstance(rows, list | tuple) else ()):
            day = row.get("date") if isinstance(row, Mapping) else row
            if _is_day(first) and _is_day(last) and _is_day(day) and not first <= day <= last:
                yield f"/calendar/{key}/{index}", f"{day} lies beyond the calendar, which runs from {first} until {last}."
    counted = any(promise.within is not None and not promise.within.wall_seconds for promise in agreement.promises)
    if counted and not agreement.calendar.opens and agreement.calendar.last > agreement.calendar.first:
        yield "/calendar/weekly", "The calendar never opens, so nothing promised in business time could ever fall due."


def _is_day(value: Any) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        return False
