"""Signed notes and checkpoints: the specifications' own examples, and that nothing else passes for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoints import Checkpoint, checkpoint_of, read_checkpoint
from ledger.notes import LOG, WITNESS, FaultyNoteError, Note, Signer, Verifier, cosigned_at_seconds, is_name, read_note, read_signatures

# The key and the note that Go's sumdb/note documents, by which signed notes came to be.
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""

texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).map(lambda text: text + "\n")


def test_the_published_note_is_read_checked_and_signed_alike() -> None:
    note, verifier, signer = read_note(GO_NOTE), Verifier.read(GO_VERIFIER), Signer.read(GO_SIGNER)
    assert str(signer.verifier) == str(verifier) == GO_VERIFIER
    assert signer.secret() == GO_SIGNER
    assert verifier.require(note) == signer.sign(note.text)
    assert str(note) == GO_NOTE


@given(texts)
def test_what_one_key_signed_no_other_did_and_no_other_text(text: str) -> None:
    ours, theirs = Signer.new("ours", LOG), Signer.new("ours", LOG)
    note = Note(text, [ours.sign(text)])
    ours.verifier.require(read_note(str(note)))
    with pytest.raises(FaultyNoteError, match="not signed by ours"):
        theirs.verifier.require(note)
    with pytest.raises(FaultyNoteError, match="not of this text"):
        ours.verifier.require(Note("more " + text, note.signatures))


def test_a_witness_signs_the_time_as_well() -> None:
    witness = Signer.new("witness.example/w1", WITNESS)
    signature = witness.cosign("log\n1\n", 1_679_315_147)
    assert cosigned_at_seconds(signature) == 1_679_315_147
    witness.verifier.require(Note("log\n1\n", [signature]))
    later = signature._replace(bytes=signature.bytes[:11] + b"\xff" + signature.bytes[12:])
    with pytest.raises(FaultyNoteError, match="not of this text"):
        witness.verifier.require(Note("log\n1\n", [later]))


def test_signatures_of_keys_that_nobody_knows_are_passed_over() -> None:
    log, other = Signer.new("log", LOG), Signer.new("other", LOG)
    note = Note("text\n", [other.sign("something else\n"), log.sign("text\n")])
    assert log.verifier.require(note) == note.signatures[1]


@pytest.mark.parametrize(
    "written",
    ["", "text\n", "text\n\n", "\n\n— a AAAA\n", "text\n\n- a AAAA\n", "text\n\n— a A\n", "te\txt\n\n— a AAAA\n", "text\n\n— a+b AAAA\n"],
)
def test_what_is_no_note_is_refused(written: str) -> None:
    with pytest.raises(FaultyNoteError):
        read_note(written)


@pytest.mark.parametrize(
    "text", ["", "name", "name+c74f20a3", "name+c74f20a3+AAAA", GO_VERIFIER.replace("c74f20a3", "c74f20a4"), GO_VERIFIER[:-4]]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(FaultyNoteError):
        Verifier.read(text)


@pytest.mark.parametrize("text", ["", GO_VERIFIER, GO_SIGNER[:-4], GO_SIGNER.replace("c74f20a3", "c74f20a4")])
def test_what_is_no_private_key_is_refused(text: str) -> None:
    with pytest.raises(FaultyNoteError):
        Signer.read(text)


def test_no_lines_are_no_signatures() -> None:
    with pytest.raises(FaultyNoteError, match="line under a note"):
        read_signatures("")


def test_names_hold_neither_spaces_nor_a_plus() -> None:
    assert is_name("tasuki/1a2b")
    assert not any(is_name(name) for name in ("", "a b", "a+b", "a\nb", "a\u3000b"))


def test_the_specification_s_checkpoint_is_read() -> None:
    written = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
    checkpoint, note = read_checkpoint(written)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex()[:8] == "0ac5186a"
    assert checkpoint.text == note.text


@pytest.mark.parametrize(
    "text",
    [
        "log\n1\n",
        "log\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n1\nCsUY\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(FaultyNoteError, match="A checkpoint is"):
        checkpoint_of(Note(text, ()))


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_a_checkpoint_is_read_as_it_was_written(size: int, root: bytes) -> None:
    checkpoint = Checkpoint("tasuki/log", size, root)
    assert checkpoint_of(Note(checkpoint.text, ())) == checkpoint
