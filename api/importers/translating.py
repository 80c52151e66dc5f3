"""Rows → claims: which events a row becomes, under which ids, and where a case's group changes.

Ids come from the row's own content, so the same row is the same event whenever and in whatever order it is exported;
rows that are alike within a file are numbered. Fields pass the same limits as at every other door (`ledger.shapes`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from api.importers.columns import Column, Values
from api.importers.conditions import holds
from api.importers.mapping import EVENT_PLACE, Data, EventRule, FileRule, Mapping, TimeRule, columns_of
from api.importers.spool import Spooled
from api.importers.values import Field, Value, ValueFaultError
from api.wording import plain
from domain.events import AnyEvent, CustodyObserved
from domain.vocabulary import UNASSIGNED, Instant, moment
from ledger.door import read_object
from ledger.entry import Claim, MalformedError
from ledger.shapes import FORMS

GROUP = "group"
"""What `{event}` says in the id of a change of group."""
_KEPT_EVENTS = 20_000
_REQUIRED = {name: {f.encode_name for f in msgspec.structs.fields(form.shape.struct) if f.required} for name, form in FORMS.items()}


class RowFaultError(ValueError):
    """A row that cannot become what the mapping says; `faults` are (column, sentence)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(why for _, why in faults))
        self.faults = faults


def lead_and_time(rule: FileRule, values: Values) -> tuple[str, Instant]:
    """Whose row it is and when it happened. Raises RowFaultError."""
    faults: list[tuple[str, str]] = []
    lead = _checked(rule.lead, values, faults, "The row names no lead.")
    at = _at(rule.time, values, faults)
    if lead is None or at is None:
        raise RowFaultError(faults)
    return lead, at


def _checked(value: Value, values: Values, faults: list[tuple[str, str]], absent: str) -> str | None:
    try:
        text = value(values)
    except ValueFaultError as error:
        faults.append((_named(error.columns), str(error)))
        return None
    if text is None:
        faults.append((_named(value.columns), absent))
    return text


def _at(rule: TimeRule, values: Values, faults: list[tuple[str, str]]) -> Instant | None:
    text = _checked(rule.value, values, faults, "The row names no time.")
    if text is None:
        return None
    try:
        return rule.reader(text)
    except ValueError as error:
        faults.append((_named(rule.value.columns), str(error)))
        return None


def _named(columns: tuple[Column, ...]) -> str:
    return ", ".join(dict.fromkeys(str(column) for column in columns))


class Translator:
    """Turns rows, in the order of the spool, into claims."""

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping
        self._events_of = {id(rule): list(zip(rule.events, _event_names(rule), strict=True)) for rule in mapping.files}
        self._lead: str | None = None
        self._group: str | None = None
        self._once: set[int] = set()
        """The events that happen once and have happened to this case."""
        self._at: Instant | None = None
        self._alike: Counter[tuple[int, bytes]] = Counter()
        self._checked_events: dict[tuple[str, bytes], AnyEvent] = {}
        self._envelope: tuple[str, str | None] | None = None

    def claims(self, rule: FileRule, row: Spooled) -> list[Claim]:
        """What a row becomes, a change of group first. Raises RowFaultError; then none of it is to be recorded."""
        values = row.values
        occurrence = self._occurrence(row)
        group = None if rule.group is None else self._group_of(rule.group, values)
        changed = group is not None and group != self._group
        events = [pair for pair in self._events_of[id(rule)] if id(pair[0]) not in self._once and holds(pair[0].when, values)]
        if not events and not changed:
            return []
        source_row = _SourceRow(rule, row, values, occurrence)
        claims = []
        if changed:
            data = {"custodian": group, "from_system": self.mapping.source}
            claims.append(self._claim(source_row, CustodyObserved.NAME, GROUP, data, row.lead, row.at, _actor(rule, None, values)))
        claims += [self._event(source_row, event, name) for event, name in events]
        self._group = group or self._group
        self._once.update(id(event) for event, _ in events if event.once)
        return claims

    def _occurrence(self, row: Spooled) -> int:
        """Which of the rows alike in its file this is; rows alike stand at the same case and time."""
        if (row.lead, row.at) != (self._lead, self._at):
            self._alike.clear()
        if row.lead != self._lead:
            self._group = None
            self._once.clear()
        self._lead, self._at = row.lead, row.at
        self._alike[row.file, row.canonical] += 1
        return self._alike[row.file, row.canonical]

    def _group_of(self, value: Value, values: Values) -> str:
        try:
            return value(values) or UNASSIGNED
        except ValueFaultError as error:
            raise RowFaultError([(_named(error.columns), str(error))]) from None

    def _event(self, row: _SourceRow, event: EventRule, name: str) -> Claim:
        faults: list[tuple[str, str]] = []
        lead: str | None = row.row.lead
        at: Instant | None = row.row.at
        if event.lead is not None:
            lead = _checked(event.lead, row.values, faults, "The row names no lead for this event.")
        if event.time is not None:
            at = _at(event.time, row.values, faults)
        try:
            data = _assembled(event.data, row.values, _REQUIRED[event.type])
        except ValueFaultError as error:
            faults.append((_named(error.columns), str(error)))
        if faults or lead is None or at is None:
            raise RowFaultError(faults)
        return self._claim(row, event.type, name, data, lead, at, _actor(row.rule, event, row.values), event)

    def _claim(
        self,
        row: _SourceRow,
        type: str,
        name: str,
        data: dict[str, Any],
        lead: str,
        at: Instant,
        actor: str | None,
        rule: EventRule | None = None,
    ) -> Claim:
        """Data and envelope that were checked before are not checked again."""
        id_ = row.id(name)
        key = (type, msgspec.json.encode(data))
        known = self._checked_events.get(key)
        if known is not None and row.rule.id is None and self._envelope == (lead, actor):
            return Claim(self.mapping.source, id_, lead, at, actor, known, None, None, row.hash, self.mapping.label)
        envelope = {"specversion": "1.0", "id": id_, "source": self.mapping.source, "type": type, "subject": lead, "time": moment(at)}
        envelope |= {"data": data, "sourcehash": row.hash, "mapping": self.mapping.label}
        if actor is not None:
            envelope["actor"] = actor
        try:
            claim = read_object(envelope)
        except MalformedError as error:
            raise RowFaultError([(_column_at(pointer, row.rule, rule), plain(sentence)) for pointer, sentence in error.faults]) from None
        if len(self._checked_events) < _KEPT_EVENTS:
            self._checked_events[key] = claim.event
        self._envelope = (lead, actor)
        return claim


class _SourceRow:
    """A row on its way: what it says, its hash, and which of its like it is."""

    __slots__ = ("hash", "occurrence", "row", "rule", "values")

    def __init__(self, rule: FileRule, row: Spooled, values: dict[str, str], occurrence: int) -> None:
        self.rule = rule
        self.row = row
        self.values = values
        self.hash = hashlib.sha256(row.canonical).hexdigest()
        self.occurrence = occurrence

    def id(self, event: str) -> str:
        """The id of one of its events. Raises RowFaultError where the mapping's own template lacks a cell."""
        if self.rule.id is None:
            return f"{self.hash[:32]}.{self.occurrence}.{event}"
        found = self.rule.id.render(self.values | {EVENT_PLACE: event})
        if found is None:
            raise RowFaultError([(_named(self.rule.id.columns), "The row lacks a cell that its id is made of.")])
        return found


def _event_names(rule: FileRule) -> Iterator[str]:
    """The events' types, numbered from the second of the same type on: stable when other events are added."""
    seen: Counter[str] = Counter()
    for event in rule.events:
        seen[event.type] += 1
        yield event.type if seen[event.type] == 1 else f"{event.type}.{seen[event.type]}"


def _actor(rule: FileRule, event: EventRule | None, values: Values) -> str | None:
    value = rule.actor if event is None or event.actor is None else event.actor
    if value is None:
        return None
    try:
        return value(values)
    except ValueFaultError as error:
        raise RowFaultError([(_named(error.columns), str(error))]) from None


def _assembled(data: Data, values: Values, required: set[str]) -> dict[str, Any]:
    """The data as JSON has it; what a row does not say is left out. Raises ValueFaultError."""
    found: dict[str, Any] = {}
    for name, part in data.items():
        if isinstance(part, Field):
            value = part(values)
        elif isinstance(part, list):
            value = [item for field in part if (item := field(values)) is not None] or None
        else:
            value = _assembled(part, values, set()) or ({} if name in required else None)
        if value is not None:
            found[name] = value
    return found


def _column_at(pointer: str, rule: FileRule, event: EventRule | None) -> str:
    """The columns behind a place of an event."""
    first, *path = pointer.strip("/").split("/")
    match first:
        case "subject":
            return _named((event.lead if event and event.lead else rule.lead).columns)
        case "actor":
            value = event.actor if event and event.actor else rule.actor
            return _named(value.columns) if value else ""
        case "id":
            return _named(rule.id.columns) if rule.id else ""
        case "data" if event is None:
            return _named(rule.group.columns) if rule.group else ""
        case "data" if event is not None and path:
            part = event.data.get(path[0])
            return "" if part is None else _named(tuple(columns_of(part)))
        case _:
            return ""
