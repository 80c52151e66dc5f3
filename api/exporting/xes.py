"""XES (IEEE 1849): one trace a run of a lead, one event a line of the story as it stands.

Every element stands on a line of its own: some readers go by lines, and read nothing at all otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO
from xml.sax.saxutils import quoteattr

from api.exporting.attributes import Value, said, standing, text_of, time_of
from api.exporting.figures import Figures
from api.exporting.source import Source
from api.exporting.traces import Move, Trace, traces
from domain.vocabulary import department_of, moment

SYSTEM = "system"
"""Who acted where the event names nobody: readers want a resource everywhere."""

_EXTENSIONS = ("Concept", "Time", "Organizational")
_PREFIXES = {"Organizational": "org"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_xes(source: Source, out: BinaryIO) -> Figures:
    """The runs of the chosen leads, as they stand at `as_of` by what was known."""
    cases = events = leads = 0
    out.writelines(line.encode() + b"\n" for line in _head(source))
    for lead, told in source.stories():
        leads += 1
        for trace in traces(lead, told, source.known.as_of):
            cases += 1
            events += len(trace.moves)
            out.write("\n".join(_trace(trace)).encode() + b"\n")
    out.write(b"</log>\n")
    return {"traces": cases, "events": events, "leads": leads}


def _head(source: Source) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">'
    for name in _EXTENSIONS:
        prefix = _PREFIXES.get(name, name.lower())
        yield f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>'
    yield '<global scope="trace">'
    yield '<string key="concept:name" value=""/>'
    yield "</global>"
    yield '<global scope="event">'
    yield '<string key="concept:name" value=""/>'
    yield '<date key="time:timestamp" value="1970-01-01T00:00:00+00:00"/>'
    yield f'<string key="org:resource" value="{SYSTEM}"/>'
    yield "</global>"
    yield '<classifier name="Activity" keys="concept:name"/>'
    yield '<classifier name="Custodian" keys="custodian"/>'
    yield _attribute("as_of", moment(source.known.as_of))
    yield _attribute("known_at", moment(source.known.known_at))
    yield _attribute("position", source.known.position)


def _trace(trace: Trace) -> Iterator[str]:
    yield "<trace>"
    yield _attribute("concept:name", trace.case)
    yield _attribute("lead", trace.lead)
    yield _attribute("episode", trace.episode.number)
    if trace.episode.outcome is not None:
        yield _attribute("outcome", trace.episode.outcome)
    for move in trace.moves:
        yield "<event>"
        yield from _event(move)
        yield "</event>"
    yield "</trace>"


def _event(move: Move) -> Iterator[str]:
    actor = None if move.recorded is None else move.recorded.actor
    yield _attribute("concept:name", move.type)
    yield f'<date key="time:timestamp" value="{time_of(move.at)}"/>'
    yield _attribute("org:resource", actor or SYSTEM)
    yield _attribute("org:group", department_of(actor) if actor else SYSTEM)
    for name, value in (*standing(move), *said(move)):
        yield _attribute(name, value)


def _attribute(key: str, value: Value) -> str:
    tag = {bool: "boolean", int: "int"}.get(type(value), "date" if isinstance(value, datetime) else "string")
    return f"<{tag} key={quoteattr(key)} value={quoteattr(_NOT_XML.sub('�', text_of(value)))}/>"
