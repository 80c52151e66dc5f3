"""Wire shapes: msgspec structs made from the domain's dataclasses, so that an event is declared once.

A shape refuses unknown fields, holds the domain's limits, and leaves out what is absent.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Raw, Struct, structs

from domain.events import EVENTS, Event, Replacement
from domain.vocabulary import instant, moment
from ledger.entry import MalformedError, permanent_name

MAX_ITEMS = 1_000


class Shape:
    """A domain dataclass beside the msgspec struct with the same fields in the same order, and the way between."""

    def __init__(self, cls: type[Any]) -> None:
        hints = get_type_hints(cls, include_extras=True)
        self.cls = cls
        self.struct = msgspec.defstruct(
            cls.__name__,
            [
                (f.name, _wire_type(hints[f.name])) if f.default is MISSING else (f.name, _wire_type(hints[f.name]), None)
                for f in fields(cls)
            ],
            rename=_wire_name,
            omit_defaults=True,
            forbid_unknown_fields=True,
            frozen=True,
            gc=False,
        )
        self._values = _values_of([f.name for f in fields(cls)])
        converters = [(index, _converters(hints[f.name])) for index, f in enumerate(fields(cls))]
        self._inward = [(index, pair[0]) for index, pair in converters if pair]
        self._outward = [(index, pair[1]) for index, pair in converters if pair]
        self._recorded = [(index, _recorded_replacement if inward is _replacement else inward) for index, inward in self._inward]

    def to_domain(self, wire: Struct) -> Any:
        values = structs.astuple(wire)
        return self.cls(*(_converted(values, self._inward) if self._inward else values))

    def of_the_book(self, wire: Struct) -> Any:
        """As `to_domain`, of what is in the book: there, a replacement's personal data is sealed."""
        return self.cls(*_converted(structs.astuple(wire), self._recorded))

    def to_wire(self, value: Any) -> Struct:
        values = self._values(value)
        return self.struct(*(_converted(values, self._outward) if self._outward else values))


def _values_of(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What reads the values of some attributes, be it one."""
    if len(names) > 1:
        return operator.attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


_Converter = Callable[[Any], Any]


def _converted(values: tuple[Any, ...], converters: list[tuple[int, _Converter]]) -> list[Any]:
    converted = list(values)
    for index, convert in converters:
        if converted[index] is not None:
            converted[index] = convert(converted[index])
    return converted


def _wire_name(field: str) -> str:
    """`from_` → `from`."""
    return field.removesuffix("_")


_SHAPES: dict[type[Any], Shape] = {}


def shape_of(cls: type[Any]) -> Shape:
    """The shape of a domain dataclass, made once."""
    if cls not in _SHAPES:
        _SHAPES[cls] = Shape(cls)
    return _SHAPES[cls]


def _wire_type(annotation: Any) -> Any:
    """The type of a field on the wire, with the limits that msgspec can hold."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Replacement:
        return _ReplacementWire
    if is_dataclass(annotation):
        return shape_of(cast(type[Any], annotation)).struct
    if annotation is datetime:
        return Annotated[datetime, Meta(tz=True)]
    if origin is Annotated:
        limits: dict[str, Any] = asdict(arguments[1])
        # Nobody says by the door what is sealed: personal data comes in as text.
        return Annotated[str if limits.pop("personal") else arguments[0], Meta(**limits)]
    if origin in (Union, UnionType):
        return Union[tuple(_wire_type(argument) for argument in arguments)]  # noqa: UP007 - built from parts
    if origin is tuple:
        return Annotated[list[_wire_type(arguments[0])], Meta(max_length=MAX_ITEMS)]  # type: ignore[misc]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[str, arguments[1]]  # type: ignore[valid-type]
    return annotation


def _converters(annotation: Any) -> tuple[_Converter, _Converter] | None:
    """How a field's value gets from the wire to the domain and back; None where it is the same on both sides."""
    for part in get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,):
        if part is Replacement:
            return _replacement, _replacement_wire
        if is_dataclass(part):
            shape = shape_of(cast(type[Any], part))
            return shape.to_domain, shape.to_wire
        if get_origin(part) is tuple:
            return tuple, list
        if part is datetime:
            return _in_utc, _in_utc
    return None


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


class _ReplacementWire(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole event inside a correction."""

    data: Raw
    time: Annotated[datetime, Meta(tz=True)]
    type: str
    actor: str | None = None


def _replacement(wire: _ReplacementWire) -> Replacement:
    form = BY_PERMANENT_NAME.get(wire.type) or form_of(wire.type, "/data/replacement/type")
    try:
        return Replacement(form.event(wire.data), instant(wire.time), wire.actor)
    except msgspec.ValidationError as error:
        raise MalformedError([pointed(error, "/data/replacement/data")]) from None


def _recorded_replacement(wire: _ReplacementWire) -> Replacement:
    return Replacement(BY_PERMANENT_NAME[wire.type].recorded(wire.data), instant(wire.time), wire.actor)


def _replacement_wire(replacement: Replacement) -> _ReplacementWire:
    form = FORMS[replacement.event.NAME]
    return _ReplacementWire(Raw(form.written(replacement.event)), moment(replacement.occurred_at), form.name, replacement.actor)


class Form:
    """How one event class is read from and written to its `data`."""

    def __init__(self, cls: type[Event]) -> None:
        self.name = permanent_name(cls)
        self.shape = shape_of(cls)
        self.decoder = msgspec.json.Decoder(self.shape.struct)
        self.recorded: Callable[[bytes | Raw], Any] = msgspec.json.Decoder(cls).decode if _is_spoken_as_written(cls) else self._recorded
        """The domain event of bytes that are in the book: they were checked when they came, so that they need not pass
        through the struct again, which takes four times as long."""

    def event(self, data: bytes | Raw) -> Any:
        """The domain event. Raises msgspec.ValidationError."""
        return self.shape.to_domain(self.decoder.decode(data))

    def _recorded(self, data: bytes | Raw) -> Any:
        return self.shape.of_the_book(self.decoder.decode(data))

    def written(self, event: Event) -> bytes:
        """The canonical JSON of the event's data."""
        return ENCODER.encode(self.shape.to_wire(event))


def _is_spoken_as_written(cls: type[Any]) -> bool:
    """Whether a class has the names of its JSON, and no field in which JSON says which class it holds."""
    hints = get_type_hints(cls)
    return all(field.name == _wire_name(field.name) and hints[field.name] is not Replacement for field in fields(cls))


ENCODER = msgspec.json.Encoder(order="sorted")
FORMS: dict[str, Form] = {name: Form(cls) for name, cls in EVENTS.items()}
"""How each current event is read and written, by its public name."""
FORM_OF_CLASS = {form.shape.cls: form for form in FORMS.values()}
BY_PERMANENT_NAME = {form.name: form for form in FORMS.values()}


def form_of(type_: str, pointer: str = "/type") -> Form:
    """The form of a public event type. Raises MalformedError for one there is not."""
    form = FORMS.get(type_)
    if form is None:
        nearest = difflib.get_close_matches(type_, FORMS, 1)
        meant = f"{nearest[0]} is the nearest." if nearest else "/openapi.json lists them all."
        raise MalformedError([(pointer, f"There is no such event type; {meant}")])
    return form


_PATH = re.compile(r" - at `\$(.*)`$")


def pointed(error: msgspec.ValidationError, prefix: str) -> tuple[str, str]:
    """A msgspec error as (pointer, sentence)."""
    message = str(error)
    found = _PATH.search(message)
    path = found.group(1) if found else ""
    pointer = prefix + re.sub(r"\[(\d+|\.\.\.)\]", r"/\1", path.replace(".", "/"))
    sentence = _PATH.sub("", message).replace("`", "")
    if named := re.fullmatch(r"Object contains unknown field (.*)", sentence):
        return f"{pointer}/{named.group(1)}", "No such field."
    if named := re.fullmatch(r"Object missing required field (.*)", sentence):
        return f"{pointer}/{named.group(1)}", "Is missing."
    return pointer, sentence + "."
