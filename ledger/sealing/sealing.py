"""Sealing what is personal of events before they are encoded, and opening it again.

A field is sealed with AES-256-GCM under the key of its data subject, bound to the subject, the position of its entry and the
field's place in it: a ciphertext that is moved elsewhere does not open. Leaf and proof are over what is sealed, so that they
hold for ever, whatever becomes of the key.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.events import Recorded, Sealed, SubjectErased
from domain.personal import changed, erased_subject, subject_of, texts, veiled
from ledger.sealing.erasures import Erasures
from ledger.sealing.key_store import Address, KeyStore, SubjectKey, key_store_file
from ledger.sealing.master_key import NONCE_BYTES, MasterKeySource

_FORM = "tasuki.sealed.v1"
_EMAIL = "/contact/email"
Why = Literal["sealed", "erased", "lost", "altered"]
"""Why a personal text is not to be read: the reader may not, the subject was erased, the key is not there though nobody erased
the subject, or the ciphertext is not what was sealed there."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """What stands for a personal text that is not to be read."""

    withheld: Why


class Opener:
    """Opens sealed texts for one answer: it remembers keys, and is thrown away with the answer, so that a key which is erased
    opens nothing more."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._keys: dict[str, SubjectKey | None] = {}
        self._gone: dict[str, bool] = {}

    def expect(self, events: Sequence[Any]) -> None:
        """Looks the keys of many events up at once."""
        self._find({held.key for event in events for held in texts(event).values() if isinstance(held, Sealed)})

    def opened(self, held: str | Sealed, subject: str, position: int, pointer: str) -> str | Withheld:
        """A personal text: as it was said, if it can be read. What was recorded before there was sealing is in the clear."""
        if isinstance(held, str):
            return Withheld("erased") if self._is_erased(subject) else held
        if held.key not in self._keys:
            self._find({held.key})
        key = self._keys[held.key]
        if key is None:
            return Withheld("erased" if self._is_erased(subject) else "lost")
        try:
            box = base64.b64decode(held.sealed + "=" * (-len(held.sealed) % 4), altchars=b"-_", validate=True)
            return AESGCM(key.secret).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], _bound(subject, position, pointer)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            return Withheld("altered")

    def says_address(self, act: Recorded, address: str) -> bool:
        """Whether an event says an e-mail address."""
        wanted, subject = normal_address(address), subject_of(act.lead, act.position)
        said = (self.opened(held, subject, act.position, at) for at, held in texts(act.event).items() if at.endswith(_EMAIL))
        return any(isinstance(one, str) and normal_address(one) == wanted for one in said)

    def _is_erased(self, subject: str) -> bool:
        found = self._gone.get(subject)
        if found is None:
            found = self._gone[subject] = bool(self._store.erased([subject]))
        return found

    def knows(self, key: SubjectKey) -> None:
        """Takes a key that is not kept yet."""
        self._keys[key.id] = key

    def _find(self, ids: Collection[str]) -> None:
        missing = [one for one in ids if one not in self._keys]
        self._keys |= dict.fromkeys(missing) | self._store.keys_by_id(missing)


class Sealer:
    """Seals what one transaction records. Nothing is looked up where nothing is personal."""

    def __init__(self, store: KeyStore, subjects: Collection[str]) -> None:
        """`subjects` are the leads of which something personal may be recorded."""
        self._store = store
        self.erased = store.erased(subjects)
        self._keys = store.keys_of(subjects)
        self._opener = Opener(store)
        self._new: list[SubjectKey] = []
        self._addresses: list[Address] = []
        self._look_up: SubjectKey | None = None

    def sealed(self, event: Any, lead: str | None, position: int) -> Any:
        """An event with what is personal in it sealed, to be recorded at a position."""
        subject = subject_of(lead, position)

        def seal(pointer: str, held: str | Sealed) -> str | Sealed:
            assert isinstance(held, str)
            key = self._key(subject)
            if pointer.endswith(_EMAIL):
                self._addresses.append(Address(self._digest(held), subject, position))
            nonce = os.urandom(NONCE_BYTES)
            box = nonce + AESGCM(key.secret).encrypt(nonce, held.encode(), _bound(subject, position, pointer))
            return Sealed(key.id, base64.urlsafe_b64encode(box).decode().rstrip("="))

        return changed(event, seal)

    def _key(self, subject: str) -> SubjectKey:
        key = self._keys.get(subject)
        if key is None:
            key = self._keys[subject] = SubjectKey.new(subject)
            self._new.append(key)
            self._opener.knows(key)
        return key

    def _digest(self, address: str) -> bytes:
        if self._look_up is None:
            self._look_up = self._store.look_up_key()
        return digest(self._look_up, address)

    def keep(self) -> None:
        """Puts new keys on disk: before what they seal, which nobody could read otherwise."""
        self._store.add(self._new, self._addresses)
        self._new, self._addresses = [], []

    def says_the_same(self, known: Recorded, event: Any) -> bool:
        """Whether a recorded event says what an event in the clear does. What can no longer be opened is held against nobody:
        who sends an erased text again is told its first receipt, and nothing of it is kept."""
        if known.event == event:
            return True
        if veiled(known.event) != veiled(event):
            return False
        said, subject = texts(event), subject_of(known.lead, known.position)
        for pointer, held in texts(known.event).items():
            opened = self._opener.opened(held, subject, known.position, pointer)
            is_gone = isinstance(opened, Withheld) and opened.withheld in ("erased", "lost")
            if not is_gone and opened != said[pointer]:
                return False
        return True


class Sealing:
    """The personal data of one ledger."""

    def __init__(self, store: KeyStore, erasures: Erasures) -> None:
        self.store, self._erasures = store, erasures

    @classmethod
    def in_memory(cls) -> Sealing:
        """With keys that end with the process, for a ledger that does."""
        return cls(KeyStore(None, None), Erasures(None))

    @classmethod
    def beside(cls, database: str, source: MasterKeySource | None = None) -> Sealing:
        """With the keys, and the list of the erased, in files beside that of a ledger."""
        store = KeyStore(key_store_file(database), source or MasterKeySource.of({}, database))
        return cls(store, Erasures(Path(f"{database}.erased")))

    def sealer(self, subjects: Collection[str]) -> Sealer:
        """What seals the events of one transaction."""
        return Sealer(self.store, subjects)

    def opener(self) -> Opener:
        """What opens sealed texts for one answer."""
        return Opener(self.store)

    def erase(self, subjects: Collection[str]) -> None:
        """Destroys the keys of subjects for good."""
        self._erasures.add(subjects)
        self.store.destroy(subjects)

    def bury(self, tombstones: Sequence[Recorded]) -> None:
        """Destroys the keys of those that the ledger or the list of the erased names: a copy of the keys was put back, or of
        the ledger, or who erased them was stopped half-way."""
        told = {erased_subject(told.event) for told in tombstones if isinstance(told.event, SubjectErased)}
        self._erasures.add(told)
        if subjects := told | self._erasures.subjects():
            self.store.destroy(self.store.unburied(subjects))

    def find(self, address: str) -> list[tuple[str, int]]:
        """The subjects of which an e-mail address was recorded, each with a position that says it."""
        if not self.store.exists:
            return []
        wanted = digest(self.store.look_up_key(), address)
        return [(found.subject, found.position) for found in self.store.said_of(wanted)]


def sealed_size(text: str) -> int:
    """How many bytes a sealed text takes in an entry: the object around it, and a third more than nonce, ciphertext and tag."""
    return 33 + -(-(NONCE_BYTES + len(text.encode()) + 16) * 4 // 3)


def grown(event: Any) -> int:
    """By how many bytes an event's data grows when it is sealed."""
    said = (text for text in texts(event).values() if isinstance(text, str))
    return sum(sealed_size(text) - len(msgspec.json.encode(text)) for text in said)


def digest(key: SubjectKey, address: str) -> bytes:
    """The keyed digest of an e-mail address, in the one form in which it is looked up."""
    return hmac.digest(key.secret, normal_address(address).encode("utf-8", "surrogatepass"), "sha256")


def normal_address(address: str) -> str:
    """An e-mail address without what writers differ in: width, case, space around it."""
    return unicodedata.normalize("NFKC", address).strip().lower()


def _bound(subject: str, position: int, pointer: str) -> bytes:
    """What a sealed text is bound to."""
    return msgspec.json.encode([_FORM, subject, position, pointer])
