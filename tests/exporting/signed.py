"""A company's ledger that is signed and witnessed in parts, its bundles, and whoever hands over another one."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import msgspec

from api.bundling.bundle import MANIFEST, PAGE, write_bundle
from api.bundling.manifest import BundleManifest, HeldCheckpoint
from api.bundling.members import CHECKPOINTS, ENTRIES, TIMELINES, agreement_path, tell_agreement, tell_timelines
from api.bundling.page import Page
from api.bundling.reading import Bundle
from api.bundling.retelling import Retelling
from api.bundling.verifying import verified_bundle
from api.exporting.source import Wanted
from api.knowledge import Known
from domain import events as e
from domain.vocabulary import SECOND, instant
from ledger.book import Book
from ledger.log import Log
from ledger.notes import LOG, WITNESS, Signer
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified
from tests.exporting.exporting import AFTERWARDS, source, written
from tests.ledger.appending import claim, receipt

LEAD = "L-000003"
Edit = Callable[[bytes], bytes]


class Signed(NamedTuple):
    """A ledger, the keys of its log and of its witness, and how far either reaches."""

    path: Path
    log: Signer
    witness: Signer
    witnessed: int
    signed: int
    size: int

    @property
    def trusted(self) -> Trusted:
        return Trusted([self.log.verifier], [self.witness.verifier])


def sign_and_go_on(path: Path) -> Signed:
    """Has a ledger witnessed, then signed after three more entries about a lead and its neighbour, and leaves two unsigned."""
    keys = Signer.new("tasuki/company", LOG), Signer.new("sales.example/witness", WITNESS)
    with Book.open(f"sqlite:///{path}", lambda: AFTERWARDS) as book:
        log = Log(book, keys[0])
        under = log.sign()
        log.keep_cosignature(under, keys[1].verifier.name, keys[1].cosign(under.note.partition("\n\n")[0] + "\n", 1_790_000_000).line)
        _log_calls(book, 3)
        latest = log.sign()
        _log_calls(book, 2)
        return Signed(path, *keys, under.size, latest.size, book.head().position)


def _log_calls(book: Book, number: int) -> None:
    head = book.head().position
    call = e.ActivityLogged("call", "outbound", "no_answer")
    for n in range(head, head + number):
        lead = LEAD if n % 2 else "L-000004"
        receipt(book.append([claim(f"call-{n}", call, lead=lead, who="inside_sales:sato", when=AFTERWARDS - 60 * SECOND)])[0])


def bundle_of(ledger: Signed, wanted: Wanted | None = None, sizes: tuple[int, ...] = ()) -> bytes:
    with Book.open(f"sqlite:///{ledger.path}", lambda: AFTERWARDS) as book:
        return written(lambda source, out: write_bundle(source, out, sizes), source(book, wanted))[0]


def verify(content: bytes, trusted: Trusted) -> Verified:
    with closing(Bundle(io.BytesIO(content))) as bundle:
        return verified_bundle(bundle, trusted, lambda _: lambda _: None)[0]


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(content: bytes, edits: Mapping[str, Edit], **manifest: object) -> bytes:
    """A bundle with members edited, and a manifest that fits them and says what else is given."""
    held = members(content)
    for name, edit in edits.items():
        edited = edit(held[name])
        assert edited != held[name], f"the edit of {name} changes nothing"
        held[name] = edited
    return forged_from(held, manifest)


def forged_from(held: dict[str, bytes], manifest: Mapping[str, object]) -> bytes:
    """A bundle of these members, with a manifest that fits them."""
    told = json.loads(held[MANIFEST]) | manifest
    for member in told["members"]:
        member |= {"bytes": len(held[member["path"]]), "sha256": hashlib.sha256(held[member["path"]]).hexdigest()}
    return zipped({**held, MANIFEST: json.dumps(told).encode()})


def zipped(held: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, member in held.items():
            archive.writestr(name, member)
    return out.getvalue()


def retold(content: bytes) -> bytes:
    """A bundle whose stories, agreements and page are told anew from its entries, as only a forger would."""
    held, out = members(content), {}
    told = msgspec.json.decode(held[MANIFEST], type=BundleManifest)
    page, blobs = Page(), held[ENTRIES].splitlines()
    known = Known(instant(told.as_of), instant(told.known_at), told.position, False)
    page.note_checkpoints([one.kept() for one in msgspec.json.decode(held[CHECKPOINTS], type=list[HeldCheckpoint])])
    for blob in blobs:
        page.note_entry(blob)
    with Retelling(blobs, known, lambda _: None) as retelling:
        tell_timelines(retelling, timelines := io.BytesIO(), page)
        for name in retelling.shared.agreements:
            tell_agreement(retelling, name, terms := io.BytesIO(), page)
            out[agreement_path(name)] = terms.getvalue()
    held |= {TIMELINES: timelines.getvalue(), **out}
    fitting = forged_from(held, {"entries": len(blobs), "leads": page.leads})
    manifest = msgspec.json.decode(members(fitting)[MANIFEST], type=BundleManifest)
    before = [member for member in manifest.members if member.path != PAGE]
    held[PAGE] = page.rendered(msgspec.structs.replace(manifest, members=before))
    return forged_from(held, {"entries": len(blobs), "leads": page.leads})
