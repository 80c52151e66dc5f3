"""Deciding a batch of claims against the book, before anything is written.

An event in order costs one rule and one `evolve`, upon the lead as `ledger.memory` keeps it. What a transaction decides
becomes the kept state only when the transaction has committed.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from msgspec import Struct, structs

from domain import access, personas, signed_documents, signing, subscriptions
from domain import events as e
from domain.agreement import Agreement
from domain.contesting import docket
from domain.decide import citations, decide
from domain.disputes import Docket
from domain.evolve import evolve
from domain.lead import Lead, in_silence
from domain.order import begin, changes, effective_at, in_effective_order, is_late, standing
from domain.personal import subject_of_lead, texts, veiled
from domain.shared import Shared, shared_from
from domain.the_model import THE_MODEL
from domain.vocabulary import SECOND, Instant, Refused, SourceKind, instant, moment
from ledger.codec import data_of, decode, recorded
from ledger.entry import Answer, Claim, Receipt, Refusal, lead_stream
from ledger.memory import UNMET, Memory, Standing
from ledger.sealing.sealing import Sealer, grown
from ledger.store import Writer

_REACHING_BACK = (e.RecordCorrected, e.RecordRetracted, e.RecordConfirmed)
_BEGINNING = (e.HandoffOffered, e.HandoffAccepted, e.DisputeOpened)
_DAY: Instant = 86_400 * SECOND
AHEAD_SECONDS = 300
_EARLIEST: Instant = -2_208_988_800 * SECOND  # 1900-01-01T00:00:00Z


_CLOSED = Refused("unauthorized", "The ledger is open to holders of a key only: send Authorization: Bearer tasuki_….")
_ENDED = Refused("unauthorized", "The key, or the account, was revoked or has ended; ask for a new one.")
MOST_DATA_BYTES = 64_000
"""How long an event's data may become once it is sealed: with what the entry adds to it, a bundle of the log holds 65,535 bytes."""
LATE_CLAIM = "late_claim"
"""What a receipt calls an event that reaches further back than its source may."""


class Past(NamedTuple):
    """A lead in the midst of what is known of it: as it stood at some instant, and its events since, with the instants
    at which they take effect."""

    before: Standing
    since: Sequence[tuple[Instant, e.Recorded]]


class Accepted(Struct, frozen=True, gc=False):
    """A claim that may be recorded, with the entry's own facts."""

    claim: Claim
    position: int
    version: int
    kind: SourceKind
    agreement: str
    anomalies: tuple[str, ...]
    backdating_days: int | None = None


class Window(NamedTuple):
    """How many days a source may reach back, and so to which instant."""

    days: int
    since: Instant


class Now:
    """What the shared streams say at the instant at which a commit is recorded: looked up once, not for each claim."""

    def __init__(self, shared: Shared, recorded_at: Instant) -> None:
        self.shared = shared
        self.recorded_at = recorded_at
        self.latest = recorded_at + AHEAD_SECONDS * SECOND
        """No claim may say a later time."""
        self.agreement = shared.agreement_at(recorded_at)
        self.sources = _Sources(self)


class _Sources(dict[str, tuple[SourceKind, Window | None]]):
    """The kinds of sources and the windows within which they may reach back, as they are asked for."""

    def __init__(self, now: Now) -> None:
        super().__init__()
        self._now = now

    def __missing__(self, source: str) -> tuple[SourceKind, Window | None]:
        shared, at = self._now.shared, self._now.recorded_at
        days = shared.window_of(source, at)
        window = None if days is None else Window(days, at - days * _DAY)
        found = self[source] = shared.kind_of(source, at), window
        return found


class Savepoint(NamedTuple):
    """What a transaction had decided at some moment."""

    touched: dict[str, Standing]
    stale: set[str]
    shared: Shared
    versions: dict[str, int]
    position: int


class Deciding:
    """One transaction's decisions. Reads through the writer, so that what others committed is seen."""

    def __init__(self, memory: Memory, writer: Writer, position: int, sealer: Sealer) -> None:
        self._memory = memory
        self._writer = writer
        self._sealer = sealer
        self._touched: dict[str, Standing] = {}
        self._stale: set[str] = set()
        self.shared = memory.shared
        self._now = Now(self.shared, 0)
        self._versions: dict[str, int] = {}
        self._fresh: defaultdict[str | None, list[e.Recorded]] = defaultdict(list)
        self._told: dict[int, e.Recorded] = {}
        self._unmet: Collection[str] = ()
        self.position = position

    def savepoint(self) -> Savepoint:
        """What to return to where a request that is to be recorded whole is refused."""
        return Savepoint(dict(self._touched), set(self._stale), self.shared, dict(self._versions), self.position)

    def roll_back(self, savepoint: Savepoint) -> None:
        """Takes back what was taken as recorded since."""
        self._touched, self._stale, self.shared, self._versions, self.position = savepoint
        for told in self._fresh.values():
            told[:] = [act for act in told if act.position <= self.position]
        self._told = {position: act for position, act in self._told.items() if position <= self.position}

    def commit(self) -> None:
        """The transaction has committed: what it decided is the latest state."""
        self._memory.position = self.position
        self._memory.shared = self.shared
        self._memory.versions.update(self._versions)
        self._memory.keep(self._touched)
        self._memory.forget(self._stale - self._touched.keys())

    def barred(self, claim: Claim, recorded_at: Instant) -> Refused | None:
        """Why whoever brings a claim may not make it, as of now and in the transaction itself: a key that was revoked a moment
        ago opens nothing."""
        bearer = claim.bearer
        if bearer is None:
            return None
        if bearer.holder is None:
            return None if self.shared.access.is_open else _CLOSED
        holder = self.shared.access.holder(bearer.holder, recorded_at)
        if holder is None:
            return _ENDED
        return access.barred(holder, claim.event, claim.actor, claim.source, own_door=bearer.own_door)

    def judge(self, claim: Claim, recorded_at: Instant, agreement_id: str | None, expected_version: int | None) -> Accepted | Refused:
        """Whether a claim may be recorded next; if so, it is taken as recorded from here on."""
        now = self._at(recorded_at)
        if claim.occurred_at > now.latest:
            return Refused(
                "ahead",
                f"The time lies more than {AHEAD_SECONDS // 60} minutes ahead of the ledger's {moment(recorded_at):%H:%M:%S} UTC.",
                "/time",
            )
        if claim.occurred_at < _EARLIEST:
            return Refused("invalid", f"The time lies before {moment(_EARLIEST):%Y}.", "/time")
        if refused := _size_fault(claim):
            return refused
        if claim.shared is not None:
            return self._judge_shared(claim, now, agreement_id)
        key = claim.subject
        if refused := self._erasure_fault(claim):
            return refused
        known = self._standing(key)
        if expected_version is not None and expected_version != known.version:
            return Refused("version", f"The lead is at version {known.version}, not {expected_version}; read it again.")
        try:
            agreement = self._agreement(agreement_id, known, now)
        except KeyError:
            return Refused("invalid", f"The ledger holds no agreement {agreement_id}.")
        act = self._act(claim, key, now, agreement.id)
        late = is_late(act, agreement)
        window = now.sources[claim.source][1]
        if window is not None and self._reaches_back_to(act) < window.since:
            return self._judge_late_claim(claim, known, act._replace(backdating_days=window.days), agreement, late=late)
        at = effective_at(act, late, known.began)
        lead = in_silence(known.lead, at, known.agreement or agreement)
        past: Past | None = None
        if (at, act.position) < known.tail or self.shared.departed_until > at:
            past = self._reread(key, at)
            lead = in_silence(past.before.lead, at, past.before.agreement or THE_MODEL)
        docket = self._docket(key, at) if isinstance(act.event, e.DISPUTING) else None
        if refused := decide(lead, act, agreement, self._cited(act), docket):
            return refused
        if isinstance(act.event, e.LeadMerged) and (refused := self._merge_fault(act.event)):
            return refused
        if isinstance(act.event, _REACHING_BACK) and (refused := self._circle_fault(key, act)):
            return refused
        marks = self._take(key, known, past, lead, act, at, agreement)
        return Accepted(claim, act.position, known.version + 1, act.kind, agreement.id, ("late", *marks) if late else marks)

    def _erasure_fault(self, claim: Claim) -> Refused | None:
        """An erased subject takes no more personal data under the same key: whoever sends an old backup again would bring back
        what was to be forgotten."""
        said = texts(claim.event)
        if not said:
            return None
        subject = subject_of_lead(claim.subject)
        if subject not in self.shared.erased and subject not in self._sealer.erased:
            return None
        sentence = "The personal data about this lead was erased, and it takes no more; leave the field out, or use another lead's key."
        return Refused("erased", sentence, faults=tuple((f"/data{pointer}", sentence) for pointer in said))

    def _reaches_back_to(self, act: e.Recorded) -> Instant:
        """When the earliest of what an act says or changes occurred: whoever corrects or takes back a record reaches as far
        back as that does, unless it counts for nothing so far."""
        if not isinstance(act.event, e.RecordCorrected | e.RecordRetracted):
            return act.occurred_at
        reached = [act.occurred_at]
        if isinstance(act.event, e.RecordCorrected):
            reached.append(act.event.replacement.occurred_at)
        cited = self._cited(act)
        if act.event.position in cited and act.event.position not in changes(cited).unconfirmed:
            reached.append(cited[act.event.position].occurred_at)
        return min(reached)

    def _judge_late_claim(self, claim: Claim, known: Standing, act: e.Recorded, agreement: Agreement, *, late: bool) -> Accepted | Refused:
        """Whether a late claim may be recorded: judged as if every late claim about the lead counted, since one of them may
        answer another. The lead stays as it is."""
        key = claim.subject
        before, ordered = self._past([told._replace(backdating_days=None) for told in self._events(key)], key)
        at = effective_at(act, late, self._folded(before, ordered).began)
        reached = bisect_right(ordered, at, key=itemgetter(0))
        then = self._folded(before, ordered[:reached])
        docket = self._docket(key, at) if isinstance(act.event, e.DISPUTING) else None
        refused = decide(in_silence(then.lead, at, then.agreement or agreement), act, agreement, self._cited(act), docket)
        if refused is None and isinstance(act.event, e.LeadMerged):
            refused = self._merge_fault(act.event)
        if refused is not None:
            return refused
        self._recorded(act)
        self._touched[key] = structs.replace(known, version=known.version + 1, agreement=known.agreement or agreement)
        marks = ("late", LATE_CLAIM) if late else (LATE_CLAIM,)
        return Accepted(claim, act.position, known.version + 1, act.kind, agreement.id, marks, act.backdating_days)

    def _judge_shared(self, claim: Claim, now: Now, agreement_id: str | None) -> Accepted | Refused:
        act = self._act(claim, None, now, agreement_id or now.agreement.id)
        lead = Lead(disputes=self.shared.disputes)
        refused = decide(lead, act, THE_MODEL, self._cited(act), Docket(shared_from(act)))
        refused = refused or signing.refusal(self.shared.agreed, act) or subscriptions.refusal(self.shared.subscriptions, act)
        refused = refused or signed_documents.refusal(self.shared.scoring, act)
        refused = refused or personas.refusal(self.shared.personas, act, now.agreement)
        refused = refused or access.refusal(self.shared.access, act)
        if refused:
            return refused
        self.shared = self.shared.after(act)
        if isinstance(act.event, e.PersonDeactivated):
            self._forget_left(act, act.event.person)
        if isinstance(act.event, e.AgreementExtended):
            self._forget_all()
        version = self._version(claim.stream) + 1
        self._versions[claim.stream] = version
        self._recorded(act)
        return Accepted(claim, act.position, version, act.kind, act.agreement, ())

    def _at(self, recorded_at: Instant) -> Now:
        """What is shared when the present commit is recorded; another commit or another shared event is another Now."""
        if self._now.recorded_at != recorded_at or self._now.shared is not self.shared:
            self._now = Now(self.shared, recorded_at)
        return self._now

    def _act(self, claim: Claim, lead: str | None, now: Now, agreement: str) -> e.Recorded:
        position, source = self.position + 1, claim.source
        return e.Recorded(
            position,
            position,
            claim.occurred_at,
            now.recorded_at,
            lead,
            veiled(claim.event),
            claim.actor,
            source,
            now.sources[source][0],
            agreement,
        )

    def _agreement(self, named: str | None, known: Standing, now: Now) -> Agreement:
        """What an act is recorded under: what its import names; the agreement that an import brought the lead with; else
        the one in force for the whole ledger, or on trial."""
        if named is not None:
            return self.shared.agreement(named)
        before = known.agreement
        if before is not None and before is not now.agreement and self.shared.agreed.is_imported(before.id):
            return before
        return now.agreement

    def _take(
        self, key: str, known: Standing, past: Past | None, lead: Lead, act: e.Recorded, at: Instant, agreement: Agreement
    ) -> tuple[str, ...]:
        self._recorded(act)
        after, marks = evolve(lead, act, at, agreement)
        if isinstance(act.event, _REACHING_BACK):
            self._go_on(key, known, self._fold(key))
            return marks
        if past is not None:
            told = self._folded(past.before, [(at, act), *past.since])
            self._go_on(key, known, structs.replace(told, version=known.version + 1))
            return marks
        began = known.began
        if isinstance(act.event, _BEGINNING):
            began = dict(began)
            begin(began, act.event, at)
        self._touched[key] = Standing(after, (at, act.position), known.version + 1, began, agreement)
        if after.merged_into is not None:
            self._forget_survivors(after)
        return marks

    def _go_on(self, key: str, known: Standing, after: Standing) -> None:
        """Takes a lead whose past has changed as it now is."""
        self._forget_survivors(known.lead)
        self._touched[key] = after
        self._forget_survivors(after.lead)

    def _forget_left(self, act: e.Recorded, person: str) -> None:
        """Who left changes the leads that the person owned or was offered, and those that went on since; the others
        stay as they are known."""
        at = effective_at(act, is_late(act, self.shared.agreement(act.agreement)), {})
        for key, known in [*self._memory.items(), *self._touched.items()]:
            lead = known.lead
            owns = person in lead.owners.values() or (lead.offer is not None and lead.offer.owner == person)
            if owns or known.tail > (at, act.position):
                self._touched.pop(key, None)
                self._stale.add(key)

    def _forget_all(self) -> None:
        """A calendar goes on: what lay beyond it has an answer now, in leads that nobody else would read again."""
        self._stale |= {key for key, _ in self._memory.items()} | self._touched.keys()
        self._touched.clear()

    def _forget_survivors(self, lead: Lead) -> None:
        """What happens to a merged lead counts for the ones it was merged into, which are to be read again."""
        while (survivor := lead.merged_into) is not None:
            lead = self._standing(survivor).lead
            self._touched.pop(survivor, None)
            self._stale.add(survivor)

    def _recorded(self, act: e.Recorded) -> None:
        self.position = act.position
        self._told[act.position] = act
        self._fresh[act.lead].append(act)

    # Looking up

    def expect(self, keys: Iterable[str]) -> None:
        """Finds out at once which of the transaction's leads have no entry yet, instead of asking for each."""
        unknown = {key for key in keys if self._memory.get(key) is None}
        self._unmet = unknown - self._writer.existing(unknown) if unknown else ()

    def _standing(self, key: str) -> Standing:
        known = self._touched.get(key)
        if known is None and key not in self._stale:
            known = self._memory.get(key)
        if known is None:
            known = self._touched[key] = self._fold(key)
        return known

    def _events(self, key: str) -> list[e.Recorded]:
        """A lead's events: committed ones, and those taken in this transaction."""
        if key in self._unmet:
            return [*self._fresh.get(key, ())]
        committed = [recorded(decode(blob)) for _, blob in self._writer.stream(lead_stream(key))]
        joined = {act.lead for act in committed} | {key}
        fresh = [act for lead in joined if lead is not None for act in self._fresh.get(lead, ())]
        return committed + sorted(fresh, key=lambda act: act.position)

    def _fold(self, key: str) -> Standing:
        events = self._events(key)
        if not events:
            return UNMET
        past = self._past(events, key)
        return structs.replace(self._folded(past.before, past.since), version=sum(act.lead == key for act in events))

    def _past(self, events: Sequence[e.Recorded], key: str) -> Past:
        """A lead before the first of its events."""
        before = Standing(agreement=self.shared.agreement(events[-1].agreement)) if events else UNMET
        return Past(before, in_effective_order(standing(events, key), self.shared))

    def _folded(self, state: Standing, ordered: Iterable[tuple[Instant, e.Recorded]]) -> Standing:
        """A lead after further events in effective order; its version stays."""
        lead, tail, began, under = state.lead, state.tail, dict(state.began), state.agreement
        for at, act in ordered:
            agreement = self.shared.agreement(act.agreement) if act.lead else under or THE_MODEL
            after, _ = evolve(in_silence(lead, at, under or agreement), act, at, agreement)
            begin(began, act.event, at)
            if act.lead is not None or after is not lead:
                lead, tail, under = after, (at, act.position), agreement
        return Standing(lead, tail, state.version, began, under)

    def _reread(self, key: str, at: Instant) -> Past:
        """The lead as it was just before a late act's instant, and what is known of it since."""
        before, ordered = self._past(self._events(key), key)
        reached = bisect_right(ordered, at, key=itemgetter(0))
        return Past(self._folded(before, ordered[:reached]), ordered[reached:])

    def _cited(self, act: e.Recorded) -> dict[int, e.Recorded]:
        positions = citations(act.event)
        if not positions:
            return {}
        if act.lead is not None and isinstance(act.event, e.RecordCorrected | e.RecordRetracted):
            return {known.position: known for known in self._events(act.lead)}
        found = {known.position: known for known in map(recorded, map(decode, self._writer.at(positions)))}
        return found | {position: self._told[position] for position in positions if position in self._told}

    def _docket(self, key: str, at: Instant) -> Docket:
        """What of a lead may be disputed when an act upon a dispute takes effect. It is judged for these acts alone: there
        are few of them."""
        return docket(key, self._events(key), self.shared, at)

    def _merge_fault(self, event: e.LeadMerged) -> Refused | None:
        survivor = self._standing(event.into).lead
        if survivor.episode == 0:
            return Refused("protocol", f"The ledger holds no lead {event.into} to merge into.", "/data/into")
        if survivor.merged_into is not None:
            return Refused("protocol", f"{event.into} was merged into {survivor.merged_into}; merge into that one.", "/data/into")
        return None

    def _circle_fault(self, key: str, act: e.Recorded) -> Refused | None:
        """A record about a record may let a merge stand that did not: not one that leads back to the lead itself."""
        survivor = self._folded(*self._past([*self._events(key), act], key)).lead.merged_into
        while survivor is not None:
            if survivor == key:
                return Refused("protocol", f"Then {key} would be merged into itself, by way of other leads.", "/data/position")
            survivor = self._standing(survivor).lead.merged_into
        return None

    def _version(self, stream: str) -> int:
        version = self._versions.get(stream, self._memory.versions.get(stream))
        if version is None:
            version = len(self._writer.stream(stream))
        return version


def _size_fault(claim: Claim) -> Refused | None:
    """What is sealed is longer than what was said, and an entry is to fit into a bundle of the log's."""
    growth = grown(claim.event)
    if growth == 0 or len(bytes(data_of(claim.event))) + growth <= MOST_DATA_BYTES:
        return None
    return Refused(
        "too-large",
        f"Sealed, the event's personal texts would make it longer than {MOST_DATA_BYTES} bytes; say less, or in several events.",
        "/data",
    )


def answer_to_known(claim: Claim, blob: bytes, leaf: bytes, sealer: Sealer) -> Answer:
    """The first receipt again where the same (source, id) is recorded with the same content, else a refusal."""
    entry = decode(blob)
    act = recorded(entry)
    said = claim.occurred_at, claim.actor, claim.stream
    if (act.occurred_at, act.actor, entry.stream) != said or not sealer.says_the_same(act, claim.event):
        return Refusal(
            claim.source,
            claim.id,
            Refused("reused", f"This source and id are recorded at position {entry.position} with other content.", "/id"),
        )
    return Receipt(claim.source, claim.id, entry.position, entry.version, leaf, instant(entry.recorded_at), entry.anomalies, duplicate=True)
