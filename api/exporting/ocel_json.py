"""OCEL 2.0 as JSON: written event by event; the objects, which stand apart in it, wait in a file beside."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import msgspec

from api.exporting.attributes import Kind, text_of, time_of
from api.exporting.figures import Figures
from api.exporting.ocel import EVENT_TYPES, OBJECT_TYPES, OcelEvent, OcelObject, Relation, told_in_objects
from api.exporting.source import Source

_encode = msgspec.json.encode


def write_ocel_json(source: Source, out: BinaryIO) -> Figures:
    """One event or object a line. Values are texts whatever their kind, as the standard has them."""
    events = objects = 0
    out.write(b'{"objectTypes":' + _types(OBJECT_TYPES) + b',\n"eventTypes":' + _types(EVENT_TYPES) + b',\n"events":[')
    with TemporaryFile() as waiting:
        for told in told_in_objects(source):
            if isinstance(told, OcelEvent):
                out.write((b",\n" if events else b"\n") + _encode(_event(told)))
                events += 1
            else:
                waiting.write((b",\n" if objects else b"\n") + _encode(_object(told)))
                objects += 1
        out.write(b'],\n"objects":[')
        waiting.seek(0)
        shutil.copyfileobj(waiting, out)
    out.write(b"]}\n")
    return {"events": events, "objects": objects}


def _types(types: Mapping[str, Mapping[str, Kind]]) -> bytes:
    return _encode(
        [{"name": name, "attributes": [{"name": key, "type": kind} for key, kind in kinds.items()]} for name, kinds in types.items()]
    )


def _event(event: OcelEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type,
        "time": time_of(event.at),
        "attributes": [{"name": name, "value": text_of(value)} for name, value in event.values.items()],
        "relationships": _relations(event.relations),
    }


def _object(told: OcelObject) -> dict[str, Any]:
    return {
        "id": told.id,
        "type": told.type,
        "attributes": [{"name": name, "time": time_of(since), "value": text_of(value)} for name, since, value in told.values],
        "relationships": _relations(told.relations),
    }


def _relations(relations: Sequence[Relation]) -> list[dict[str, str]]:
    return [{"objectId": other, "qualifier": qualifier} for other, qualifier in relations]
