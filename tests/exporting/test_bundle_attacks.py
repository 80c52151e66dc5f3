"""Ways to hand over another bundle than the ledger wrote, and what finds each. Whoever does it knows the format: the
manifest always fits. Where a test says that something is *not* found, that is the limit that the threat model names."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest

from api.bundling.bundle import MANIFEST, PAGE
from api.bundling.members import CHECKPOINTS, ENTRIES, TIMELINES, TREE
from api.exporting.source import Wanted
from ledger.checkpoints import Checkpoint
from ledger.merkle import leaf_hash
from ledger.notes import LOG, Note, Signer
from ledger.partial_tree import PartialTree, Subtree
from ledger.verifying.signatures import Trusted
from ledger.verifying.verification import Verified
from tests.exporting.signed import LEAD, Edit, Signed, bundle_of, forged, members, retold, verify, zipped

Finds = Callable[[bytes], Verified]


@pytest.fixture(scope="module")
def lead(signed: Signed) -> bytes:
    """The bundle of a lead."""
    return bundle_of(signed, Wanted(LEAD))


@pytest.fixture(scope="module")
def everything(signed: Signed) -> bytes:
    """The bundle of the whole ledger."""
    return bundle_of(signed)


@pytest.fixture
def check(signed: Signed) -> Finds:
    """An auditor who has the keys."""
    return lambda content: verify(content, signed.trusted)


def failed(found: Verified) -> list[str]:
    return [stage.stage for stage in found.stages if stage.state == "failed"]


def place_of(content: bytes, number: int) -> int:
    """The position in a line of the entries."""
    position: int = json.loads(members(content)[ENTRIES].splitlines()[number])["position"]
    return position


def swapped(was: bytes, is_: bytes) -> Edit:
    return lambda member: member.replace(was, is_)


def without_line(number: int) -> Edit:
    def edit(member: bytes) -> bytes:
        lines = member.splitlines(keepends=True)
        del lines[number]
        return b"".join(lines)

    return edit


def called_by_another(content: bytes) -> tuple[Edit, Edit, int]:
    """Another person made the lead's last call: the edits of entries and of the leaf, and the position."""
    line = members(content)[ENTRIES].splitlines()[-1]
    other = line.replace(b"inside_sales:sato", b"inside_sales:kato")
    assert other != line
    return swapped(line, other), swapped(leaf_hash(line).hex().encode(), leaf_hash(other).hex().encode()), json.loads(line)["position"]


def test_an_altered_entry_is_found_at_its_place(check: Finds, lead: bytes) -> None:
    entry, _, position = called_by_another(lead)
    found = check(forged(lead, {ENTRIES: entry}))
    assert failed(found)[0] == "leaves"
    assert found.first_bad == position


def test_with_its_leaf_altered_too_the_root_is_another(check: Finds, lead: bytes) -> None:
    entry, leaf, _ = called_by_another(lead)
    assert failed(check(forged(lead, {ENTRIES: entry, TREE: leaf})))[0] == "proofs"


def witnessed_call_by_another(content: bytes) -> tuple[bytes, bytes]:
    """An entry that was witnessed, and how somebody would rather have it."""
    line = next(one for one in members(content)[ENTRIES].splitlines() if b'"lead/L-000003"' in one)
    other = line.replace(b'"source":"', b'"source":"x')
    return line, other


def rewritten(content: bytes, key: Signer | None = None) -> bytes:
    """An entry altered with its leaf, and the root in the manifest as they give it; with a key, all checkpoints signed anew."""
    line, other = witnessed_call_by_another(content)
    edits = {ENTRIES: swapped(line, other), TREE: swapped(leaf_hash(line).hex().encode(), leaf_hash(other).hex().encode())}
    lines = edits[TREE](members(content)[TREE]).decode().splitlines(keepends=True)
    size, checkpoints = json.loads(members(content)[MANIFEST])["ledger"]["size"], json.loads(members(content)[CHECKPOINTS])
    tree = PartialTree([one["size"] for one in checkpoints] + [size])
    for text in lines:
        tree.add(Subtree.read(text))
    if key is not None:
        for one in checkpoints:
            text = Checkpoint(key.verifier.name, one["size"], tree.roots[one["size"]]).text
            one |= {"origin": key.verifier.name, "note": str(Note(text, [key.sign(text)])), "cosignatures": []}
        edits[CHECKPOINTS] = lambda _: json.dumps(checkpoints).encode()
    return forged(content, edits, ledger={"size": size, "root": tree.roots[size].hex()})


def test_with_every_root_made_to_fit_the_signed_ones_are_others(check: Finds, lead: bytes, everything: bytes) -> None:
    for bundle in (lead, everything):
        assert failed(check(rewritten(bundle))) == ["checkpoints", "witnesses"]


def test_signed_anew_with_a_key_of_ones_own_it_is_another_logs(check: Finds, signed: Signed, lead: bytes) -> None:
    stranger = Signer.new("tasuki/somebody", LOG)
    namesake = Signer.new(signed.log.verifier.name, LOG)
    for key in (stranger, namesake):
        found = check(rewritten(lead, key))
        assert failed(found)[:2] == ["checkpoints", "witnesses"]
        assert (found.signed, found.witnessed) == (0, 0)


def test_signed_anew_with_the_stolen_key_the_witness_has_not_seen_it(check: Finds, signed: Signed, lead: bytes) -> None:
    assert failed(check(rewritten(lead, signed.log))) == ["witnesses"]


def test_and_an_auditor_without_the_witnesss_key_does_not_find_that(signed: Signed, lead: bytes) -> None:
    found = verify(retold(rewritten(lead, signed.log)), Trusted([signed.log.verifier]))
    assert failed(found) == []
    assert found.witnessed == 0


def test_an_entry_left_out_of_a_streams_middle_is_found_at_the_next_one(check: Finds, lead: bytes) -> None:
    lines = members(lead)[ENTRIES].splitlines()
    own = [number for number, line in enumerate(lines) if b'"lead/L-000003"' in line]
    found = check(forged(lead, {ENTRIES: without_line(own[1])}, entries=len(lines) - 1))
    assert failed(found) == ["bytes"]
    assert found.first_bad == place_of(lead, own[2])


def test_entries_in_another_order_are_found(check: Finds, lead: bytes) -> None:
    def turned(member: bytes) -> bytes:
        lines = member.splitlines(keepends=True)
        return b"".join([*lines[:-2], lines[-1], lines[-2]])

    found = check(forged(lead, {ENTRIES: turned}))
    assert failed(found) == ["bytes"]
    assert found.first_bad == place_of(lead, -1)


def test_a_lead_s_last_entry_left_out_is_not_found_by_the_bundle_alone(check: Finds, lead: bytes) -> None:
    """Nothing tells an entry that was left out at the end from one that was never recorded. Its receipt does: it says a
    version that the bundle should have."""
    left_out = retold(forged(lead, {ENTRIES: without_line(-1)}, entries=len(members(lead)[ENTRIES].splitlines()) - 1))
    assert failed(check(left_out)) == []
    receipt = json.loads(members(lead)[ENTRIES].splitlines()[-1])["version"]
    told = [json.loads(line) for line in members(left_out)[ENTRIES].splitlines()]
    assert receipt > max(entry["version"] for entry in told if entry["stream"] == f"lead/{LEAD}")


def test_of_a_whole_ledger_it_is_found(check: Finds, everything: bytes) -> None:
    count = len(members(everything)[ENTRIES].splitlines())
    for number in (-1, 700):
        found = check(forged(everything, {ENTRIES: without_line(number)}, entries=count - 1))
        assert failed(found) == ["bytes"]
        assert found.first_bad == place_of(everything, number)


@pytest.mark.parametrize(
    "edit", [without_line(3), without_line(-1), lambda tree: tree.replace(b"a", b"b", 1), lambda tree: tree + b"1 1 \n"]
)
def test_an_altered_proof_is_found(check: Finds, lead: bytes, edit: Edit) -> None:
    found = check(forged(lead, {TREE: edit}))
    assert {"proofs", "leaves"} & set(failed(found))


def test_a_checkpoint_of_another_log_is_found(check: Finds, signed: Signed, lead: bytes) -> None:
    other = Signer.new("tasuki/elsewhere", LOG)
    text = Checkpoint(other.verifier.name, signed.signed, bytes(32)).text

    def replaced(member: bytes) -> bytes:
        held = json.loads(member)
        held[1] |= {"origin": other.verifier.name, "note": str(Note(text, [other.sign(text)]))}
        return json.dumps(held).encode()

    assert failed(check(forged(lead, {CHECKPOINTS: replaced})))[0] == "checkpoints"


def test_an_altered_signature_or_cosignature_is_found(check: Finds, lead: bytes) -> None:
    def flipped(line: str) -> str:
        dash, name, signature = line.rstrip("\n").split(" ")
        raw = bytearray(base64.b64decode(signature))
        raw[-1] ^= 1
        return f"{dash} {name} {base64.b64encode(raw).decode()}\n"

    def signature(member: bytes) -> bytes:
        held = json.loads(member)
        text, _, line = held[1]["note"].rpartition("\n\n")
        held[1]["note"] = f"{text}\n\n{flipped(line)}"
        return json.dumps(held).encode()

    def cosignature(member: bytes) -> bytes:
        held = json.loads(member)
        held[0]["cosignatures"] = [flipped(line) for line in held[0]["cosignatures"]]
        return json.dumps(held).encode()

    assert failed(check(forged(lead, {CHECKPOINTS: signature})))[0] == "checkpoints"
    assert failed(check(forged(lead, {CHECKPOINTS: cosignature}))) == ["witnesses"]


def test_an_altered_story_is_found_with_its_lead(check: Finds, lead: bytes, everything: bytes) -> None:
    for bundle in (lead, everything):
        number = next(n for n, line in enumerate(members(bundle)[TIMELINES].splitlines()) if b'"lead":"L-000003"' in line)
        told = members(bundle)[TIMELINES].splitlines()[number]
        found = check(forged(bundle, {TIMELINES: swapped(told, re.sub(rb'"shares":{"[a-z_]+"', b'"shares":{"customer"', told, count=1))}))
        assert failed(found)[0] == "stories"
        assert LEAD in next(stage.detail for stage in found.stages if stage.stage == "stories")
        left_out = check(forged(bundle, {TIMELINES: without_line(number)}))
        assert failed(left_out)[0] == "stories"
    invented = check(forged(lead, {TIMELINES: lambda member: member + member}))
    assert failed(invented)[0] == "stories"


def test_altered_terms_and_an_altered_page_are_found(check: Finds, lead: bytes) -> None:
    assert "agreements" in failed(check(forged(lead, {"agreements/the-model@1.json": swapped(b"marketing", b"inside_sales")})))
    assert failed(check(forged(lead, {PAGE: swapped(b"</body>", b"<p>Nobody is to blame.</p></body>")}))) == ["page"]


def test_a_damaged_file_is_found_before_anything_else(check: Finds, lead: bytes) -> None:
    held = members(lead)
    for content in (
        zipped(held | {ENTRIES: held[ENTRIES][:-1]}),  # without a manifest that fits
        zipped(held | {"more.txt": b"?"}),
        zipped({name: member for name, member in held.items() if name != TREE}),
    ):
        assert failed(check(content)) == ["file"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_is_in_it_twice_is_found(check: Finds, lead: bytes) -> None:
    """Another program might read the other one."""
    out = io.BytesIO(lead)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(ENTRIES, members(lead)[ENTRIES])
    assert failed(check(out.getvalue())) == ["file"]
