"""The `data` of an event in a mapping, read against the event's own fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime, tzinfo
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from api.importers.mapping import Data
from api.importers.strictness import Place
from api.importers.value_reader import read_formats, read_time_reader, read_value
from api.importers.values import Field, day_text, flag, moment_text, month_text, whole_number
from domain.agreement import Agreement
from domain.events import COSTS, EVENTS, TEAM, Month

IMPORTABLE = tuple(
    name for name, cls in EVENTS.items() if cls.SHARED in (None, TEAM, COSTS) and not name.startswith(("record.", "dispute.", "meeting."))
)
"""The events that a row of a file can become; the others speak of positions in the ledger, or have doors of their own."""
FROM_SYSTEM = "from_system"
_DEPARTMENT_FIELDS = ("custodian", "department", "to")


class DataReader:
    """Reads the data of events, knowing the zone of times and the words of the agreement."""

    def __init__(self, zone: tzinfo, source: str, agreement: Agreement | None) -> None:
        self.zone = zone
        self.source = source
        self.agreement = agreement

    def read(self, place: Place, cls: type[Any], given: Mapping[str, Field] | None = None) -> Data:
        """The fields of a dataclass. `given` are those that the mapping need not say."""
        hints = get_type_hints(cls, include_extras=True)
        names = {f.name.removesuffix("_"): f for f in fields(cls)}
        found: dict[str, Any] = {name: field for name, field in (given or {}).items() if name in names}
        required = [name for name, f in names.items() if f.default is MISSING and name not in found]
        if place.value is None and not required:
            return found
        if not place.is_mapping(required, [name for name in names if name not in required]):
            return found
        for name, f in names.items():
            if place.has(name) and (part := self._part(place.at(name), name, hints[f.name])) is not None:
                found[name] = part
        return found

    def _part(self, place: Place, name: str, annotation: Any) -> Field | list[Field] | Data | None:
        if annotation is Month:
            return self._month(place)
        kind = _bare(annotation)
        if is_dataclass(kind) and isinstance(kind, type):
            return self.read(place, kind)
        if get_origin(kind) is tuple:
            if get_args(kind)[0] is not str:
                place.fault("Speaks of positions in the ledger, which a file cannot know.")
                return None
            return [field for item in place.items() if (field := self._field(item, name, str)) is not None]
        if isinstance(origin := get_origin(kind), type) and issubclass(origin, Mapping):
            return self._named_parts(place, get_args(kind)[1])
        return self._field(place, name, kind)

    def _named_parts(self, place: Place, kind: Any) -> Data:
        """A field whose parts the mapping itself names."""
        names = list(place.value) if isinstance(place.value, dict) else []
        if not place.is_mapping([], [str(name) for name in names]):
            return {}
        return {str(name): field for name in names if (field := self._field(place.at(str(name)), str(name), kind)) is not None}

    def _field(self, place: Place, name: str, kind: Any) -> Field | None:
        keys = {int: ("decimals",), datetime: ("format", "zone"), date: ("format",)}.get(kind, ())
        value = read_value(place, keys)
        if value is None:
            return None
        if get_origin(kind) is Literal:
            self._among(place, value.possible, [str(word) for word in get_args(kind)], "")
        if self.agreement is not None and name == "stage":
            self._among(place, value.possible, [*self.agreement.stages, *self.agreement.outcomes], f" of {self.agreement.id}")
        if self.agreement is not None and self.agreement.departments and name in _DEPARTMENT_FIELDS:
            self._among(place, value.possible, self.agreement.departments, f" of {self.agreement.id}")
        if kind is int:
            decimals = place.at("decimals").whole(0) if place.has("decimals") else 0
            return Field(value, whole_number(min(decimals or 0, 6)))
        if kind is bool:
            return Field(value, flag)
        if kind is datetime:
            return Field(value, moment_text(read_time_reader(place, self.zone)))
        if kind is date:
            return Field(value, day_text(read_formats(place.at("format")) if place.has("format") else ("date",)))
        return Field(value)

    def _month(self, place: Place) -> Field | None:
        """`2026-11` as it stands, or the month of a day in a format."""
        value = read_value(place, ("format",))
        return None if value is None else Field(value, month_text(read_formats(place.at("format"))) if place.has("format") else None)

    def _among(self, place: Place, possible: tuple[str, ...], known: Any, whose: str) -> None:
        for text in possible:
            if text not in known:
                place.fault(f"{text} is not among the words{whose}: {', '.join(dict.fromkeys(known))}.")


def _bare(annotation: Any) -> Any:
    """The type itself, without `Annotated` and `| None`. Where several words are meant, one `Literal` of them all."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        parts = [_bare(part) for part in get_args(annotation) if part is not type(None)]
        if all(get_origin(part) is Literal for part in parts):
            return Literal[tuple(word for part in parts for word in get_args(part))]
        return parts[0]
    return annotation
