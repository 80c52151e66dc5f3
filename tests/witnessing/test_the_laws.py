"""Whatever a log does, honest or not: what a witness cosigns is one growing book."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ledger.checkpoints import Checkpoint
from ledger.merkle import leaf_hash
from ledger.notes import LOG, WITNESS, Note, Signer
from ledger.proofs import consistency_proof
from ledger.witnessing.protocol import written
from ledger.witnessing.witness import Witness
from tests.ledger.test_merkle import defined
from tests.ledger.test_proofs import tiles_over

KEY = Signer.new("log", LOG)


class TwoStories(RuleBasedStateMachine):
    """A log that tells two stories, each of which grows and is cut back at will; both are shown to one witness."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        signer = Signer.new("witness", WITNESS)
        self.witness = Witness(signer, Path(self.folder.name) / "seen.db", {"log": KEY.verifier}, lambda: 1)
        self.stories: list[list[bytes]] = [[], []]
        self.cosigned: list[list[bytes]] = []
        """The leaves of every tree that was cosigned, in order."""
        self.told = 0

    def teardown(self) -> None:
        self.folder.cleanup()

    @initialize(common=st.integers(0, 5))
    def begin(self, common: int) -> None:
        leaves = [leaf_hash(b"common %d" % number) for number in range(common)]
        self.stories = [list(leaves), list(leaves)]

    @rule(which=st.integers(0, 1), number=st.integers(1, 5))
    def grow(self, which: int, number: int) -> None:
        for _ in range(number):
            self.told += 1
            self.stories[which].append(leaf_hash(b"told %d" % self.told))

    @rule(which=st.integers(0, 1), number=st.integers(1, 4))
    def cut(self, which: int, number: int) -> None:
        del self.stories[which][-number:]

    @precondition(lambda self: any(self.stories))
    @rule(which=st.integers(0, 1), lie=st.integers(-2, 2))
    def ask(self, which: int, lie: int) -> None:
        """Asks from the size that the witness saw, or from one beside it, with the best proof there is."""
        leaves = self.stories[which]
        seen = self.witness.seen("log")
        old = max(0, (seen.size if seen else 0) + lie)
        proof = consistency_proof(old, len(leaves), tiles_over(leaves).node) if 0 < old <= len(leaves) else []
        checkpoint = Checkpoint("log", len(leaves), defined(leaves))
        note = str(Note(checkpoint.text, [KEY.sign(checkpoint.text)]))
        if self.witness.add(written(old, proof, note)).status == 200:
            self.cosigned.append(list(leaves))

    @invariant()
    def what_was_cosigned_is_one_growing_book(self) -> None:
        for earlier, later in zip(self.cosigned, self.cosigned[1:], strict=False):
            assert later[: len(earlier)] == earlier

    @invariant()
    def what_was_cosigned_last_is_remembered(self) -> None:
        seen = self.witness.seen("log")
        assert (seen.size if seen else 0) == (len(self.cosigned[-1]) if self.cosigned else 0)


TestTwoStories = TwoStories.TestCase
TestTwoStories.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
