"""The book: what callers append to and read from.

Every append of a process goes through one lock and one transaction; `ledger.sequencer` puts many callers into it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from types import TracebackType

from domain import events as e
from domain.personal import subject_of_lead, texts
from domain.shared import Shared
from domain.vocabulary import Instant, instant
from ledger.codec import decode, recorded
from ledger.deciding import Deciding
from ledger.entry import Answer, Claim, Entry, lead_stream
from ledger.kept_streams import KeptStreams
from ledger.memory import Memory
from ledger.opening import place_of
from ledger.sealing.master_key import MasterKeySource
from ledger.sealing.sealing import Sealer, Sealing
from ledger.store import Head, Store, Writer
from ledger.transaction import Clock, Request, Transaction, expected_of

_SHARED_STREAMS = (e.AGREEMENTS, e.SOURCES, e.TEAM, e.SUBSCRIPTIONS, e.MONTHS, e.SCORING, e.PERSONAS, e.ACCESS, e.ERASURES)
_PAGE = 10_000


def system_clock() -> Instant:
    """The machine's clock."""
    return instant(datetime.now(UTC))


class Book:
    """An append-only ledger in one database."""

    def __init__(self, store: Store, clock: Clock = system_clock, sealing: Sealing | None = None) -> None:
        """`sealing` holds the keys of personal data; in memory if None."""
        self.store = store
        self.clock = clock
        self.sealing = sealing or Sealing.in_memory()
        self.writing = store.turn
        """Held while writing to the database, by this process or another."""
        self._memory = Memory()
        self._shared = KeptStreams(store, _SHARED_STREAMS)

    @classmethod
    def open(cls, url: str, clock: Clock = system_clock, master_key: MasterKeySource | None = None) -> Book:
        """Opens `sqlite:///FILE` or `postgresql://…`, making what is missing; `master_key` says where the key lies under which
        those of personal data are kept, beside the ledger if None. Raises ValueError and WrongSchemaError."""
        place = place_of(url)
        store = place.open()
        # A ledger that stays needs keys that stay: those of another kind of database are not to end with the process.
        book = cls(store, clock, Sealing.in_memory() if place.beside == ":memory:" else Sealing.beside(place.beside, master_key))
        book.sealing.bury([recorded(decode(blob)) for _, blob in store.stream(e.ERASURES)])
        return book

    @classmethod
    def open_to_read(cls, url: str) -> Book:
        """Opens a ledger that is there, of which nothing is changed."""
        return cls(place_of(url).open(read_only=True))

    def close(self) -> None:
        """Closes the database."""
        self.store.close()
        self.sealing.store.close()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # Appending

    def append(self, claims: Sequence[Claim], *, agreement: str | None = None, atomic: bool = False) -> list[Answer]:
        """Records claims in one commit; one answer a claim, in order. Raises the store's errors, then nothing is
        recorded."""
        request = Request(claims, agreement, atomic)
        self.commit([request])
        return request.answers.result()

    def append_groups(self, groups: Sequence[tuple[Instant, Sequence[Claim]]]) -> list[list[Answer]]:
        """Records groups of claims, each a commit of its own at its own instant of the ledger clock, in one
        transaction: how a simulation or a migration fills a book."""
        requests = [Request(claims, recorded_at=recorded_at) for recorded_at, claims in groups]
        self.commit(requests)
        return [request.answers.result() for request in requests]

    def commit(self, requests: Sequence[Request]) -> None:
        """Decides, encodes and writes requests in one transaction with one sync to disk, then answers each.

        On failure nothing is recorded, the exception is raised, and no request is answered."""
        with self.writing:
            expected = expected_of(requests)
            met = expected._replace(keys=[key for key in expected.keys if self._memory.get(key) is None])
            with self.store.writing(met) as writer:
                head = writer.head()
                self._catch_up(writer, head)
                sealer = self._sealer([claim for request in requests for claim in request.claims])
                deciding = Deciding(self._memory, writer, head.position, sealer)
                transaction = Transaction(writer, head, deciding, sealer, expected)
                for request in requests:
                    transaction.decide(request, self.clock)
                answers = transaction.record()
            deciding.commit()
            self.sealing.erase(transaction.erased)
        for request, answer in zip(requests, answers, strict=True):
            if not request.answers.cancelled():
                request.answers.set_result(answer)

    def _sealer(self, claims: Sequence[Claim]) -> Sealer:
        return self.sealing.sealer({subject_of_lead(claim.subject) for claim in claims if claim.shared is None and texts(claim.event)})

    def _catch_up(self, writer: Writer, head: Head) -> None:
        """Takes in what another process wrote since."""
        memory = self._memory
        if head.position == memory.position:
            return
        if memory.position == 0:
            memory.shared = self.shared(head.position)
        else:
            for _, blob in writer.blobs(memory.position):
                memory.shared = memory.shared.after(recorded(decode(blob)))
        memory.forget()
        memory.versions.clear()
        memory.position = head.position

    # Reading

    def head(self) -> Head:
        """The end of the book."""
        return self.store.head()

    def entries(self, after: int = 0, until: int | None = None) -> Iterator[Entry]:
        """Every entry behind a position, in order."""
        while page := self.store.blobs(after, _PAGE):
            for position, blob in page:
                if until is not None and position > until:
                    return
                yield decode(blob)
            after = page[-1][0]

    def entry(self, position: int) -> tuple[Entry, bytes] | None:
        """One entry and its leaf hash."""
        found = self.store.blob(position)
        return (decode(found[0]), found[1]) if found else None

    def events_of(self, key: str, known_at: int | None = None) -> list[e.Recorded]:
        """A lead's events as known at a position, with those of the leads merged into it."""
        found = [
            recorded(decode(blob)) for position, blob in self.store.stream(lead_stream(key)) if known_at is None or position <= known_at
        ]
        if known_at is None:
            return found
        merged = {act.lead for act in found if isinstance(act.event, e.LeadMerged)} | {key}
        return [act for act in found if act.lead in merged]

    def shared_events(self, known_at: int | None = None) -> list[e.Recorded]:
        """The events of the shared streams as known at a position, in the order of the book."""
        return self._shared.known(known_at)

    def cost_events(self, known_at: int | None = None) -> list[e.Recorded]:
        """What was spent and at which rates, as known at a position, in the order of the book. It bears on no lead, and there
        may be much of it, so nobody reads it who does not ask for it."""
        return self._events_in(e.COSTS, known_at)

    def content_events(self, known_at: int | None = None) -> list[e.Recorded]:
        """What content there is and was asked for, as known at a position, in the order of the book. As costs, it bears on no
        lead."""
        return self._events_in(e.CONTENT, known_at)

    def _events_in(self, stream: str, known_at: int | None) -> list[e.Recorded]:
        return [recorded(decode(blob)) for position, blob in self.store.streams([stream], 0) if known_at is None or position <= known_at]

    def shared(self, known_at: int | None = None) -> Shared:
        """What all leads share, as known at a position."""
        shared = Shared()
        for event in self.shared_events(known_at):
            shared = shared.after(event)
        return shared

    def leads_of_address(self, address: str) -> list[str]:
        """The leads of which an e-mail address was recorded, in the order in which it was first; those that were erased are
        forgotten. An entry is opened before it counts: a key store from another moment may name what the book does not hold."""
        opener, found = self.sealing.opener(), dict[str, None]()
        for subject, position in self.sealing.find(address):
            blob = self.store.blob(position)
            act = None if blob is None else recorded(decode(blob[0]))
            if act is not None and act.lead is not None and subject == subject_of_lead(act.lead) and opener.says_address(act, address):
                found[act.lead] = None
        return list(found)

    def known_position(self, at: Instant) -> int:
        """The last position recorded at or before an instant: 0 when the book began later."""
        low, high = 0, self.head().position
        while low < high:
            middle = (low + high + 1) // 2
            found = self.entry(middle)
            if found is not None and instant(found[0].recorded_at) <= at:
                low = middle
            else:
                high = middle - 1
        return low

    def settled_position(self, at: Instant) -> int:
        """The last position recorded at or before an instant of the past, for good: a commit that has its time already and
        is being written is waited for."""
        if at >= self.head().recorded_at:
            self.store.settle()
        return self.known_position(at)

    def end_of_commit(self, position: int) -> int:
        """A position rounded down to the end of a commit: events of one commit become known together."""
        found = self.entry(min(position, self.head().position))
        if found is None:
            return 0
        entry = found[0]
        return entry.position if entry.position == entry.commit else self.known_position(instant(entry.recorded_at) - 1)
