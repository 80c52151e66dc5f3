"""The stories of a bundle's leads, told again from its entries alone."""

from __future__ import annotations

import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import TracebackType

from api.exporting.families import families, joined
from api.knowledge import Known
from domain.events import LeadMerged, Recorded
from domain.shared import Shared
from domain.told import Told, told_at
from ledger.codec import decode, recorded
from ledger.verifying.stages import Tick


class Retelling:
    """The same that the ledger tells from its book. Entries wait in a file without a name, for a bundle may be larger than
    the memory; `first` is the first position of each lead, `telling` the lead that is told at the moment."""

    def __init__(self, blobs: Iterable[bytes], known: Known, tick: Tick) -> None:
        self.known, self.shared = known, Shared()
        self.first: dict[str, int] = {}
        self.telling: str | None = None
        self._tick = tick
        self._blobs = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the object
        self._places: dict[str, array[int]] = defaultdict(lambda: array("Q"))
        """Offset and length of each entry, by lead."""
        merges: list[tuple[str, str]] = []
        for blob in blobs:
            act = recorded(decode(blob))
            if (lead := act.lead) is None:
                self.shared = self.shared.after(act)
                continue
            self.first.setdefault(lead, act.position)
            self._places[lead].extend((self._blobs.tell(), len(blob)))
            self._blobs.write(blob)
            if isinstance(act.event, LeadMerged):
                merges.append((lead, act.event.into))
        self._families = families(merges)

    def __enter__(self) -> Retelling:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._blobs.close()

    def stories(self) -> Iterator[tuple[str, Told]]:
        """Every lead with its timeline, in the order of keys; leads that begin after `as_of` have none."""
        members: dict[str, list[str]] = defaultdict(list)
        for lead, family in self._families.items():
            members[family].append(lead)
        for lead in sorted(self._places):
            self.telling = lead
            own = {one: self._events(one) for one in members.get(self._families.get(lead, ""), [lead])}
            told = told_at(lead, joined(lead, own), self.shared, self.known.as_of)
            if told is not None:
                yield lead, told
            self._tick(len(self._places[lead]) // 2)
        self.telling = None

    def _events(self, lead: str) -> list[Recorded]:
        found, places = [], self._places.get(lead, array("Q"))
        for offset, length in zip(places[::2], places[1::2], strict=True):
            self._blobs.seek(offset)
            found.append(recorded(decode(self._blobs.read(length))))
        return found
