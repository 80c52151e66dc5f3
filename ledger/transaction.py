"""One write transaction over several requests, each a commit of its own: all is decided first, then all is recorded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from msgspec import Struct

from domain.events import SubjectErased
from domain.personal import erased_subject
from domain.vocabulary import Instant, Refused, moment
from ledger.codec import encode, entry_of
from ledger.deciding import Accepted, Deciding, answer_to_known
from ledger.entry import Answer, Claim, Name, Receipt, Refusal, lead_of
from ledger.sealing.sealing import Sealer
from ledger.store import Expected, Head, Line, Writer, line_of

Clock = Callable[[], Instant]
_Verdict = Accepted | Refused | None
"""What is said to a claim; None where its name was used before, in the book or in the transaction."""

_HELD_BACK = Refused("atomic", "Another event of the same request was refused, and all were to be recorded or none.")


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


def expected_of(requests: Sequence[Request]) -> Expected:
    """What deciding requests looks up."""
    ids, keys = defaultdict[str, list[str]](list), set[str]()
    for request in requests:
        for claim in request.claims:
            ids[claim.source].append(claim.id)
            if claim.shared is None:
                keys.add(claim.subject)
    return Expected(ids, keys)


class _Decided(Struct, frozen=True, gc=False):
    """A request once it is decided: the verdicts on its claims, when it is recorded, and its last position."""

    claims: Sequence[Claim]
    verdicts: list[_Verdict]
    recorded_at: Instant
    end: int


class Transaction:
    """Decides requests one after the other, then records what was accepted and answers all."""

    def __init__(self, writer: Writer, head: Head, deciding: Deciding, sealer: Sealer, expected: Expected) -> None:
        """What is known of the names and leads of all requests is looked up at once."""
        self._sealer = sealer
        self._writer = writer
        self._deciding = deciding
        self._head = head
        self._first = head.position + 1
        self._recorded_at = head.recorded_at
        self._decided: list[_Decided] = []
        self._told: dict[Name, Accepted | Refused] = {}
        self._known = writer.known(expected.ids)
        deciding.expect(expected.keys)

    # Deciding

    def decide(self, request: Request, clock: Clock) -> None:
        """Judges a request's claims in order."""
        now = clock() if request.recorded_at is None else request.recorded_at
        recorded_at = max(now, self._recorded_at + 1)
        before = self._deciding.position
        savepoint = self._deciding.savepoint() if request.atomic else None
        verdicts = [self._judge(claim, request, recorded_at) for claim in request.claims]
        refused = [claim for claim, verdict in zip(request.claims, verdicts, strict=True) if isinstance(verdict, Refused)]
        if savepoint is not None and (refused or any(map(self._contradicts, request.claims))):
            self._deciding.roll_back(savepoint)
            verdicts = self._held_back(request.claims, verdicts)
        for claim in refused:
            if isinstance(self._told.get(claim.name), Refused):
                del self._told[claim.name]  # The next request may use the name.
        if self._deciding.position > before:
            self._recorded_at = recorded_at
        self._decided.append(_Decided(request.claims, verdicts, recorded_at, self._deciding.position))

    def _judge(self, claim: Claim, request: Request, recorded_at: Instant) -> _Verdict:
        if (barred := self._deciding.barred(claim, recorded_at)) is not None:
            return barred  # Before its name is looked up: who may not say it learns nothing of who did.
        name = claim.name
        if name in self._known:
            return None
        first = self._told.get(name)
        if first is None:
            verdict = self._told[name] = self._deciding.judge(claim, recorded_at, request.agreement, request.expected_version)
            return verdict
        return first if isinstance(first, Refused) else None

    def _contradicts(self, claim: Claim) -> bool:
        """Whether a claim uses a name for other content than it stands for, in the book or in the transaction."""
        if (recorded := self._known.get(claim.name)) is not None:
            return isinstance(answer_to_known(claim, *recorded, self._sealer), Refusal)
        first = self._told[claim.name]
        return isinstance(first, Accepted) and first.claim.content != claim.content

    def _held_back(self, claims: Sequence[Claim], verdicts: list[_Verdict]) -> list[_Verdict]:
        """The verdicts on an atomic request that is refused as a whole: names used before it stand for what they did."""
        for claim, verdict in zip(claims, verdicts, strict=True):
            if isinstance(verdict, Accepted):
                del self._told[claim.name]
        return [
            verdict if isinstance(verdict, Refused) else None if claim.name in self._known or claim.name in self._told else _HELD_BACK
            for claim, verdict in zip(claims, verdicts, strict=True)
        ]

    # Recording

    def record(self) -> list[list[Answer]]:
        """Writes the lines of what was accepted and the new end of the book. The answers to each request, in order."""
        lines = [line for decided in self._decided for line in _lines(decided, self._sealer)]
        if lines:
            self._sealer.keep()
            self._writer.append(lines, self._head.frontier, self._recorded_at)
        return [self._answers(decided, lines) for decided in self._decided]

    @property
    def erased(self) -> list[str]:
        """The data subjects that the transaction erases: their keys go once it has committed."""
        accepted = [verdict.claim.event for decided in self._decided for verdict in decided.verdicts if isinstance(verdict, Accepted)]
        return [erased_subject(event) for event in accepted if isinstance(event, SubjectErased)]

    def _answers(self, decided: _Decided, lines: Sequence[Line]) -> list[Answer]:
        """The answers to a request's claims; `lines` are those of the transaction."""
        first, recorded_at = self._first, decided.recorded_at
        answers: list[Answer] = []
        for claim, verdict in zip(decided.claims, decided.verdicts, strict=True):
            if isinstance(verdict, Accepted):
                leaf = lines[verdict.position - first].leaf
                answers.append(Receipt(claim.source, claim.id, verdict.position, verdict.version, leaf, recorded_at, verdict.anomalies))
            elif isinstance(verdict, Refused):
                answers.append(Refusal(claim.source, claim.id, verdict))
            elif isinstance(told := self._told.get(claim.name), Accepted):
                line = lines[told.position - first]
                answers.append(answer_to_known(claim, line.state, line.leaf, self._sealer))
            else:
                answers.append(answer_to_known(claim, *self._known[claim.name], self._sealer))
        return answers


def _lines(decided: _Decided, sealer: Sealer) -> Iterator[Line]:
    """The lines of what was accepted of a request, with what is personal sealed."""
    recorded_at = moment(decided.recorded_at)
    for verdict in decided.verdicts:
        if isinstance(verdict, Accepted):
            claim = verdict.claim
            entry = entry_of(
                claim._replace(event=sealer.sealed(claim.event, lead_of(claim.stream), verdict.position)),
                verdict.position,
                decided.end,
                verdict.version,
                recorded_at,
                verdict.kind,
                verdict.agreement,
                verdict.anomalies,
                verdict.backdating_days,
            )
            yield line_of(entry, encode(entry))
