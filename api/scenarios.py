"""A scenario file → a folded history: events as people write them in YAML, without a server or a ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

from api.knowledge import Known
from api.timelines import ShownTimeline, shown_timeline
from api.wording import plain
from domain.agreement import Agreement
from domain.agreement_terms import FaultyAgreementError, parse
from domain.agreements import ALWAYS, Agreements
from domain.events import EVENTS, Recorded
from domain.shared import Shared
from domain.the_model import TERMS, THE_MODEL
from domain.told import told_at
from domain.vocabulary import SECOND, Instant, SourceKind, instant
from ledger.documents import UnreadableDocumentError, read_document
from ledger.door import read_object
from ledger.entry import MalformedError
from ledger.terms import resolve, written

_KEYS = ("scenario", "as_of", "agreement", "agreements", "sources", "events", "expect", "signed")
_Time = Annotated[datetime, Meta(tz=True)]


class FaultyScenarioError(ValueError):
    """The file is no scenario; the message says where and why."""


class Scenario(NamedTuple):
    """A file as read: the history, what all leads share, and what is expected of it."""

    title: str
    events: tuple[Recorded, ...]
    shared: Shared
    as_of: Instant
    expect: Mapping[str, Any]

    @property
    def lead(self) -> str:
        """The lead that the scenario is about: that of its first event."""
        return next(str(event.lead) for event in self.events if event.lead is not None)

    def timeline(self) -> ShownTimeline:
        """What `GET /v1/leads/{key}/timeline` would answer. Raises FaultyScenarioError before the lead's first event."""
        told = told_at(self.lead, [event for event in self.events if event.lead is not None], self.shared, self.as_of)
        if told is None:
            raise FaultyScenarioError("/as_of: Nothing has happened to the lead by then.")
        return shown_timeline(self.lead, told, Known(self.as_of, self.as_of, len(self.events), False))


def read_scenario(raw: bytes) -> Scenario:
    """Raises FaultyScenarioError."""
    try:
        document = read_document(raw)
    except UnreadableDocumentError as error:
        raise FaultyScenarioError(str(error)) from None
    if not isinstance(document, dict):
        raise FaultyScenarioError("A scenario is a mapping with a list of events.")
    for key in document:
        if key not in _KEYS:
            raise FaultyScenarioError(f"/{key}: A scenario has no such part; expected one of {', '.join(_KEYS)}.")
    if not isinstance(document.get("events"), list) or not document["events"]:
        raise FaultyScenarioError("/events: A scenario is a mapping with a list of events.")
    versions = _versions(document)
    shared = Shared({agreement.id: agreement for _, agreement in versions}, agreed=_agreed(document, versions))
    events: list[Recorded] = []
    for position, row in enumerate(document["events"], 1):
        event = _event(row, position, versions, document.get("sources") or {})
        events.append(event)
        shared = shared.after(event) if event.lead is None else shared
    if all(event.lead is None for event in events):
        raise FaultyScenarioError("/events: At least one event is to be a lead's own.")
    as_of = _instant(document["as_of"], "/as_of") if "as_of" in document else max(event.recorded_at for event in events)
    title = str(document.get("scenario") or "")
    return Scenario(title, tuple(events), shared, as_of, document.get("expect") or {})


def _event(row: Any, position: int, versions: Sequence[tuple[Instant, Agreement]], sources: Mapping[str, Any]) -> Recorded:
    at = f"/events/{position - 1}"
    if not isinstance(row, dict):
        raise FaultyScenarioError(f"{at}: An event is a mapping with time, type and data.")
    own = dict(row)
    recorded_at, lead, source = own.pop("recorded_at", own.get("time")), own.pop("lead", "L-1"), own.setdefault("source", "crm")
    named = EVENTS.get(str(own.get("type")))
    subject = named.SHARED if named is not None and named.SHARED is not None else str(lead)
    try:
        claim = read_object({**_plain(own), "id": str(position), "subject": subject})
    except MalformedError as error:
        pointer, sentence = error.faults[0]
        raise FaultyScenarioError(f"{at}{pointer}: {plain(sentence)}") from None
    recorded = _instant(recorded_at, f"{at}/recorded_at")
    agreement = next(version for since, version in reversed(versions) if since <= recorded or version is versions[0][1])
    terms = _source(sources.get(source, "import" if source == "crm" else "manual"), f"/sources/{source}")
    key, days = None if claim.shared is not None else claim.subject, terms.backdating_days
    is_claim = key is not None and days is not None and claim.occurred_at < recorded - days * 86_400 * SECOND
    return Recorded(
        position,
        position,
        claim.occurred_at,
        recorded,
        key,
        claim.event,
        claim.actor,
        source,
        terms.kind,
        agreement.id,
        days if is_claim else None,
    )


class _Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a source of a scenario writes: its kind, and how many days it may reach back."""

    kind: SourceKind
    backdating_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None


def _source(terms: Any, pointer: str) -> _Source:
    """A source as the file has it: its kind alone, or a mapping."""
    try:
        return msgspec.convert(terms if isinstance(terms, dict) else {"kind": terms}, _Source)
    except msgspec.ValidationError:
        sentence = "A source is manual, integration or import, or a mapping of its kind and backdating_days."
        raise FaultyScenarioError(f"{pointer}: {sentence}") from None


def _versions(document: Mapping[str, Any]) -> list[tuple[Instant, Agreement]]:
    """The agreements with the instants from which they are in force; the first one from the beginning."""
    if "agreements" not in document:
        row = document.get("agreement") or {}
        since = _instant(row["effective_from"], "/agreement/effective_from") if "effective_from" in row else ALWAYS
        return [(since, _agreement(row, "/agreement"))]
    found = []
    for number, row in enumerate(document["agreements"], 1):
        at = f"/agreements/{number - 1}"
        terms = {"version": number, **(row.get("terms") or {})}
        found.append((_instant(row.get("effective_from"), f"{at}/effective_from"), _agreement(terms, f"{at}/terms")))
    return sorted(found, key=lambda pair: pair[0])


def _agreed(document: Mapping[str, Any], versions: Sequence[tuple[Instant, Agreement]]) -> Agreements:
    """What the departments have signed: every version but those that are said not to be, each by itself or all of them."""
    whole = document.get("signed", True) is False or (document.get("agreement") or {}).get("signed", True) is False
    rows = sorted(document.get("agreements") or (), key=lambda row: _instant(row.get("effective_from"), "/agreements"))
    unsigned = {number for number, row in enumerate(rows) if row.get("signed", True) is False}
    return Agreements.signed(
        {agreement.id: (agreement, None if whole or number in unsigned else since) for number, (since, agreement) in enumerate(versions)}
    )


def _agreement(overrides: Mapping[str, Any], pointer: str) -> Agreement:
    """The default agreement with some terms changed."""
    if not overrides:
        return THE_MODEL
    terms = merged(TERMS, _plain({key: value for key, value in overrides.items() if key not in ("effective_from", "signed")}))
    try:
        if overrides.keys() & {"calendar", "zone"}:
            terms = resolve(written(terms))
        return parse(terms)
    except FaultyAgreementError as error:
        place, sentence = error.faults[0]
        raise FaultyScenarioError(f"{pointer}{place}: {sentence}") from None


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `over` laid on it: mappings deeply, lists and values replaced."""
    found = dict(base)
    for key, value in over.items():
        before = found.get(key)
        found[key] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return found


def _plain(value: Any) -> Any:
    """The value as JSON has it: what YAML reads as a date is text again."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _instant(value: Any, pointer: str) -> Instant:
    try:
        return instant(msgspec.convert(_plain(value), _Time).astimezone(UTC))
    except (msgspec.ValidationError, OverflowError):
        raise FaultyScenarioError(f"{pointer}: A time with its offset is expected, such as 2026-11-16T09:00:00+09:00.") from None
