"""An agreement as people write it → resolved terms, which say the same for ever.

A document names a country's holidays and a zone; both change with every release of a library. Resolving writes them
out once (closed dates, the zone's offsets), so that the ledger's own bytes answer every question about business time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays
import msgspec

from domain.agreement import Agreement
from domain.agreement_checks import check, faults_of
from domain.agreement_terms import FaultyAgreementError
from domain.calendar import WEEKDAYS
from domain.events import MAX_INTEGER

MAX_TERMS_BYTES = 48 * 1024
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2050, 12, 31)
_CALENDAR_KEYS = ("weekly", "holidays", "closed_yearly", "closed", "extra", "from", "until")


def resolve(document: Mapping[str, Any]) -> dict[str, Any]:
    """The terms with `calendar.resolved` added, as JSON has them: texts, integers, lists, mappings.

    Raises FaultyAgreementError with every fault found in the calendar; the rest is for `domain.agreement.parse`."""
    if not isinstance(document, Mapping):
        raise FaultyAgreementError([("", "An agreement is a mapping of terms: name, version, zone, departments, stages, calendar …")])
    terms: dict[str, Any] = plain(document)
    resolution = _Resolution(terms)
    terms["calendar"] = resolution.calendar()
    if resolution.faults:
        raise FaultyAgreementError(resolution.faults)
    if (size := len(msgspec.json.encode(terms))) > MAX_TERMS_BYTES:
        sentence = f"The resolved terms take {size} bytes of {MAX_TERMS_BYTES}; shorten the calendar with `from` and `until`."
        raise FaultyAgreementError([("/calendar", sentence)])
    return terms


class Checked(NamedTuple):
    """A document that may be proposed: its resolved terms, and the agreement they describe."""

    terms: Mapping[str, Any]
    agreement: Agreement


def checked(document: Any) -> Checked:
    """Resolves a document and checks its terms. Raises FaultyAgreementError with all that is wrong in either."""
    try:
        terms = resolve(document)
    except FaultyAgreementError as unresolved:
        faults = list(unresolved.faults)
        if isinstance(document, Mapping) and not any(pointer == "" for pointer, _ in faults):
            faults += [fault for fault in _faults_beside_the_calendar(document) if fault not in faults]
        raise FaultyAgreementError(faults) from None
    return Checked(terms, check(terms))


def _faults_beside_the_calendar(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What else is wrong with a document whose calendar cannot be resolved."""
    try:
        terms = plain(document)
    except FaultyAgreementError:
        return []
    return [(pointer, sentence) for pointer, sentence in faults_of(terms) if not pointer.startswith("/calendar")]


def written(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Resolved terms as a person would write them again: without what was resolved, and in the order in which one
    thinks of them, since the book keeps its keys by the alphabet."""
    found: dict[str, Any] = _in_order(terms)
    found["calendar"] = {key: value for key, value in found["calendar"].items() if key != "resolved"}
    return found


_ORDER = (
    "id", "name", "version", "kind", "promisor", "promisee", "country", "zone", "departments", "stages", "outcomes", "calendar", "weekly",
    *WEEKDAYS, "holidays", "closed_yearly", "closed", "extra", "handoffs", "bar", "promises", "relays", "date", "hours", "promise", "leg",
    "stage", "from", "to", "until", "min_score", "required_briefing", "exclude", "within", "legs", "attempts", "channels", "days", "target",
    "target_percent", "per", "count_automated", "deem_accepted", "late_after", "default", "max_pause", "rules", "plan_per_day",
    "dispute_within", "warn_at_percent", "reasons",
)  # fmt: skip
_PLACE = {key: place for place, key in enumerate(_ORDER)}


def _in_order(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _in_order(value[key]) for key in sorted(value, key=lambda key: (_PLACE.get(key, len(_PLACE)), key))}
    return [_in_order(item) for item in value] if isinstance(value, list | tuple) else value


def further_days(terms: Mapping[str, Any], until: date) -> dict[str, Any]:
    """The days behind a calendar's last up to another, resolved as the document says: what `agreement.extended` brings.
    Raises FaultyAgreementError."""
    last_day = date.fromisoformat(terms["calendar"]["resolved"]["until"])
    if until <= last_day:
        raise FaultyAgreementError([("/until", f"The calendar runs until {last_day} already; an extension ends later.")])
    calendar = {**written(terms)["calendar"], "from": (last_day + timedelta(days=1)).isoformat(), "until": until.isoformat()}
    resolved = resolve({**terms, "calendar": {**calendar, "closed": [], "extra": []}})["calendar"]["resolved"]
    known = terms["calendar"]["resolved"]["offsets"]
    changes = [change for change in resolved["offsets"][1:] if change[0] > known[-1][0]]
    return {**resolved, "offsets": changes}


def zone_offsets(zone: ZoneInfo, first_day: date, last_day: date) -> list[list[int]]:
    """The zone's transitions as [epoch seconds, seconds east of UTC from then on], the first one before `first_day`.

    A zone that changes twice within a day would lose one of the two; none has since 1970."""
    return [[since, seconds] for since, seconds in _zone_offsets(zone, first_day, last_day)]


@lru_cache(maxsize=64)
def _zone_offsets(zone: ZoneInfo, first_day: date, last_day: date) -> tuple[tuple[int, int], ...]:
    start = int(datetime.combine(first_day - timedelta(days=2), time(), UTC).timestamp())
    end = int(datetime.combine(last_day + timedelta(days=2), time(), UTC).timestamp())
    offsets = [(start, _offset(zone, start))]
    for day in range(start, end, 86_400):
        if _offset(zone, day + 86_400) != offsets[-1][1]:
            offsets.append(_transition(zone, day, day + 86_400))
    return tuple(offsets)


def _transition(zone: ZoneInfo, before: int, after: int) -> tuple[int, int]:
    """The second at which the offset of `after` begins, by bisection."""
    offset = _offset(zone, after)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            after = middle
        else:
            before = middle
    return after, offset


@lru_cache(maxsize=64)
def _national(country: str, subdivision: str | None, years: range) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=subdivision, years=years))


def _offset(zone: ZoneInfo, seconds: int) -> int:
    return (datetime.fromtimestamp(seconds, UTC).astimezone(zone).utcoffset() or timedelta()) // timedelta(seconds=1)


def plain(document: Any) -> Any:
    """A document as JSON has it: dates written out, no floats. Raises FaultyAgreementError."""
    return _plain(document, "")


def _plain(value: Any, pointer: str) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item, f"{pointer}/{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{pointer}/{index}") for index, item in enumerate(value)]
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return value
    raise FaultyAgreementError([(pointer, "A text or a whole number below 2^53 is expected; a time of day is put in quotes.")])


class _Resolution:
    """Writes a calendar out, collecting faults instead of stopping at the first."""

    def __init__(self, terms: Mapping[str, Any]) -> None:
        self.terms = terms
        self.faults: list[tuple[str, str]] = []

    def fault(self, pointer: str, sentence: str) -> None:
        self.faults.append((f"/calendar{pointer}", sentence))

    def calendar(self) -> dict[str, Any]:
        written = self.terms.get("calendar")
        if not isinstance(written, dict) or not isinstance(written.get("weekly"), dict):
            self.fault("", 'A calendar with weekly opening hours is expected: {weekly: {mon: [["09:00", "18:00"]]}}.')
            return {}
        for key in written.keys() - set(_CALENDAR_KEYS):
            self.fault(f"/{key}", f"A calendar has no term called {key}; expected one of {', '.join(_CALENDAR_KEYS)}.")
        first_day, last_day = self.day(written, "from", FIRST_DAY), self.day(written, "until", LAST_DAY)
        if not (date(1970, 1, 3) <= first_day <= last_day <= date(2200, 12, 31)):
            self.fault("", "The calendar is to run forwards, from 1970-01-03 at the earliest until 2200-12-31 at the latest.")
            return {}
        zone = self.zone()
        years = range(first_day.year, last_day.year + 1)
        found = {*self.national(written, years), *self.yearly(written, years), *self.single(written)}
        closed = sorted(day for day in found if first_day <= day <= last_day)
        return written | {
            "resolved": {
                "from": first_day.isoformat(),
                "until": last_day.isoformat(),
                "closed": [day.isoformat() for day in closed],
                "offsets": zone_offsets(zone, first_day, last_day) if zone else [],
            }
        }

    def zone(self) -> ZoneInfo | None:
        name = self.terms.get("zone", "UTC")
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
            self.faults.append(("/zone", f"{name} is not a zone of the IANA database, such as Asia/Tokyo."))
            return None

    def day(self, written: Mapping[str, Any], key: str, default: date) -> date:
        return self.parsed(f"/{key}", written[key]) or default if key in written else default

    def parsed(self, pointer: str, value: Any) -> date | None:
        try:
            return date.fromisoformat(value)
        except (ValueError, TypeError):
            self.fault(pointer, f"{value} is not a date such as 2026-11-03.")
            return None

    def listed(self, written: Mapping[str, Any], key: str) -> list[Any]:
        value = written.get(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.fault(f"/{key}", "A list is expected.")
        return []

    def national(self, written: Mapping[str, Any], years: range) -> set[date]:
        """The holidays of the country, as the library knows them now."""
        value = written.get("holidays")
        if value is None:
            return set()
        if not isinstance(value, dict) or "country" not in value or value.keys() - {"country", "subdivision"}:
            self.fault("/holidays", "A country is expected, and a subdivision if need be: {country: JP}.")
            return set()
        try:
            return set(_national(str(value["country"]), value.get("subdivision"), years))
        except (NotImplementedError, KeyError, ValueError, AttributeError, TypeError) as error:
            self.fault("/holidays", f"The library of holidays does not know this country or subdivision: {error}.")
            return set()

    def yearly(self, written: Mapping[str, Any], years: range) -> Iterator[date]:
        """Days such as 12-31, in every year that has them (02-29 in leap years)."""
        for index, value in enumerate(self.listed(written, "closed_yearly")):
            if self.parsed(f"/closed_yearly/{index}", f"2000-{value}") is None:
                continue
            for year in years:
                try:
                    yield date.fromisoformat(f"{year}-{value}")
                except ValueError:
                    continue

    def single(self, written: Mapping[str, Any]) -> Iterator[date]:
        for index, value in enumerate(self.listed(written, "closed")):
            if (day := self.parsed(f"/closed/{index}", value)) is not None:
                yield day
