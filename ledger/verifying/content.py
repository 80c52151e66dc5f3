"""What the bytes say: that each entry is canonical and can be read, and that the columns beside it follow from it."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import msgspec

from ledger.codec import data_of, decode, recorded
from ledger.entry import Entry, MalformedError
from ledger.shapes import BY_PERMANENT_NAME
from ledger.store import line_of
from ledger.verifying.stages import Columns, Found, Source, Tick

UNREADABLE = (msgspec.MsgspecError, MalformedError, ValueError, LookupError)


class FaultyEntryError(Exception):
    """What is wrong with an entry, as the end of a sentence."""


def bytes_stage(source: Source, tick: Tick) -> Found:
    """Every entry is canonical JSON of its profile, of a known type, and says the place it stands at."""
    expected, reading = 1, Reading()
    for page in source.entries():
        for position, blob, _ in page:
            if position != expected:
                return Found("bytes", "failed", f"There is no entry at {expected}.", expected - 1, expected)
            try:
                reading.read(blob, position)
            except FaultyEntryError as fault:
                return Found("bytes", "failed", f"The entry at {position} {fault}", expected - 1, position)
            expected += 1
        tick(len(page))
    return Found("bytes", "ok", "Every entry is canonical and can be read.", expected - 1)


class Reading:
    """Entries read one after the other in the order of the book, with or without gaps."""

    def __init__(self) -> None:
        self._commit = 0
        self._recorded_at: datetime | None = None

    def read(self, blob: bytes, position: int | None = None) -> Entry:
        """The next entry. Raises FaultyEntryError where it cannot be read, does not say the place that it stands at, is not
        canonical, or its commit does not follow the one before."""
        try:
            entry = decode(blob)
            if position not in (None, entry.position):
                raise FaultyEntryError(f"says that it stands at {entry.position}.")
            self._check_commit(entry)
            _check_canonical(entry, blob)
        except UNREADABLE:
            raise FaultyEntryError("cannot be read.") from None
        return entry

    def _check_commit(self, entry: Entry) -> None:
        begins = entry.position > self._commit
        if entry.commit < entry.position or (not begins and (entry.commit, entry.recorded_at) != (self._commit, self._recorded_at)):
            raise FaultyEntryError("does not belong to the commit that it stands in.")
        if begins and self._recorded_at is not None and entry.recorded_at <= self._recorded_at:
            raise FaultyEntryError("was not recorded after the commit before it.")
        self._commit, self._recorded_at = entry.commit, entry.recorded_at


def _check_canonical(entry: Entry, blob: bytes) -> None:
    """Raises FaultyEntryError where the bytes are not those that the ledger would write. An old version of an event is no
    longer written, so only the form of its data is looked at."""
    event = recorded(entry).event
    if entry.type in BY_PERMANENT_NAME and bytes(data_of(event)) != bytes(entry.data):
        raise FaultyEntryError("is not written canonically.")
    if msgspec.json.encode(msgspec.json.decode(blob), order="sorted") != blob:
        raise FaultyEntryError("is not written canonically.")
    if not blob.isascii() and not unicodedata.is_normalized("NFC", blob.decode()):
        raise FaultyEntryError("holds text that is not in the normal form NFC.")


def columns_stage(source: Source, tick: Tick) -> Found:
    """The columns follow from the bytes, and the triggers that guard them are there."""
    pages = source.columns()
    if pages is None:
        return Found("columns", "skipped", "No columns are kept beside the entries.")
    checked = 0
    for page in pages:
        for blob, columns in page:
            try:
                derived = _derived(blob)
            except UNREADABLE:
                return Found("columns", "failed", f"The entry at {columns.position} cannot be read.", checked, columns.position)
            if derived != columns:
                names = [name for name, was, is_ in zip(Columns._fields, derived, columns, strict=True) if was != is_]
                sentence = f"At {columns.position}, {', '.join(names)} does not follow from the entry."
                return Found("columns", "failed", sentence, checked, columns.position)
            checked += 1
        tick(len(page))
    if missing := source.missing_guards():
        sentence = f"The columns follow from the entries, but {', '.join(missing)} no longer guards them: somebody took it away."
        return Found("columns", "failed", sentence, checked)
    return Found("columns", "ok", "Every column follows from its entry, and all triggers are in place.", checked)


def _derived(blob: bytes) -> Columns:
    line = line_of(decode(blob), blob)
    return Columns(line.position, line.originator_id, line.originator_version, line.topic, line.source, line.event_id, line.survivor)
