"""The book: what callers append to and read from.

Every append of a process goes through one lock and one transaction; `ledger.sequencer` puts many callers into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType

from domain import events as e
from domain.shared import Shared
from domain.vocabulary import Instant, Refused, instant, moment
from ledger.codec import decode, encode, entry_of, recorded
from ledger.deciding import Accepted, Deciding, Memory, answer_to_known
from ledger.entry import Answer, Claim, Entry, Receipt, Refusal, lead_stream
from ledger.store import Head, Line, SQLiteStore, Writer, line_of, sqlite_path
from ledger.turn import Turn

Clock = Callable[[], Instant]
Name = tuple[str, str]
"""(source, id): what an event is called for ever."""

_SHARED_STREAMS = (e.AGREEMENTS, e.SOURCES, e.TEAM, e.SUBSCRIPTIONS, e.MONTHS)
_PAGE = 10_000


def system_clock() -> Instant:
    """The machine's clock."""
    return instant(datetime.now(UTC))


@dataclass(slots=True, eq=False)
class Request:
    """Claims that belong together: one commit, answered together."""

    claims: Sequence[Claim]
    agreement: str | None = None
    atomic: bool = False
    expected_version: int | None = None
    recorded_at: Instant | None = None
    """The ledger clock's instant, where a simulation says it; else the book's own clock."""
    answers: Future[list[Answer]] = field(default_factory=Future)


class Book:
    """An append-only ledger in one database."""

    def __init__(self, store: SQLiteStore, clock: Clock = system_clock) -> None:
        self.store = store
        self.clock = clock
        self.writing = Turn(store.path)
        """Held while writing to the database, by this process or another."""
        self._memory = Memory()

    @classmethod
    def open(cls, url: str, clock: Clock = system_clock) -> Book:
        """Opens `sqlite:///FILE`, creating it where there is none. Raises ValueError and WrongSchemaError."""
        return cls(SQLiteStore(sqlite_path(url)), clock)

    def close(self) -> None:
        """Closes the database."""
        self.store.close()
        self.writing.close()

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
            with self.store.writing() as writer:
                head = writer.head()
                self._catch_up(writer, head)
                deciding = Deciding(self._memory, writer, head.position)
                transaction = _Transaction(writer, head, deciding, [claim for request in requests for claim in request.claims])
                answers = [transaction.take(request, self.clock) for request in requests]
                transaction.finish()
            deciding.commit()
        for request, answer in zip(requests, answers, strict=True):
            if not request.answers.cancelled():
                request.answers.set_result(answer)

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
        blobs = sorted(pair for stream in _SHARED_STREAMS for pair in self.store.stream(stream))
        return [recorded(decode(blob)) for position, blob in blobs if known_at is None or position <= known_at]

    def shared(self, known_at: int | None = None) -> Shared:
        """What all leads share, as known at a position."""
        shared = Shared()
        for event in self.shared_events(known_at):
            shared = shared.after(event)
        return shared

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

    def end_of_commit(self, position: int) -> int:
        """A position rounded down to the end of a commit: events of one commit become known together."""
        found = self.entry(min(position, self.head().position))
        if found is None:
            return 0
        entry = found[0]
        return entry.position if entry.position == entry.commit else self.known_position(instant(entry.recorded_at) - 1)


class _Transaction:
    """One write transaction over several requests, each a commit of its own."""

    def __init__(self, writer: Writer, head: Head, deciding: Deciding, claims: Sequence[Claim]) -> None:
        self._writer = writer
        self._deciding = deciding
        self._recorded_at = head.recorded_at
        self._frontier = head.frontier
        self._lines: list[Line] = []
        self._known = dict(writer.known([(claim.source, claim.id) for claim in claims]))
        deciding.expect(claim.stream for claim in claims if claim.shared is None)

    def take(self, request: Request, clock: Clock) -> list[Answer]:
        """Decides a request's claims in order, and prepares the lines of those that may be recorded."""
        now = clock() if request.recorded_at is None else request.recorded_at
        recorded_at = max(now, self._recorded_at + 1)
        savepoint = self._deciding.savepoint() if request.atomic else None
        judged: dict[Name, Accepted | Refused] = {}
        for claim in request.claims:
            name = (claim.source, claim.id)
            if name not in self._known and name not in judged:
                judged[name] = self._deciding.judge(claim, recorded_at, request.agreement, request.expected_version)
        refusals = {name: verdict for name, verdict in judged.items() if isinstance(verdict, Refused)}
        if savepoint is not None and (refusals or self._contradicts(request.claims)):
            self._deciding.roll_back(savepoint)
            return [self._held_back(claim, refusals) for claim in request.claims]
        receipts = self._prepared([verdict for verdict in judged.values() if isinstance(verdict, Accepted)], recorded_at)
        return [self._answer(claim, refusals, receipts) for claim in request.claims]

    def finish(self) -> None:
        """Writes the prepared lines and the new end of the book."""
        if self._lines:
            self._writer.append(self._lines, self._frontier, self._recorded_at)

    def _prepared(self, accepted: Sequence[Accepted], recorded_at: Instant) -> dict[Name, Receipt]:
        """The receipts of accepted claims, whose lines are encoded and hashed."""
        receipts: dict[Name, Receipt] = {}
        if not accepted:
            return receipts
        self._recorded_at = recorded_at
        commit, written_at = accepted[-1].position, moment(recorded_at)
        for claim, position, version, kind, agreement, anomalies in accepted:
            entry = entry_of(claim, position, commit, version, written_at, kind, agreement, anomalies)
            line = line_of(entry, encode(entry))
            self._lines.append(line)
            name = (claim.source, claim.id)
            self._known[name] = (line.state, line.leaf)
            receipts[name] = Receipt(claim.source, claim.id, position, version, line.leaf, recorded_at, anomalies)
        return receipts

    def _answer(self, claim: Claim, refusals: dict[Name, Refused], receipts: dict[Name, Receipt]) -> Answer:
        name = (claim.source, claim.id)
        if (receipt := receipts.pop(name, None)) is not None:
            return receipt
        if (first := self._known.get(name)) is not None:
            return answer_to_known(claim, *first)
        return Refusal(claim.source, claim.id, refusals[name])

    def _contradicts(self, claims: Sequence[Claim]) -> bool:
        """Whether one of the claims uses a name for other content than it stands for, in the book or in the request."""
        told: dict[Name, Claim] = {}
        for claim in claims:
            name = (claim.source, claim.id)
            first = self._known.get(name)
            if first is not None and isinstance(answer_to_known(claim, *first), Refusal):
                return True
            if told.setdefault(name, claim).content != claim.content:
                return True
        return False

    def _held_back(self, claim: Claim, refusals: dict[Name, Refused]) -> Answer:
        """The answer to a claim of an atomic request that was refused as a whole."""
        name = (claim.source, claim.id)
        if (first := self._known.get(name)) is not None:
            return answer_to_known(claim, *first)
        held_back = Refused("atomic", "Another event of the same request was refused, and all were to be recorded or none.")
        return Refusal(claim.source, claim.id, refusals.get(name, held_back))
