"""What a bundle proves by itself: its entries as the log hashed them, and the way from their leaves to the signed roots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from api.bundling.manifest import BundleManifest
from api.bundling.places import Places
from api.bundling.reading import Bundle, FaultyBundleError
from ledger.merkle import leaf_hash
from ledger.partial_tree import PartialTree, Subtree
from ledger.proofs import WrongProofError
from ledger.verifying.content import FaultyEntryError, Reading
from ledger.verifying.stages import Found, Tick


def bytes_stage(bundle: Bundle, places: Places, tick: Tick) -> Found:
    """Every entry is canonical and of a known type; they stand in the order of the book; each stream begins at its first
    entry and has no gap, nor has the whole where it is all of the book. Notes the `places` as far as it comes."""
    following, count = _Following(bundle.manifest), 0
    for blob in bundle.entries():
        try:
            position = following.next(blob)
        except _OutOfPlaceError as fault:
            return Found("bytes", "failed", str(fault), count, fault.position)
        except FaultyEntryError as fault:
            return Found("bytes", "failed", f"The entry in line {count + 1} {fault}", count, following.last + 1)
        places.note(position)
        count += 1
        tick(1)
    manifest = bundle.manifest
    if manifest.chosen.is_all and following.last != manifest.position:
        sentence = f"There is no entry at {following.last + 1}, and {manifest.position} were known."
        return Found("bytes", "failed", sentence, count, following.last + 1)
    if count != manifest.entries:
        return Found("bytes", "failed", f"The manifest says {manifest.entries} entries, and there are {count}.", count, following.last + 1)
    return Found("bytes", "ok", "Every entry is canonical and can be read, and no stream has a gap.", count)


class _OutOfPlaceError(Exception):
    """An entry that does not follow the one before it."""

    def __init__(self, sentence: str, position: int) -> None:
        super().__init__(sentence)
        self.position = position


class _Following:
    """What each entry must go on from."""

    def __init__(self, manifest: BundleManifest) -> None:
        self.last = 0
        self._manifest, self._reading = manifest, Reading()
        self._versions: dict[str, int] = {}

    def next(self, blob: bytes) -> int:
        """The position of the next entry. Raises FaultyEntryError and _OutOfPlaceError."""
        entry = self._reading.read(blob)
        position, expected = entry.position, self._versions.get(entry.stream, 0) + 1
        if position <= self.last:
            raise _OutOfPlaceError(f"The entry at {position} stands behind the one at {self.last}: that is not the book's order.", position)
        if position > self._manifest.position:
            raise _OutOfPlaceError(f"The entry at {position} lies beyond what was known, {self._manifest.position}.", position)
        if self._manifest.chosen.is_all and position != self.last + 1:
            raise _OutOfPlaceError(f"There is no entry at {self.last + 1}, and this is to be all of the book.", self.last + 1)
        if entry.version != expected:
            sentence = f"{entry.stream} goes on with version {entry.version} at {position}, and {expected} is expected: one was left out."
            raise _OutOfPlaceError(sentence, position)
        self.last = position
        self._versions[entry.stream] = expected
        return position


class Proved(NamedTuple):
    """The tree worked out from the entries and the hashes between them. `fault` says where the two do not fit together."""

    size: int
    roots: Mapping[int, bytes]
    bad_leaf: int | None
    checked: int
    fault: tuple[str, int | None] | None


def proved(bundle: Bundle, places: Places, sizes: Iterable[int], tick: Tick) -> Proved:
    """Goes through entries and tree side by side. An entry's own hash counts, not the leaf that is written down."""
    tree, bad_leaf, checked = PartialTree({*sizes, bundle.manifest.ledger.size}), None, 0
    waiting = zip(_positions(places), bundle.entries(), strict=True)
    position, blob = next(waiting, (None, b""))
    fault: tuple[str, int | None] | None = None
    try:
        for subtree in bundle.tree():
            if position is not None and subtree.first <= position <= subtree.last:
                leaf = leaf_hash(blob)
                if subtree.first != subtree.last:
                    raise WrongProofError(f"The tree has no leaf of its own for the entry at {position}.")
                bad_leaf = position if bad_leaf is None and leaf != subtree.root else bad_leaf
                subtree = Subtree(position, position, leaf)  # noqa: PLW2901 - what counts is what the entry's bytes hash to
                checked += 1
                tick(1)
                position, blob = next(waiting, (None, b""))
            tree.add(subtree)
        if position is not None:
            raise WrongProofError(f"The tree ends at {tree.size}, before the entry at {position}.")
        if tree.size != bundle.manifest.ledger.size:
            raise WrongProofError(f"The tree ends at {tree.size}, and the ledger had {bundle.manifest.ledger.size} entries.")
    except WrongProofError as error:
        fault = str(error), position or tree.size + 1
    except FaultyBundleError as error:
        fault = str(error), None
    return Proved(tree.size, tree.roots, bad_leaf, checked, fault)


def _positions(places: Places) -> Iterator[int]:
    for first, last in places.runs:
        yield from range(first, last + 1)


def leaves_stage(made: Proved) -> Found:
    """Every entry is the one that was hashed."""
    if made.bad_leaf is not None:
        sentence = f"The entry at {made.bad_leaf} is not the one that was hashed when it was recorded."
        return Found("leaves", "failed", sentence, made.checked, made.bad_leaf)
    return Found("leaves", "ok", "Every leaf is the hash of its entry.", made.checked)


def proofs_stage(bundle: Bundle, places: Places, made: Proved) -> Found:
    """The entries stand in the tree that the ledger had."""
    first = made.bad_leaf or (places.runs[0][0] if places.runs else None)
    if made.fault is not None:
        return Found("proofs", "failed", made.fault[0], made.checked, made.fault[1])
    ledger = bundle.manifest.ledger
    if made.roots.get(ledger.size, b"").hex() != ledger.root:
        sentence = f"Entries and proofs do not lead to the root over {ledger.size} entries that the manifest names."
        return Found("proofs", "failed", sentence, made.checked, first)
    sentence = f"{made.checked} entries stand in the tree of {ledger.size} with the root {ledger.root}."
    return Found("proofs", "ok", sentence, made.checked)
