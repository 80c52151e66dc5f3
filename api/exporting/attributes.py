"""What an event log says of an event beside its name: the fields that hold one plain value and are nobody's personal data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from api.exporting.traces import Move
from domain.events import EVENTS, Limits
from domain.vocabulary import moment

Kind = Literal["string", "integer", "boolean", "time"]
"""The kinds of values that event logs know, as OCEL names them."""

Value = str | int | bool | datetime


class Attribute(NamedTuple):
    """A field of an event's data by its name in JSON."""

    name: str
    kind: Kind
    field: str


STANDING: Mapping[str, tuple[Kind, Callable[[Move], Value]]] = {
    "position": ("integer", lambda move: move.position),
    "stage": ("string", lambda move: move.stage),
    "custodian": ("string", lambda move: move.custodian),
    "owner": ("string", lambda move: move.owner),
    "handover": ("boolean", lambda move: move.handover),
}
"""How things stood after an event: said of every one."""

_KINDS: Mapping[Any, Kind] = {str: "string", date: "string", int: "integer", bool: "boolean", datetime: "time"}


def standing(move: Move) -> Iterator[tuple[str, Value]]:
    """How things stood after an event."""
    for name, (_, value) in STANDING.items():
        yield name, value(move)


def said(move: Move) -> Iterator[tuple[str, Value]]:
    """What the event itself said; nothing where silence did it."""
    if move.recorded is None:
        return
    event = move.recorded.event
    for attribute in ATTRIBUTES[event.NAME]:
        value = getattr(event, attribute.field)
        if value is not None:
            yield attribute.name, value.isoformat() if type(value) is date else value


def _attributes(cls: type[Any]) -> tuple[Attribute, ...]:
    hints = get_type_hints(cls, include_extras=True)
    found = []
    for field in fields(cls):
        kind = _kind(hints[field.name])
        if kind is not None:
            name = field.name.removesuffix("_")
            found.append(Attribute(f"said_{name}" if name in STANDING else name, kind, field.name))
    return tuple(found)


def _kind(annotation: Any) -> Kind | None:
    """The kind of a field's value; None where it is personal, or more than one plain value."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        kinds = {_kind(argument) for argument in arguments if argument is not NoneType}
        return kinds.pop() if len(kinds) == 1 else None
    if origin is Annotated:
        limits: Limits = arguments[1]
        return None if limits.personal else _kind(arguments[0])
    if origin is Literal:
        return "string"
    return _KINDS.get(annotation)


ATTRIBUTES: Mapping[str, tuple[Attribute, ...]] = {name: _attributes(cls) for name, cls in EVENTS.items()}
"""The plain fields of each event. One that is named as a standing attribute is set apart by `said_`."""


def text_of(value: Value) -> str:
    """A value as logs write it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def time_of(at: int) -> str:
    """An instant as logs write it."""
    return moment(at).isoformat()
