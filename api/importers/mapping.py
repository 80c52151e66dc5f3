"""The mapping: what the rows of a log mean, as read from its YAML (`api.importers.mapping_reader`)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Mapping_
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from api.importers.columns import Column, Template
from api.importers.conditions import Condition
from api.importers.rows import Reading
from api.importers.times import TimeReader
from api.importers.values import Field, Value
from domain.agreement import Agreement
from domain.vocabulary import SourceKind

EVENT_PLACE = "event"
"""`{event}` in an `id`: the type of the event that the row becomes."""

Data = Mapping_[str, "Field | list[Field] | Data"]
"""The fields of an event's data."""


@dataclass(frozen=True, slots=True)
class TimeRule:
    """Where an event's time stands, and how it is read."""

    value: Value
    reader: TimeReader


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event that a row becomes when its conditions hold; with `once`, only the first such row of a case."""

    type: str
    when: tuple[Condition, ...]
    data: Data
    lead: Value | None = None
    time: TimeRule | None = None
    actor: Value | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class FileRule:
    """What the rows of files with certain names become."""

    patterns: tuple[str, ...]
    reading: Reading
    only: tuple[Condition, ...]
    lead: Value
    time: TimeRule
    actor: Value | None
    id: Template | None
    group: Value | None
    events: tuple[EventRule, ...]

    def fits(self, name: str) -> bool:
        """Whether a file's name is one of those meant; `.gz` at its end does not count."""
        plain = name.lower().removesuffix(".gz")
        return any(fnmatchcase(plain, pattern.lower().removesuffix(".gz")) for pattern in self.patterns)

    def columns(self) -> Iterator[Column]:
        """Every column the rule reads."""
        for conditions in (self.only, *(event.when for event in self.events)):
            yield from (condition.column for condition in conditions)
        for value in (self.lead, self.time.value, self.actor, self.group):
            yield from value.columns if value else ()
        for event in self.events:
            for value in (event.lead, event.time.value if event.time else None, event.actor):
                yield from value.columns if value else ()
            yield from columns_of(event.data)
        if self.id is not None:
            yield from (column for column in self.id.columns if column.names != (EVENT_PLACE,))


def columns_of(data: Data | Field | list[Field]) -> Iterator[Column]:
    """The columns that data is made of."""
    if isinstance(data, Field):
        yield from data.value.columns
        return
    for part in data.values() if isinstance(data, Mapping_) else data:
        yield from columns_of(part)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping. `agreement` is the id of the one its claims are recorded under (None: the one in force);
    `brought` is that agreement where the mapping brings it along, `terms` its resolved document."""

    name: str
    version: int
    digest: str
    source: str
    kind: SourceKind
    agreement: str | None
    brought: Agreement | None
    terms: Mapping_[str, Any] | None
    files: tuple[FileRule, ...]

    @property
    def label(self) -> str:
        """`olist@1#3f2a…`: what each entry says it was read by."""
        return f"{self.name}@{self.version}#{self.digest[:12]}"

    def rule_for(self, name: str) -> FileRule | None:
        """What a file's rows become; the first rule whose pattern fits its name."""
        return next((rule for rule in self.files if rule.fits(name)), None)
