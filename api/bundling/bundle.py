"""Writing a bundle: a zip file of a fixed layout, the same bytes for the same question."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from itertools import chain
from typing import IO, BinaryIO

import msgspec

from api.bundling.manifest import BundleManifest, HeldMember, Tree
from api.bundling.members import MEMBERS, Begun, agreements, rules_of
from api.bundling.page import Page
from api.bundling.places import Places
from api.exporting.figures import Figures
from api.exporting.manifest import Chosen
from api.exporting.source import Source
from api.knowledge import shown
from domain.vocabulary import moment

MANIFEST, PAGE = "manifest.json", "index.html"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The day that a zip file has where none is meant."""


def write_bundle(source: Source, out: BinaryIO, sizes: Collection[int] = ()) -> Figures:
    """One member after the other; the page, which shows some of them, and the manifest, which names all, come last.

    Its tree has a root at the size of each checkpoint that comes along, and at further `sizes` of checkpoints that
    somebody kept."""
    begun, page = _begun(source, sizes)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        held: list[HeldMember] = []
        for member in chain(MEMBERS, agreements(source)):
            with _member(archive, member.path) as file:
                member.write(source, file, begun)
            held.append(HeldMember(member.path, member.what, file.bytes, file.sha256))
        manifest = _manifest(source, page, held)
        with _member(archive, PAGE) as file:
            file.write(page.rendered(manifest))
        what = "This bundle for people: a page that needs no program and no connection."
        manifest = msgspec.structs.replace(manifest, members=[*held, HeldMember(PAGE, what, file.bytes, file.sha256)])
        with _member(archive, MANIFEST) as last:
            last.write(msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n")
    return {"events": manifest.entries, "leads": manifest.leads, "members": len(manifest.members) + 1}


def _begun(source: Source, sizes: Collection[int]) -> tuple[Begun, Page]:
    page = Page()
    with source.book.store.tree() as tree:
        checkpoints = tree.vouching(source.head.position)
    roots = {*(checkpoint.size for checkpoint in checkpoints), *sizes} - {0}
    return Begun(page, Places(), checkpoints, frozenset(size for size in roots if size <= source.head.position)), page


def _manifest(source: Source, page: Page, members: Sequence[HeldMember]) -> BundleManifest:
    known, wanted = source.known, source.wanted
    return BundleManifest(
        format="tasuki-bundle@1",
        tasuki=version("tasuki"),
        position=known.position,
        as_of=moment(known.as_of),
        known_at=moment(known.known_at),
        ledger=Tree(source.head.position, source.head.frontier.root().hex()),
        chosen=Chosen(wanted.lead, shown(wanted.since), shown(wanted.until)),
        entries=page.entries,
        leads=page.leads,
        rules=rules_of(source.shared.agreements),
        members=members,
    )


class _Hashing:
    """A member under way, its length and its hash."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes, /) -> int:
        self._digest.update(data)
        self.bytes += len(data)
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


@contextmanager
def _member(archive: zipfile.ZipFile, path: str) -> Iterator[_Hashing]:
    entry = zipfile.ZipInfo(path, _EARLIEST)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    with archive.open(entry, "w", force_zip64=True) as file:
        yield _Hashing(file)
