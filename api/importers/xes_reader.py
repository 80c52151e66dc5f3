"""XES (IEEE 1849), the exchange format of event logs, as a stream of events with their lines.

A row is one event: its own attributes by key, and its case's as `case:<key>`. Attributes inside attributes, the
log's own attributes and lists are left aside.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from api.importers.containers import opened
from api.importers.rows import BadRow, Reading, Row, Table, UnreadableFileError, normal

_ATTRIBUTES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_CHUNK = 256 * 1024


@contextmanager
def xes_table(path: Path, reading: Reading) -> Iterator[Table]:
    """The events of an XES log. Raises UnreadableFileError."""
    with opened(path) as stream:
        yield Table(None, _rows(stream, path.name, reading.absent))


def _rows(stream: BinaryIO, name: str, absent: frozenset[str]) -> Iterator[Row | BadRow]:
    events = _Events(absent | {""})
    parser = create_parser(forbid_dtd=True)
    parser.setContentHandler(events)
    events.setDocumentLocator(parser)
    try:
        while chunk := stream.read(_CHUNK):
            parser.feed(chunk)
            while events.rows:
                yield events.rows.popleft()
        parser.close()
    except SAXParseException as error:
        raise UnreadableFileError(f"{name} is not XML at line {error.getLineNumber()}: {error.getMessage()}.") from None
    except (SAXException, DefusedXmlException) as error:
        raise UnreadableFileError(f"{name} declares a document type or entities, which a log has no need of: {error}.") from None
    if not events.is_log:
        raise UnreadableFileError(f"{name} is XML, but not an XES log.")


class _Events(ContentHandler):
    """Collects the attributes of the open trace and event."""

    def __init__(self, empty: frozenset[str]) -> None:
        super().__init__()
        self.empty = empty
        self.rows: deque[Row] = deque()
        self.is_log = False
        self.path: list[str] = []
        self.case: dict[str, str] = {}
        self.event: dict[str, str] = {}
        self.line = 0
        self.locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the name is SAX's
        self.locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name is SAX's
        name = name.rpartition(":")[2]
        parent = self.path[-1] if self.path else ""
        self.path.append(name)
        if name in _ATTRIBUTES:
            if parent == "event":
                self.note(self.event, "", attrs)
            elif parent == "trace":
                self.note(self.case, "case:", attrs)
        elif name == "event":
            self.event = {}
            self.line = (self.locator.getLineNumber() if self.locator else None) or 0
        elif name == "trace":
            self.case = {}
        elif name == "log":
            self.is_log = True

    def endElement(self, name: str) -> None:  # noqa: N802 - the name is SAX's
        if self.path.pop() == "event":
            self.rows.append(Row(self.line, self.case | self.event))

    def note(self, values: dict[str, str], prefix: str, attrs: AttributesImpl) -> None:
        key, value = attrs.get("key"), attrs.get("value")
        if key and value is not None and (text := normal(value)) not in self.empty:
            values[prefix + normal(key)] = text
