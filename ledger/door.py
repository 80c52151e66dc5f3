"""The door: CloudEvents in JSON → claims, strictly.

What msgspec lets pass (duplicate keys, huge integers) is refused here, and every fault is told with a pointer to its
place, never with the input itself.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw, Struct

from domain.events import MAX_INTEGER, MAX_KEY_LENGTH
from domain.vocabulary import instant
from ledger.entry import Claim, MalformedError
from ledger.shapes import form_of, pointed

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32


class CloudEvent(Struct, frozen=True, forbid_unknown_fields=True, gc=False):
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


_cloud_event = msgspec.json.Decoder(CloudEvent)


def read_claim(raw: bytes) -> Claim:
    """One CloudEvent in JSON → Claim. Raises MalformedError with a pointer to every fault found."""
    if len(raw) > MAX_BYTES:
        raise MalformedError([("", f"An event may have {MAX_BYTES} bytes; this one has {len(raw)}.")])
    try:
        envelope = _cloud_event.decode(raw)
        form = form_of(envelope.type)
        event = form.event(envelope.data)
    except msgspec.ValidationError as error:
        raise MalformedError(_diagnosed(raw) or [pointed(error, _data_prefix(error, raw))]) from None
    except OverflowError:
        raise MalformedError(_far_times(raw)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError, ValueError) as error:
        if isinstance(error, MalformedError):
            raise
        raise MalformedError(_diagnosed(raw) or [("", f"Not JSON: {_harmless(error)}")]) from None
    if faults := _profile_faults(raw):
        raise MalformedError(faults)
    return _claim(envelope, event, raw.isascii() and b"\\u" not in raw)


def read_object(event: Mapping[str, Any]) -> Claim:
    """One CloudEvent as a Python mapping (times as RFC 3339 text or datetime) → Claim. Raises MalformedError."""
    try:
        raw = msgspec.json.encode(event)
    except UnicodeEncodeError:
        raise MalformedError([("", "The text holds half of a surrogate pair.")]) from None
    return read_claim(raw)


def _claim(envelope: CloudEvent, event: Any, ascii_only: bool) -> Claim:
    faults: list[tuple[str, str]] = []
    if envelope.specversion != "1.0":
        faults.append(("/specversion", "CloudEvents 1.0 is expected."))
    if envelope.datacontenttype not in (None, "application/json"):
        faults.append(("/datacontenttype", "application/json is expected."))
    subject, source, id_ = envelope.subject, envelope.source, envelope.id
    keys = (("subject", subject), ("source", source), ("id", id_), ("actor", envelope.actor or ""))
    if not ascii_only or not all(value.isprintable() for _, value in keys):
        faults += [(f"/{name}", fault) for name, value in keys if (fault := key_fault(value))]
    faults += [(f"/{name}", _NO_ADDRESS) for name, value in keys[:2] if value in (".", "..")]
    if envelope.time.year not in _YEARS:
        faults.append(("/time", f"The time is to lie in the years {_YEARS[0]} to {_YEARS[-1]}."))
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


_YEARS = range(1900, 9999)
_YEAR = re.compile(r"(\d{4})-\d\d-\d\dT")


def _far_times(raw: bytes) -> list[tuple[str, str]]:
    """The times in an event's data that no calendar reaches once their offset is taken off."""
    data = msgspec.json.decode(raw)["data"]
    found = [(name, _YEAR.match(value)) for name, value in data.items() if isinstance(value, str)]
    far = [name for name, year in found if year is not None and int(year[1]) not in _YEARS]
    return [(f"/data/{name}", f"The time is to lie in the years {_YEARS[0]} to {_YEARS[-1]}.") for name in far or ["replacement/time"]]


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"(?:\+|0)[\d() .-]{8,}\d|\(\d+\)[\d .-]{6,}\d")


def looks_personal(key: str) -> bool:
    """Whether a key looks like an e-mail address or a telephone number (`+81 3…`, `03-1234-5678`, `090…`)."""
    if key.isalpha():
        return False
    if "@" in key and _EMAIL.search(key):
        return True
    return _PHONE.fullmatch(key) is not None and sum(character.isdigit() for character in key) in range(9, 16)


_NO_ADDRESS = "One or two dots alone cannot stand in an address; give it a name."


def key_fault(key: str) -> str | None:
    """What is wrong with a text that names something for ever, or None."""
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
    stack = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        if type(item) is str:
            plain = plain and (item.isascii() or unicodedata.is_normalized("NFC", item))
        elif type(item) is dict:
            keys += len(item)
            plain = plain and all(map(str.isascii, item))
            stack += [(held, depth + 1) for held in item.values()]
            plain = plain and depth < MAX_DEPTH
        elif type(item) is list:
            stack += [(held, depth + 1) for held in item]
            plain = plain and depth < MAX_DEPTH
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
            if not unicodedata.is_normalized("NFC", key) or max(key, default="") > "\ud7ff":
                yield at, "Keys are to be normalised (NFC), of characters up to U+D7FF, which every program sorts alike."
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


def _data_prefix(error: msgspec.ValidationError, raw: bytes) -> str:
    """Whether the envelope or the data was at fault."""
    try:
        _cloud_event.decode(raw)
    except msgspec.ValidationError:
        return ""
    return "/data"


def _harmless(error: Exception) -> str:
    return str(error).removeprefix("JSON is malformed: ") + "."
