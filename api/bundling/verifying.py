"""All stages over a bundle, in their order: what the log hashed and who signed it, then what was made of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from api.bundling.comparing import agreements_stage, page_stage, stories_stage
from api.bundling.page import Page
from api.bundling.places import Places
from api.bundling.proving import bytes_stage, leaves_stage, proofs_stage, proved
from api.bundling.reading import Bundle, FaultyBundleError
from api.bundling.retelling import Retelling
from api.knowledge import Known
from domain.vocabulary import instant
from ledger.verifying.signatures import Reach, Trusted, checkpoints_stage, witnesses_stage
from ledger.verifying.stages import Found
from ledger.verifying.stamping import STAGE, timestamps_stage
from ledger.verifying.verification import Verified, Watch, sizes_of_notes

_PROVED = ("leaves", "proofs", "checkpoints", "witnesses", STAGE)
_TOLD = ("agreements", "stories", "page")


def verified_bundle(bundle: Bundle, trusted: Trusted, watch: Watch) -> tuple[Verified, Places]:
    """Verifies all that a bundle says; how far the ledger it was taken from is vouched for, and which places it holds."""
    found, places = Verified(bundle.manifest.ledger.size), Places()
    try:
        bundle.check_members()
        found.stages.append(Found("file", "ok", "Every member is the one that the manifest names.", len(bundle.manifest.members)))
        found.stages.append(bytes_stage(bundle, places, watch("reading entries")))
        _prove(bundle, trusted, watch, places, found)
        _tell(bundle, watch, found)
    except FaultyBundleError as error:
        found.stages.append(Found("file", "failed", str(error)))
    return found, places


def _prove(bundle: Bundle, trusted: Trusted, watch: Watch, places: Places, found: Verified) -> None:
    """Up to the signed roots."""
    if not found.holds:
        _skip(found, _PROVED, "The entries cannot be followed.")
        return
    checkpoints = bundle.checkpoints()
    sizes = [kept.size for kept in checkpoints] + sizes_of_notes(trusted)
    made = proved(bundle, places, sizes, watch("hashing entries"))
    found.stages += [leaves_stage(made), proofs_stage(bundle, places, made)]
    if made.fault is not None:
        _skip(found, _PROVED[2:], "There is no root to compare with.")
        return
    signed = _signed(checkpoints_stage(checkpoints, made, trusted), trusted)
    witnessed = witnesses_stage(checkpoints, made, trusted)
    found.signed, found.witnessed = signed.size, witnessed.size
    found.stages += [signed.found, witnessed.found, timestamps_stage(checkpoints, trusted)]


def _signed(reach: Reach, trusted: Trusted) -> Reach:
    """Whoever has the log's key is to find its signature: a bundle of another ledger would be whole in itself."""
    if not trusted.logs or reach.size or reach.found.state == "failed":
        return reach
    names = " or ".join(log.name for log in trusted.logs)
    return Reach(reach.found._replace(state="failed", detail=f"Nothing in the bundle is signed by {names}."))


def _tell(bundle: Bundle, watch: Watch, found: Verified) -> None:
    """From the entries to what is told of them. Nothing is worked out of entries that are wrong themselves."""
    if not found.holds:
        _skip(found, _TOLD, "The entries are not what they were, so nothing is worked out of them.")
        return
    manifest, page = bundle.manifest, Page()
    page.note_checkpoints(bundle.checkpoints())
    known = Known(instant(manifest.as_of), instant(manifest.known_at), manifest.position, False)
    with Retelling(_shown(bundle, page), known, watch("folding leads")) as told:
        found.stages += [agreements_stage(bundle, told, page), stories_stage(bundle, told, page)]
    found.stages.append(page_stage(bundle, page))


def _skip(found: Verified, stages: Sequence[str], why: str) -> None:
    found.stages += [Found(stage, "skipped", why) for stage in stages]


def _shown(bundle: Bundle, page: Page) -> Iterator[bytes]:
    for blob in bundle.entries():
        page.note_entry(blob)
        yield blob
