"""Reading an agreement document: resolved terms → Agreement, with every fault listed at once.

The terms have the shape of the default agreement (`domain.the_model`), with `calendar.resolved` added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from domain.agreement import Agreement, Bar, Handoff, Promise, Relay, Span
from domain.calendar import NEVER, WEEKDAYS, Calendar, Interval, build
from domain.vocabulary import OPERATIONS, OUTCOMES, SECOND, Outcome

PROMISE_KINDS = (
    "decide", "first_attempt", "depth", "offer", "route", "progress", "report", "re_engage", "quality",
    "volume", "acceptance_rate",
)  # fmt: skip
UNTIMED_KINDS = ("quality", "volume", "acceptance_rate")


_SHOWN = 80
"""How much of what somebody wrote a sentence repeats."""


class FaultyAgreementError(ValueError):
    """The document does not stand; `faults` are (pointer, sentence), all of them."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{pointer}: {sentence}" for pointer, sentence in faults))
        self.faults = tuple(faults)


class Reading(NamedTuple):
    """A document as far as it can be read, and its faults as (pointer, sentence). What cannot be read is left out, or
    stands as it is written."""

    agreement: Agreement
    faults: Sequence[tuple[str, str]]


def parse(terms: Mapping[str, Any]) -> Agreement:
    """The agreement a resolved document describes. Raises FaultyAgreementError with every fault found.

    It asks for what the fold needs, and for no more than it always has: recorded terms are read for ever. What a new
    proposal is to fulfil besides is in `domain.agreement_checks`."""
    agreement, faults = read(terms)
    if faults:
        raise FaultyAgreementError(faults)
    return agreement


def read(terms: Mapping[str, Any]) -> Reading:
    """What a document says, faults and all."""
    reader = _Reader(terms)
    return Reading(reader.agreement(), reader.faults)


KEYS = {
    "name", "version", "zone", "departments", "stages", "outcomes", "calendar", "handoffs", "bar", "promises",
    "relays", "deem_accepted", "late_after", "max_pause", "rules", "plan_per_day", "dispute_within",
    "warn_at_percent", "reasons",
}  # fmt: skip


class _Reader:
    """Reads a document, collecting faults instead of stopping at the first."""

    def __init__(self, terms: Mapping[str, Any]) -> None:
        self.terms = terms
        self.faults: list[tuple[str, str]] = []

    def fault(self, pointer: str, sentence: str) -> None:
        self.faults.append((pointer, sentence))

    def agreement(self) -> Agreement:
        terms = self.terms
        for key in terms.keys() - KEYS:
            self.fault(f"/{key}", f"An agreement has no term called {str(key)[:_SHOWN]}.")
        name = self.typed("name", str, "")
        version = self.typed("version", int, 1)
        stages = self.strings("/stages", terms.get("stages"))
        if not stages:
            self.fault("/stages", "At least one stage is needed.")
        departments = None if terms.get("departments") == "any" else self.strings("/departments", terms.get("departments"))
        if departments == ():
            self.fault("/departments", "At least one department is needed, or `any`.")
        handoffs = tuple(self.handoffs(departments, stages))
        promises = tuple(self.promises(departments, stages))
        calendar = self.guarded("/calendar", lambda: _calendar(terms["calendar"]))
        relays = tuple(self.relays({promise.id for promise in promises}))
        late_after = {
            str(kind): self.span(f"/late_after/{kind}", span) or Span()
            for kind, span in self.mapping("late_after", {"default": {"business_minutes": 15}}).items()
        }
        late_after.setdefault("default", Span(business_seconds=900))
        max_pause = self.span("/max_pause", terms.get("max_pause", {"business_days": 10})) or Span()
        within = terms.get("dispute_within")
        dispute_within = None if within is None else self.span("/dispute_within", within)
        outcomes = self.outcomes(stages)
        plan_per_day = {leg: self.whole(f"/plan_per_day/{leg}", plan) for leg, plan in self.mapping("plan_per_day", {}).items()}
        warn_at_percent = self.percents("/warn_at_percent", terms.get("warn_at_percent", ()))
        bar = self.bar(stages)
        deem_accepted = terms.get("deem_accepted", False)
        if not isinstance(deem_accepted, bool):
            self.fault("/deem_accepted", "true or false is expected.")
            deem_accepted = False
        return Agreement(
            id=f"{name}@{version}",
            name=name,
            version=version,
            zone=self.typed("zone", str, "UTC"),
            departments=departments,
            stages=stages,
            outcomes=outcomes,
            handoffs=handoffs,
            calendar=calendar or NEVER,
            bar=bar,
            promises=promises,
            relays=relays,
            deem_accepted=deem_accepted,
            late_after=late_after,
            max_pause=max_pause,
            rules=self.typed("rules", int, 1),
            plan_per_day=plan_per_day,
            dispute_within=dispute_within,
            warn_at_percent=warn_at_percent,
        )

    def typed(self, key: str, kind: type[Any], default: Any) -> Any:
        value = self.terms.get(key, default)
        if not isinstance(value, kind) or isinstance(value, bool) or value == "":
            self.fault(f"/{key}", f"{key} is to be a {'text' if kind is str else 'whole number'}.")
            return default
        return value

    def strings(self, pointer: str, value: Any) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            self.fault(pointer, "A list of names is expected.")
            return ()
        if len(set(value)) != len(value):
            self.fault(pointer, "A name stands twice in the list.")
        return tuple(value)

    def span(self, pointer: str, value: Any) -> Span | None:
        try:
            return parse_span(value)
        except ValueError as error:
            self.fault(pointer, str(error))
            return None

    def guarded(self, pointer: str, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            missing = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
            self.fault(pointer, f"Cannot be read: {missing}.")
            return None

    def member(self, pointer: str, value: Any, among: tuple[str, ...] | None, noun: str) -> None:
        if not isinstance(value, str) or (among is not None and value not in among):
            known = ", ".join(among or ())
            self.fault(pointer, f"{str(value)[:_SHOWN]} is not a {noun} of this agreement; expected one of {known}.")

    def outcomes(self, stages: tuple[str, ...]) -> Mapping[str, Outcome]:
        """Which stages end an episode when they are observed; by default the outcomes' own names."""
        value = self.mapping("outcomes", {outcome: outcome for outcome in OUTCOMES})
        if "outcomes" not in self.terms:
            return {outcome: outcome for outcome in OUTCOMES}
        found: dict[str, Outcome] = {}
        for stage, outcome in value.items():
            if outcome not in OUTCOMES:
                self.fault(f"/outcomes/{stage}", f"{outcome} is not an outcome; expected one of {', '.join(OUTCOMES)}.")
            self.member(f"/outcomes/{stage}", stage, stages, "stage")
            found[stage] = outcome
        return found

    def rows(self, key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """The objects of a list, with their numbers."""
        found = self.terms.get(key) or ()
        if not isinstance(found, list | tuple):
            self.fault(f"/{key}", "A list is expected.")
            return
        for index, row in enumerate(found):
            if isinstance(row, Mapping):
                yield index, row
            else:
                self.fault(f"/{key}/{index}", "An object is expected.")

    def mapping(self, key: str, default: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self.terms.get(key, default)
        if isinstance(found, Mapping):
            return found
        self.fault(f"/{key}", "An object is expected.")
        return default

    def percents(self, pointer: str, value: Any) -> tuple[int, ...]:
        if isinstance(value, list | tuple):
            return tuple(self.whole(pointer, percent) for percent in value)
        self.fault(pointer, "A list of percentages is expected.")
        return ()

    def whole(self, pointer: str, value: Any) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self.fault(pointer, "A whole number is expected.")
        return 0

    def handoffs(self, departments: tuple[str, ...] | None, stages: tuple[str, ...]) -> Iterator[Handoff]:
        for index, row in self.rows("handoffs"):
            at = f"/handoffs/{index}"
            self.member(f"{at}/leg", row.get("leg"), stages, "stage")
            self.member(f"{at}/from", row.get("from"), departments, "department")
            self.member(f"{at}/to", row.get("to"), departments, "department")
            yield Handoff(str(row.get("leg")), str(row.get("from")), str(row.get("to")))

    def promises(self, departments: tuple[str, ...] | None, stages: tuple[str, ...]) -> Iterator[Promise]:
        parties = None if departments is None else (*departments, OPERATIONS)
        for index, row in self.rows("promises"):
            at, kind = f"/promises/{index}", row.get("kind")
            if kind not in PROMISE_KINDS:
                self.fault(f"{at}/kind", f"{str(kind)[:_SHOWN]} is not a kind of promise; expected one of {', '.join(PROMISE_KINDS)}.")
            self.member(f"{at}/promisor", row.get("promisor"), parties, "party")
            self.member(f"{at}/promisee", row.get("promisee"), parties, "party")
            for place in ("leg", "stage"):
                if row.get(place) is not None:
                    self.member(f"{at}/{place}", row[place], stages, "stage")
            within = self.span(f"{at}/within", row["within"]) if "within" in row else None
            if within is None and kind not in UNTIMED_KINDS:
                self.fault(f"{at}/within", f"A {kind} promise says within what time it is kept.")
            yield Promise(
                id=str(row.get("id")),
                kind=str(kind),
                promisor=str(row.get("promisor")),
                promisee=str(row.get("promisee")),
                leg=_text(row.get("leg")),
                stage=_text(row.get("stage")),
                within=within,
                attempts=self.whole(f"{at}/attempts", row.get("attempts", 0)),
                channels=self.whole(f"{at}/channels", row.get("channels", 0)),
                days=self.whole(f"{at}/days", row.get("days", 0)),
                target=self.whole(f"{at}/target", row.get("target", row.get("target_percent", 0))),
                per=_text(row.get("per")),
                count_automated=row.get("count_automated") is True,
                warn_at_percent=self.percents(f"{at}/warn_at_percent", row.get("warn_at_percent", ())),
            )

    def bar(self, stages: tuple[str, ...]) -> Bar | None:
        if self.terms.get("bar") is None:
            return None
        terms = self.mapping("bar", {})
        exclude = terms.get("exclude", {})
        if not isinstance(exclude, Mapping):
            self.fault("/bar/exclude", "An object is expected.")
            exclude = {}
        self.member("/bar/leg", terms.get("leg"), stages, "stage")
        return Bar(
            leg=str(terms.get("leg")),
            min_score=self.whole("/bar/min_score", terms.get("min_score")),
            required_briefing=self.strings("/bar/required_briefing", terms.get("required_briefing")),
            excluded_channels=self.strings("/bar/exclude/channel", exclude.get("channel")),
            excluded_industries=self.strings("/bar/exclude/industry", exclude.get("industry")),
        )

    def relays(self, promises: set[str]) -> Iterator[Relay]:
        for index, row in self.rows("relays"):
            at = f"/relays/{index}"
            within = self.span(f"{at}/within", row.get("within"))
            listed = row.get("legs") if isinstance(row.get("legs"), list | tuple) else ()
            legs = tuple(str(leg.get("promise")) if isinstance(leg, Mapping) else str(leg) for leg in listed or ())
            for leg in legs:
                if leg not in promises:
                    self.fault(f"{at}/legs", f"{leg[:_SHOWN]} is not a promise of this agreement.")
            yield Relay(str(row.get("id")), str(row.get("from")), str(row.get("until")), str(row.get("leg")), within or Span(), legs)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


UNITS = {"business_minutes": ("business_seconds", 60), "business_hours": ("business_seconds", 3_600),
          "business_days": ("business_days", 1), "minutes": ("wall_seconds", 60), "hours": ("wall_seconds", 3_600),
          "days": ("wall_seconds", 86_400)}  # fmt: skip


def parse_span(value: Any) -> Span:
    """`{business_hours: 4}` → Span. Raises ValueError with what was expected."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((unit, number),) = value.items()
        if unit in UNITS and isinstance(number, int) and not isinstance(number, bool) and number >= 0:
            name, factor = UNITS[unit]
            return Span(**{name: number * factor})
    raise ValueError(f"A length of time is one unit and a whole number, such as {{business_hours: 4}}; units: {', '.join(UNITS)}.")


def clock_time(value: Any) -> int:
    """`"09:30"` → seconds after midnight. Raises ValueError; YAML reads an unquoted 09:30 as a number."""
    if isinstance(value, str):
        hours, _, minutes = value.partition(":")
        if (
            hours.isdecimal()
            and minutes.isdecimal()
            and len(minutes) == 2
            and int(minutes) < 60
            and int(hours) * 60 + int(minutes) <= 1_440
        ):
            return int(hours) * 3_600 + int(minutes) * 60
    raise ValueError(f'a time of day is quoted and between "00:00" and "24:00", not {value!r}')


def intervals(value: Any) -> tuple[Interval, ...]:
    """`[["09:00", "12:00"], ["13:00", "18:00"]]` → seconds. Raises ValueError unless in order and apart."""
    found = tuple((clock_time(opening), clock_time(closing)) for opening, closing in value)
    flat = [edge for interval in found for edge in interval]
    if flat != sorted(flat) or any(opening == closing for opening, closing in found):
        raise ValueError("opening hours are to stand in order without overlap")
    return found


def _calendar(terms: Mapping[str, Any]) -> Calendar:
    resolved = terms["resolved"]
    for day in terms["weekly"].keys() - set(WEEKDAYS):
        raise ValueError(f"{day} is not a day of the week; expected one of {', '.join(WEEKDAYS)}")
    return build(
        first_day=date.fromisoformat(resolved["from"]),
        last_day=date.fromisoformat(resolved["until"]),
        weekly={day: intervals(hours) for day, hours in terms["weekly"].items()},
        closed=frozenset(date.fromisoformat(day) for day in resolved["closed"]),
        extra={date.fromisoformat(row["date"]): intervals(row["hours"]) for row in terms.get("extra", ())},
        offsets=[(since * SECOND, seconds) for since, seconds in resolved["offsets"]],
    )
