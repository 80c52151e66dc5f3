"""A mapping file → `Mapping`, strictly: an unknown key, a wrong word or a missing file is a fault, and all faults are
shown at once, each with its place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as Mapping_
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, cast

from api.importers.columns import Template
from api.importers.data_reader import FROM_SYSTEM, IMPORTABLE, DataReader
from api.importers.mapping import EVENT_PLACE, EventRule, FileRule, Mapping
from api.importers.rows import Reading, normal
from api.importers.strictness import FaultyMappingError, Place
from api.importers.value_reader import read_conditions, read_template, read_time, read_value, read_zone
from api.importers.values import Field, Value
from domain.agreement import Agreement
from domain.agreement_terms import FaultyAgreementError
from domain.events import EVENTS
from domain.the_model import THE_MODEL
from domain.vocabulary import SourceKind
from ledger.documents import UnreadableDocumentError, read_document
from ledger.terms import checked

SHIPPED = Path(__file__).parent / "mappings"
_AGREEMENT_ID = re.compile(r"[^@/\\]+@[1-9]\d*")
_KINDS = ("import", "integration", "manual")
_DELIMITERS = {"comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"}


def find_mapping(named: str) -> Path:
    """The file of a mapping: a path, or the name of a shipped one. Raises FaultyMappingError."""
    path, shipped = Path(named), SHIPPED / f"{named}.yaml"
    if path.is_file():
        return path
    if re.fullmatch(r"[a-z0-9_-]+", named) and shipped.is_file():
        return shipped
    names = ", ".join(shipped_names())
    raise FaultyMappingError([("", f"There is no mapping {named}; expected a file, or one of the shipped ones: {names}.")])


def shipped_names() -> list[str]:
    """The names of the mappings that are shipped."""
    return sorted(file.stem for file in SHIPPED.glob("*.yaml") if ".agreement" not in file.name)


def read_mapping(path: Path) -> Mapping:
    """The mapping in a file, with the agreement beside it. Raises FaultyMappingError with every fault found."""
    try:
        raw = path.read_bytes()
        document = read_document(normal(raw.decode("utf-8-sig")).encode(), literal=True)
    except OSError as error:
        raise FaultyMappingError([("", f"{path} cannot be read: {error.strerror}.")]) from None
    except UnicodeDecodeError as error:
        raise FaultyMappingError([("", f"Not UTF-8 at byte {error.start + 1}; save the mapping as UTF-8.")]) from None
    except UnreadableDocumentError as error:
        raise FaultyMappingError([("", str(error))]) from None
    root = Place(document)
    mapping = _read_root(root, path.parent, hashlib.sha256(raw).hexdigest())
    if root.faults or mapping is None:
        raise FaultyMappingError(root.faults)
    return mapping


def _read_root(root: Place, folder: Path, digest: str) -> Mapping | None:
    if not root.is_mapping(["name", "version", "source", "files"], ["agreement", "zone"]):
        return None
    name = root.at("name").text() or ""
    version = root.at("version").whole(1) or 1
    source, kind = _read_source(root.at("source"))
    zone = (read_zone(root.at("zone")) if root.has("zone") else None) or UTC
    agreement, brought, terms = _read_agreement(root.at("agreement"), folder) if root.has("agreement") else (None, None, None)
    known = brought or (THE_MODEL if agreement == THE_MODEL.id else None)
    files = tuple(rule for place in root.at("files").items() if (rule := _read_file(place, zone, source, known)) is not None)
    return Mapping(name, version, digest, source, kind, agreement, brought, terms, files)


def _read_source(place: Place) -> tuple[str, SourceKind]:
    """Its name alone, or `{name: …, kind: …}`. What a file brings is of kind `import` unless said otherwise."""
    if isinstance(place.value, str):
        return place.text() or "", "import"
    if not place.is_mapping(["name"], ["kind"]):
        return "", "import"
    kind = place.at("kind").one_of(_KINDS) if place.has("kind") else "import"
    return place.at("name").text() or "", cast(SourceKind, kind or "import")


def _read_agreement(place: Place, folder: Path) -> tuple[str | None, Agreement | None, Mapping_[str, Any] | None]:
    """`name@version` of one in the ledger, or a file beside the mapping, resolved and checked."""
    named = place.text()
    if named is None or _AGREEMENT_ID.fullmatch(named):
        return named, None, None
    if Path(named).name != named:
        place.fault("The agreement is a file beside the mapping, or name@version of one in the ledger.")
        return None, None, None
    try:
        terms, agreement = checked(read_document((folder / named).read_bytes()))
        return agreement.id, agreement, terms
    except OSError as error:
        place.fault(f"{named} beside the mapping cannot be read: {error.strerror}.")
    except UnreadableDocumentError as error:
        place.fault(f"{named}: {error}")
    except FaultyAgreementError as error:
        for pointer, sentence in error.faults:
            place.fault(f"{named}, {pointer or '/'}: {sentence}")
    except (AttributeError, KeyError, TypeError, ValueError):
        place.fault(f"{named} does not have the shape of an agreement; see the documentation of agreements.")
    return None, None, None


def _read_file(place: Place, zone: tzinfo, source: str, agreement: Agreement | None) -> FileRule | None:
    layout = ["encoding", "delimiter", "sheet", "header_row", "absent"]
    shared = _shared_stream(place)
    lead_key, others = (["lead"], []) if shared is None else ([], ["lead"])
    if not place.is_mapping(["match", "time", *lead_key], ["events", "group", "only", "actor", "id", "zone", *layout, *others]):
        return None
    zone = (read_zone(place.at("zone")) if place.has("zone") else None) or zone
    data = DataReader(zone, source, agreement)
    if not place.has("events") and not place.has("group"):
        place.fault("Rows are to become something: `events`, or a `group`, or both.")
    events = [_read_event(item, zone, data) for item in place.at("events").items()] if place.has("events") else []
    lead, time = _given(place, "lead") or shared, read_time(place.at("time"), zone) if place.has("time") else None
    patterns = place.at("match").texts() if place.has("match") else ()
    reading, actor, group = _read_layout(place), _given(place, "actor"), _given(place, "group")
    only = read_conditions(place.at("only")) if place.has("only") else ()
    id_ = _read_id(place, several=len(events) + place.has("group") > 1)
    if lead is None or time is None:
        return None
    return FileRule(patterns, reading, only, lead, time, actor, id_, group, tuple(event for event in events if event is not None))


def _shared_stream(place: Place) -> Value | None:
    """Where the rows of a file stand that become nothing but events of one shared stream, and so name no lead."""
    rules = place.value.get("events") if isinstance(place.value, dict) and "group" not in place.value else None
    types = [rule.get("type") if isinstance(rule, dict) else None for rule in rules] if isinstance(rules, list) else []
    streams = {EVENTS[type_].SHARED if isinstance(type_, str) and type_ in EVENTS else None for type_ in types}
    stream = streams.pop() if len(streams) == 1 else None
    return None if stream is None else Value(Template(stream))


def _given(place: Place, key: str) -> Value | None:
    return read_value(place.at(key)) if place.has(key) else None


def _read_layout(place: Place) -> Reading:
    delimiter = place.at("delimiter").text() if place.has("delimiter") else None
    delimiter = None if delimiter is None else _DELIMITERS.get(delimiter, delimiter)
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        place.at("delimiter").fault(f"One character is expected, or one of {', '.join(_DELIMITERS)}.")
    encoding = place.at("encoding").text() if place.has("encoding") else None
    if encoding is not None:
        try:
            "".encode(encoding)
        except (LookupError, ValueError):
            place.at("encoding").fault(f"No such encoding: {encoding}. Leave it out and it is recognised.")
    return Reading(
        encoding=encoding,
        delimiter=delimiter,
        sheet=place.at("sheet").text() if place.has("sheet") else None,
        header_row=(place.at("header_row").whole(1) if place.has("header_row") else None) or 1,
        absent=frozenset(place.at("absent").texts()) if place.has("absent") else frozenset(),
    )


def _read_id(place: Place, several: bool) -> Template | None:
    if not place.has("id"):
        return None
    template = read_template(place.at("id"))
    if template is not None and several and all(column.names != (EVENT_PLACE,) for column in template.columns):
        place.at("id").fault("A row can become several events, and each needs an id of its own; put {event} into the id.")
    return template


def _read_event(place: Place, zone: tzinfo, data: DataReader) -> EventRule | None:
    if not place.is_mapping(["type"], ["when", "once", "lead", "time", "actor", "data"]):
        return None
    type_ = place.at("type").one_of(IMPORTABLE) if place.has("type") else None
    when = read_conditions(place.at("when")) if place.has("when") else ()
    lead, actor = _given(place, "lead"), _given(place, "actor")
    time = read_time(place.at("time"), zone) if place.has("time") else None
    if type_ is None:
        return None
    if (stream := EVENTS[type_].SHARED) is not None:
        if place.has("lead"):
            place.at("lead").fault(f"{type_} is about no lead; it stands in the shared stream {stream}.")
        lead = Value(Template(stream))
    given = {FROM_SYSTEM: Field(Value(Template(data.source.replace("{", "{{").replace("}", "}}"))))}
    once = place.has("once") and place.at("once").one_of(("true", "false")) == "true"
    return EventRule(type_, when, data.read(place.at("data"), EVENTS[type_], given), lead, time, actor, once)
