"""Between JSON and the domain's events, both ways and strictly.

The door reads CloudEvents; the book holds canonical JSON (the RFC 8785 profile: keys in order, integers below 2^53,
no floats, NFC strings, absent instead of null). Wire shapes are made from the domain's dataclasses, so an event is
declared once. What msgspec lets pass (duplicate keys, huge integers) is refused here.
"""

from __future__ import annotations

import json
import operator
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, asdict, fields, is_dataclass
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Raw, Struct, structs

from domain.events import EVENTS, MAX_INTEGER, MAX_KEY_LENGTH, Event, LeadMerged, Recorded, Replacement
from domain.vocabulary import SourceKind, instant, moment
from ledger.entry import Claim, Entry, MalformedError, lead_of, permanent_name
from ledger.upcasting import UPCASTERS

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_ITEMS = 1_000


# Wire shapes, made from the domain's dataclasses


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
        self._values = operator.attrgetter(*(f.name for f in fields(cls)))
        self._single = len(fields(cls)) == 1
        converters = [(index, _converters(hints[f.name])) for index, f in enumerate(fields(cls))]
        self._inward = [(index, pair[0]) for index, pair in converters if pair]
        self._outward = [(index, pair[1]) for index, pair in converters if pair]

    def to_domain(self, wire: Struct) -> Any:
        values = structs.astuple(wire)
        return self.cls(*(_converted(values, self._inward) if self._inward else values))

    def to_wire(self, value: Any) -> Struct:
        values = (self._values(value),) if self._single else self._values(value)
        return self.struct(*(_converted(values, self._outward) if self._outward else values))


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
        limits.pop("personal")
        return Annotated[arguments[0], Meta(**limits)]
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
    form = _BY_PERMANENT_NAME.get(wire.type) or _form(wire.type, "/data/replacement/type")
    try:
        return Replacement(form.event(wire.data), instant(wire.time), wire.actor)
    except msgspec.ValidationError as error:
        raise MalformedError([_pointed(error, "/data/replacement/data")]) from None


def _replacement_wire(replacement: Replacement) -> _ReplacementWire:
    form = FORMS[replacement.event.NAME]
    data = Raw(_ENCODER.encode(form.shape.to_wire(replacement.event)))
    return _ReplacementWire(data, moment(replacement.occurred_at), form.name, replacement.actor)


class Form:
    """How one event class is read from and written to its `data`."""

    def __init__(self, cls: type[Event]) -> None:
        self.name = permanent_name(cls)
        self.shape = shape_of(cls)
        self.decoder = msgspec.json.Decoder(self.shape.struct)

    def event(self, data: bytes | Raw) -> Any:
        """The domain event. Raises msgspec.ValidationError."""
        return self.shape.to_domain(self.decoder.decode(data))


_ENCODER = msgspec.json.Encoder(order="sorted")
FORMS: dict[str, Form] = {name: Form(cls) for name, cls in EVENTS.items()}
"""How each current event is read and written, by its public name."""
_FORM_OF_CLASS = {form.shape.cls: form for form in FORMS.values()}
_BY_PERMANENT_NAME = {form.name: form for form in FORMS.values()}


def _form(type_: str, pointer: str = "/type") -> Form:
    form = FORMS.get(type_)
    if form is None:
        raise MalformedError([(pointer, f"No such event type; expected one of {', '.join(FORMS)}.")])
    return form


# The door


class _CloudEvent(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The envelope of an event as it comes in."""

    id: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
    source: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
    type: str
    subject: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)]
    time: Annotated[datetime, Meta(tz=True)]
    data: Raw
    specversion: str = "1.0"
    actor: Annotated[str, Meta(min_length=1, max_length=MAX_KEY_LENGTH)] | None = None
    correlationid: Annotated[str, Meta(max_length=MAX_KEY_LENGTH)] | None = None
    causationid: Annotated[str, Meta(max_length=MAX_KEY_LENGTH)] | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    sourcehash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None = None
    mapping: Annotated[str, Meta(max_length=MAX_KEY_LENGTH)] | None = None


_cloud_event = msgspec.json.Decoder(_CloudEvent)


def read_claim(raw: bytes) -> Claim:
    """One CloudEvent in JSON → Claim. Raises MalformedError with a pointer to every fault found."""
    if len(raw) > MAX_BYTES:
        raise MalformedError([("", f"An event may have {MAX_BYTES} bytes; this one has {len(raw)}.")])
    try:
        envelope = _cloud_event.decode(raw)
        form = _form(envelope.type)
        event = form.event(envelope.data)
    except msgspec.ValidationError as error:
        raise MalformedError(_diagnosed(raw) or [_pointed(error, _data_prefix(error, raw))]) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError) as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError(_diagnosed(raw) or [("", f"Not JSON: {_harmless(error)}")]) from None
    if faults := _profile_faults(raw):
        raise MalformedError(faults)
    return _claim(envelope, event, raw.isascii() and b"\\u" not in raw)


def read_object(event: Mapping[str, Any]) -> Claim:
    """One CloudEvent as a Python mapping (times as RFC 3339 text or datetime) → Claim. Raises MalformedError."""
    return read_claim(msgspec.json.encode(event))


def _claim(envelope: _CloudEvent, event: Any, ascii_only: bool) -> Claim:
    faults: list[tuple[str, str]] = []
    if envelope.specversion != "1.0":
        faults.append(("/specversion", "CloudEvents 1.0 is expected."))
    if envelope.datacontenttype not in (None, "application/json"):
        faults.append(("/datacontenttype", "application/json is expected."))
    subject, source, id_ = envelope.subject, envelope.source, envelope.id
    if not ascii_only:
        faults += [
            (f"/{name}", fault) for name, value in (("subject", subject), ("source", source), ("id", id_)) if (fault := _key_fault(value))
        ]
    elif not (subject.isprintable() and source.isprintable() and id_.isprintable()):
        faults.append(("/subject", "Keys may not hold control characters."))
    if event.SHARED is not None and subject != event.SHARED:
        faults.append(("/subject", f"{envelope.type} belongs to the shared stream; its subject is to be {event.SHARED}."))
    if event.SHARED is None and looks_personal(subject):
        faults.append(
            (
                "/subject",
                "The key of a lead stands in the clear and may not be an e-mail address or telephone number; use the source system's id.",
            )
        )
    if faults:
        raise MalformedError(faults)
    return Claim(
        source,
        id_,
        subject,
        instant(envelope.time),
        envelope.actor,
        event,
        envelope.correlationid,
        envelope.causationid,
        envelope.sourcehash,
        envelope.mapping,
    )


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?:\+|0)[\d() .-]{8,}\d|\(\d+\)[\d .-]{6,}\d")


def looks_personal(key: str) -> bool:
    """Whether a key looks like an e-mail address or a telephone number (`+81 3…`, `03-1234-5678`, `090…`)."""
    if key.isalpha():
        return False
    if "@" in key and _EMAIL.search(key):
        return True
    return _PHONE.fullmatch(key) is not None and sum(character.isdigit() for character in key) in range(9, 16)


def _key_fault(key: str) -> str | None:
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for character in key):
        return "Keys may not hold control or invisible characters."
    if unicodedata.normalize("NFKC", key) != key:
        return "Write the key in its compatibility form (NFKC): half-width letters and digits, full-width kana."
    return None


# What msgspec lets pass, and where a fault lies


_KEY = re.compile(rb'"\s*:')


def _profile_faults(raw: bytes) -> list[tuple[str, str]]:
    """Duplicate keys, floats, integers of 2^53 and more, unnormalised text. Every key is followed by a quote and a
    colon, so as many of those as parsed keys means that none was given twice."""
    value = msgspec.json.decode(raw)
    keys, plain = _measure(value)
    if keys == len(_KEY.findall(raw)) and plain:
        return []
    return _diagnosed(raw)


def _measure(value: Any) -> tuple[int, bool]:
    """How many keys a value has, and whether all its numbers and texts are inside the profile."""
    keys, plain = 0, True
    stack = [value]
    while stack:
        item = stack.pop()
        if type(item) is str:
            plain = plain and (item.isascii() or unicodedata.is_normalized("NFC", item))
        elif type(item) is dict:
            keys += len(item)
            stack.extend(item.values())
        elif type(item) is list:
            stack.extend(item)
        elif type(item) is float or (type(item) is int and not -MAX_INTEGER <= item <= MAX_INTEGER):
            plain = False
    return keys, plain


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as it stands, duplicates included."""


def _diagnosed(raw: bytes) -> list[tuple[str, str]]:
    """Every fault against the profile, each with its pointer, found by a slow and exact reading."""
    try:
        value = json.loads(raw, object_pairs_hook=_Pairs, parse_constant=_Constant)
    except RecursionError:
        return [("", f"JSON may be {MAX_DEPTH} levels deep.")]
    except UnicodeDecodeError as error:
        return [("", f"Not UTF-8 at byte {error.start}.")]
    except json.JSONDecodeError as error:
        return [("", f"Not JSON: {error.msg} at line {error.lineno}, column {error.colno}.")]
    except ValueError:
        return [("", "A number is too long.")]
    if not isinstance(value, _Pairs):
        return [("", "A JSON object is expected.")]
    return list(_faults(value, "", 0))


class _Constant(str):
    """NaN, Infinity or -Infinity, which are not JSON."""


def _faults(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH:
        yield pointer, f"JSON may be {MAX_DEPTH} levels deep."
    elif isinstance(value, _Constant):
        yield pointer, f"{value} is not a JSON number."
    elif isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, item in value:
            at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}" if _encodable(key) else pointer
            if key in seen:
                yield at, "The key stands twice."
            seen.add(key)
            yield from _faults(item, at, depth + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _faults(item, f"{pointer}/{index}", depth + 1)
    elif isinstance(value, float):
        yield pointer, "A whole number is expected; money is in minor units."
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > MAX_INTEGER:
        yield pointer, "Whole numbers are to be below 2^53."
    elif isinstance(value, str) and not _encodable(value):
        yield pointer, "The text holds half of a surrogate pair."
    elif isinstance(value, str) and not unicodedata.is_normalized("NFC", value):
        yield pointer, "Text is to be normalised (NFC)."


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_PATH = re.compile(r" - at `\$(.*)`$")


def _pointed(error: msgspec.ValidationError, prefix: str) -> tuple[str, str]:
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


def _data_prefix(error: msgspec.ValidationError, raw: bytes) -> str:
    """Whether the envelope or the data was at fault."""
    try:
        _cloud_event.decode(raw)
    except msgspec.ValidationError:
        return ""
    return "/data"


def _harmless(error: Exception) -> str:
    return str(error).removeprefix("JSON is malformed: ") + "."


# The book


_entry = msgspec.json.Decoder(Entry)


def data_of(event: Event) -> Raw:
    """The canonical JSON of an event's data."""
    form = _FORM_OF_CLASS[type(event)]
    return Raw(_ENCODER.encode(form.shape.to_wire(event)))


def encode(entry: Entry) -> bytes:
    """The canonical bytes of an entry: what is hashed, stored and proven."""
    return _ENCODER.encode(entry)


def decode(blob: bytes) -> Entry:
    """The entry of its bytes."""
    return _entry.decode(blob)


def recorded(entry: Entry) -> Recorded:
    """What an entry says, in the domain's words; old versions are upcast on the way."""
    form = _BY_PERMANENT_NAME.get(entry.type)
    if form is None:
        name, data = UPCASTERS.upcast(entry.type, bytes(entry.data))
        event = _BY_PERMANENT_NAME[name].event(data)
    else:
        event = form.event(entry.data)
    return Recorded(
        entry.position,
        entry.commit,
        instant(entry.occurred_at),
        instant(entry.recorded_at),
        lead_of(entry.stream),
        event,
        entry.actor,
        entry.source,
        entry.kind,
        entry.agreement,
    )


MERGED = permanent_name(LeadMerged)


def merged_into(entry: Entry) -> str:
    """The lead that survives a merge."""
    into: str = FORMS[LeadMerged.NAME].event(entry.data).into
    return into


def entry_of(
    claim: Claim,
    position: int,
    commit: int,
    version: int,
    recorded_at: datetime,
    kind: SourceKind,
    agreement: str,
    anomalies: tuple[str, ...],
) -> Entry:
    """The line that a claim becomes."""
    return Entry(
        agreement,
        commit,
        data_of(claim.event),
        claim.id,
        kind,
        moment(claim.occurred_at),
        position,
        recorded_at,
        claim.source,
        claim.stream,
        _FORM_OF_CLASS[type(claim.event)].name,
        version,
        claim.actor,
        anomalies,
        claim.causation_id,
        claim.correlation_id,
        claim.mapping,
        claim.source_hash,
    )
