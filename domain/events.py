"""Every fact the ledger knows, in the order of the relay.

Each class has a permanent name and version (`handoff.offered`, 1), independent of its Python path; API clients say
the name alone. Fields are the JSON fields of `data`; a trailing underscore keeps a Python keyword apart (`from_` is
`from` in JSON). `None` means that the source did not say.

Acts obey the handoff protocol (`domain.lead.decide`); observations report what another system did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeVar

from domain.vocabulary import Instant, Language, MessageFormat, NoticeKind, Outcome, Retention, Role, SourceKind

MAX_KEY_LENGTH = 200
MAX_TEXT_LENGTH = 4_000
MAX_INTEGER = 2**53 - 1


class Event:
    """What all events share: a permanent name and version, whether it is an observation, and where it stands."""

    __slots__ = ()
    NAME: ClassVar[str]
    VERSION: ClassVar[int]
    OBSERVATION: ClassVar[bool]
    SHARED: ClassVar[str | None]
    """The shared stream it stands in (`team`, `sources`, …); None: the lead's own."""


EVENTS: dict[str, type[Event]] = {}
"""The current event classes by public name (`handoff.offered`)."""

_E = TypeVar("_E", bound=type[Event])


def _named(name: str, version: int = 1, *, observation: bool = False, shared: str | None = None) -> Callable[[_E], _E]:
    def register(cls: _E) -> _E:
        cls.NAME, cls.VERSION, cls.OBSERVATION, cls.SHARED = name, version, observation, shared
        EVENTS[name] = cls
        return cls

    return register


@dataclass(frozen=True, slots=True)
class Limits:
    """What a field may hold beyond its type; the codec enforces it and OpenAPI shows it. `personal` marks free text
    and whatever names a data subject: the fold never reads it."""

    ge: int | None = None
    le: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    personal: bool = False


Name = Annotated[str, Limits(min_length=1, max_length=MAX_KEY_LENGTH)]
Label = Name | None


@dataclass(frozen=True, slots=True)
class Sealed:
    """Personal data as the book holds it: a ciphertext (`sealed`), and the id of the data subject's key that opens it for as
    long as that is there. Both are base64url."""

    key: str
    sealed: str


Personal = Annotated[str | Sealed, Limits(max_length=MAX_TEXT_LENGTH, personal=True)]
"""Text as a client says it, or sealed as the book holds it."""
Position = Annotated[int, Limits(ge=1, le=MAX_INTEGER)]
Amount = Annotated[int, Limits(ge=0, le=MAX_INTEGER)]
"""Money in minor units of the currency (yen; cents)."""
Currency = Annotated[str, Limits(pattern="^[A-Z]{3}$")]
Positive = Annotated[int, Limits(ge=1, le=MAX_INTEGER)]
Month = Annotated[str, Limits(pattern="^[12][0-9]{3}-(0[1-9]|1[0-2])$")]
"""A month of the calendar, such as 2026-11."""
Score = Annotated[int, Limits(ge=0, le=100)]


@dataclass(frozen=True, slots=True)
class Contact:
    """The person behind a lead; personal data."""

    name: Personal | None = None
    email: Personal | None = None
    phone: Personal | None = None
    company: Personal | None = None
    title: Personal | None = None


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the giver tells the receiver at a handoff."""

    score: Score | None = None
    intent: Label = None
    budget: Label = None
    timing: Label = None
    reactions: tuple[Personal, ...] | None = None
    next_step: Personal | None = None
    note: Personal | None = None


@dataclass(frozen=True, slots=True)
class ExpectedFigure:
    """The figure by which a decision is judged later: what it was at the meeting, and what it is to become. `kept_per_mille` are
    promises kept of those settled, in thousandths; `overdue` are broken promises that are still open; `verdicts` count. The
    rest narrows it, as the reads of the same figures do: `department` is whose promise or fault it is, and `within` the week
    or the month in which one looks."""

    figure: Literal["kept_per_mille", "overdue", "verdicts"]
    expected: Amount
    at_meeting: Amount | None = None
    promise: Label = None
    department: Label = None
    code: Label = None
    within: Literal["week", "month"] | None = None


# Marketing wins a lead


@_named("lead.captured", 2)
@dataclass(frozen=True, slots=True)
class LeadCaptured(Event):
    """A contact was obtained."""

    channel: Label = None
    campaign: Label = None
    department: Label = None
    persona: Label = None
    industry: Label = None
    company_size: Label = None
    region: Label = None
    contact: Contact | None = None


@_named("lead.profiled")
@dataclass(frozen=True, slots=True)
class LeadProfiled(Event):
    """More became known about the lead; only what is given changes."""

    channel: Label = None
    campaign: Label = None
    persona: Label = None
    industry: Label = None
    company_size: Label = None
    region: Label = None
    budget: Label = None
    authority: Label = None
    need: Label = None
    timing: Label = None
    contact: Contact | None = None


@_named("lead.scored")
@dataclass(frozen=True, slots=True)
class LeadScored(Event):
    """A scoring model judged the lead (0-100). `inputs` are what the score was made of: points by what they were given
    for, as the model or its mapping says."""

    score: Score
    model: Name
    fit: Label = None
    reasons: tuple[str, ...] | None = None
    inputs: Mapping[str, int] | None = None


@_named("lead.hand_raised")
@dataclass(frozen=True, slots=True)
class LeadHandRaised(Event):
    """The lead itself asked for something."""

    kind: Name


@_named("lead.assigned")
@dataclass(frozen=True, slots=True)
class LeadAssigned(Event):
    """A person of a department became the owner."""

    department: Name
    owner: Name


# How far it is and who has it


@_named("stage.entered")
@dataclass(frozen=True, slots=True)
class StageEntered(Event):
    """The custodian moved the lead forward inside its own stages."""

    stage: Name


@_named("stage.observed", observation=True)
@dataclass(frozen=True, slots=True)
class StageObserved(Event):
    """Another system moved the lead. `not_before`..`not_after` bound the true moment where it was polled."""

    stage: Name
    from_system: Name
    custodian: Label = None
    owner: Label = None
    amount: Amount | None = None
    currency: Currency | None = None
    reason: Label = None
    not_before: datetime | None = None
    not_after: datetime | None = None


@_named("custody.observed", observation=True)
@dataclass(frozen=True, slots=True)
class CustodyObserved(Event):
    """Another system gave the case to another group; no handoff protocol stands behind it."""

    custodian: Name
    from_system: Name
    owner: Label = None
    not_before: datetime | None = None
    not_after: datetime | None = None


ActivityKind = Literal["email", "call", "meeting", "visit", "form", "download", "webinar", "page_view", "chat"]
Direction = Literal["inbound", "outbound"]
ActivityOutcome = Literal["connected", "gatekeeper", "no_answer", "replied", "bounced", "invalid", "no_show", "done"]


@_named("activity.logged")
@dataclass(frozen=True, slots=True)
class ActivityLogged(Event):
    """Something was done with, by or for the lead. `captured` says who wrote it down: a machine or a hand."""

    kind: ActivityKind
    direction: Direction
    outcome: ActivityOutcome | None = None
    automated: bool | None = None
    captured: Literal["typed", "machine"] | None = None
    channel: Label = None
    content: Label = None
    note: Personal | None = None


# The handoff


@_named("handoff.offered")
@dataclass(frozen=True, slots=True)
class HandoffOffered(Event):
    """The custodian offers the lead to the next department. `leg` is the stage it happens at."""

    handoff: Name
    leg: Name
    to: Name
    briefing: Briefing
    owner: Label = None
    override: bool | None = None


@_named("handoff.accepted")
@dataclass(frozen=True, slots=True)
class HandoffAccepted(Event):
    """The receiver takes custody."""

    handoff: Name
    owner: Label = None


@_named("handoff.rejected")
@dataclass(frozen=True, slots=True)
class HandoffRejected(Event):
    """The receiver turns the offer down."""

    handoff: Name
    kind: Literal["procedural", "clerical", "definitional"]
    reason: Name
    note: Personal | None = None


@_named("handoff.withdrawn")
@dataclass(frozen=True, slots=True)
class HandoffWithdrawn(Event):
    """The giver takes the offer back before it was answered."""

    handoff: Name
    reason: Name
    note: Personal | None = None


@_named("handoff.returned")
@dataclass(frozen=True, slots=True)
class HandoffReturned(Event):
    """The receiver gives custody back after accepting."""

    handoff: Name
    reason: Name
    note: Personal | None = None


@_named("clock.paused")
@dataclass(frozen=True, slots=True)
class ClockPaused(Event):
    """The promisor's clocks rest: the customer asked for it, or a system is down."""

    reason: Literal["customer", "outage"]
    until: datetime | None = None
    evidence: tuple[int, ...] | None = None


@_named("clock.resumed")
@dataclass(frozen=True, slots=True)
class ClockResumed(Event):
    """The pause is over."""

    reason: Literal["customer", "outage"]


# The deal and the end of an episode


@_named("opportunity.opened")
@dataclass(frozen=True, slots=True)
class OpportunityOpened(Event):
    """A deal is in sight; enters the stage `opportunity`."""

    amount: Amount
    currency: Currency
    expected_close: date | None = None


@_named("opportunity.amended")
@dataclass(frozen=True, slots=True)
class OpportunityAmended(Event):
    """The deal's amount or date changed."""

    amount: Amount
    currency: Currency
    expected_close: date | None = None


@_named("deal.won")
@dataclass(frozen=True, slots=True)
class DealWon(Event):
    """The customer signed; enters the stage `won`."""

    amount: Amount
    currency: Currency


@_named("deal.lost")
@dataclass(frozen=True, slots=True)
class DealLost(Event):
    """The deal is gone."""

    reason: Name
    competitor: Label = None


@_named("lead.disqualified")
@dataclass(frozen=True, slots=True)
class LeadDisqualified(Event):
    """Not a customer for us."""

    reason: Name


@_named("lead.recycled")
@dataclass(frozen=True, slots=True)
class LeadRecycled(Event):
    """Not now; to be addressed again on a day."""

    reason: Name
    re_engage_on: date


@_named("lead.reopened")
@dataclass(frozen=True, slots=True)
class LeadReopened(Event):
    """A new episode begins."""

    reason: Name


@_named("lead.merged")
@dataclass(frozen=True, slots=True)
class LeadMerged(Event):
    """This lead is the same as another, which survives."""

    into: Name


@_named("outcome.reported")
@dataclass(frozen=True, slots=True)
class OutcomeReported(Event):
    """The last holder tells another department what became of the lead; or customer success whether a won customer stayed."""

    to: Name
    outcome: Outcome | Literal["returned"] | Retention
    reason: Label = None
    persona_fit: Label = None
    note: Personal | None = None


# Corrections in the open


@dataclass(frozen=True, slots=True)
class Replacement:
    """The whole event that stands in place of a corrected one."""

    event: AnyEvent
    occurred_at: Instant
    actor: str | None = None


@_named("record.corrected")
@dataclass(frozen=True, slots=True)
class RecordCorrected(Event):
    """The entry at `position` should have said something else."""

    position: Position
    reason: Name
    replacement: Replacement


@_named("record.retracted")
@dataclass(frozen=True, slots=True)
class RecordRetracted(Event):
    """The entry at `position` should not have been made."""

    position: Position
    reason: Name


@_named("record.confirmed")
@dataclass(frozen=True, slots=True)
class RecordConfirmed(Event):
    """Another department confirms that a record is true: the promisee a late one, any but its own a late claim."""

    position: Position
    reason: Name


@_named("record.consented")
@dataclass(frozen=True, slots=True)
class RecordConsented(Event):
    """A department consents to another's correcting or retracting its record."""

    position: Position
    reason: Name


# Disputes


@_named("dispute.opened")
@dataclass(frozen=True, slots=True)
class DisputeOpened(Event):
    """A department contests verdicts (by id) or a rejection (by position). One about verdicts on whole months, which
    belong to no lead, has the subject `months`."""

    dispute: Name
    about: tuple[str | int, ...]
    grounds: Personal
    evidence: tuple[int, ...] | None = None


@_named("dispute.answered")
@dataclass(frozen=True, slots=True)
class DisputeAnswered(Event):
    """The other side answers."""

    dispute: Name
    text: Personal


@_named("dispute.ruled")
@dataclass(frozen=True, slots=True)
class DisputeRuled(Event):
    """An arbiter of none of the parties decides, citing events."""

    dispute: Name
    ruling: Literal["upheld", "overturned", "split"]
    evidence: tuple[int, ...]
    shares: Mapping[str, int] | None = None


@_named("dispute.withdrawn")
@dataclass(frozen=True, slots=True)
class DisputeWithdrawn(Event):
    """The department that opened it takes it back."""

    dispute: Name


# What all leads share

TEAM = "team"
SOURCES = "sources"
AGREEMENTS = "agreements"
SUBSCRIPTIONS = "subscriptions"
MONTHS = "months"
COSTS = "costs"
SCORING = "scoring"
PERSONAS = "personas"
CONTENT = "content"
LEDGER = "ledger"
ACCESS = "access"
ERASURES = "erasures"


@_named("person.deactivated", shared=TEAM)
@dataclass(frozen=True, slots=True)
class PersonDeactivated(Event):
    """A person left; their ownerships end."""

    person: Name


@_named("outage.declared", shared=TEAM)
@dataclass(frozen=True, slots=True)
class OutageDeclared(Event):
    """A system was down: nobody of the scope (`all`, or one department) owed a move."""

    from_: datetime
    until: datetime
    scope: Name


@_named("surge.announced", shared=TEAM)
@dataclass(frozen=True, slots=True)
class SurgeAnnounced(Event):
    """The giver announces more leads than planned."""

    from_: datetime
    until: datetime
    scope: Name


@_named("meeting.decided", 2, shared=TEAM)
@dataclass(frozen=True, slots=True)
class MeetingDecided(Event):
    """The meeting decided something, looking at the ledger as known at a position, and as of a time where that is said.
    `owner` is a department or a person, `outlook` what is hoped for in words."""

    decision: Personal
    owner: Name
    due: date
    position: Position
    expected: ExpectedFigure | None = None
    outlook: Personal | None = None
    as_of: datetime | None = None


Attribute = Literal["channel", "campaign", "persona", "industry", "company_size", "region"]
"""What a lead is said to be, and so what a segment is told apart by."""
Period = Annotated[str, Limits(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2]|W0[1-9]|W[1-4][0-9]|W5[0-3])$")]
"""A month (`2026-11`) or a week (`2026-W47`) in the zone of the agreement."""


@_named("target.set", shared=TEAM)
@dataclass(frozen=True, slots=True)
class TargetSet(Event):
    """How many leads are to enter a stage in a month or a week, of all or of one segment, and which departments agreed on it. A
    later one about the same takes its place. `amount` is what the deals are to be worth together."""

    period: Period
    stage: Name
    n: Amount
    agreed_by: tuple[Name, ...]
    attribute: Attribute | None = None
    value: Label = None
    amount: Amount | None = None
    currency: Currency | None = None


@_named("source.declared", shared=SOURCES)
@dataclass(frozen=True, slots=True)
class SourceDeclared(Event):
    """How a source writes things down. Works forward only."""

    source: Name
    kind: SourceKind
    cut_over: date | None = None
    backdating_days: Annotated[int, Limits(ge=0, le=36_500)] | None = None


@_named("agreement.proposed", shared=AGREEMENTS)
@dataclass(frozen=True, slots=True)
class AgreementProposed(Event):
    """A version of the agreement between the departments; `terms` is the resolved document. Signed by all, it is in
    force from `effective_from`, or else from the last signature. One without an actor came with an import, for the
    leads that it brings."""

    name: Name
    version: Position
    terms: Mapping[str, Any]
    effective_from: datetime | None = None


@_named("agreement.signed", shared=AGREEMENTS)
@dataclass(frozen=True, slots=True)
class AgreementSigned(Event):
    """A department that the agreement binds signs a version, by one of its own people."""

    name: Name
    version: Position
    department: Name


@_named("agreement.withdrawn", shared=AGREEMENTS)
@dataclass(frozen=True, slots=True)
class AgreementWithdrawn(Event):
    """A department takes a version back before it is in force."""

    name: Name
    version: Position
    reason: Personal


@_named("agreement.extended", shared=AGREEMENTS)
@dataclass(frozen=True, slots=True)
class AgreementExtended(Event):
    """The calendar of a version goes on behind its last day; the days that it covers stay as they are. `resolved` has
    the shape of `calendar.resolved` in the terms: from, until, closed days, and the zone's offsets."""

    name: Name
    version: Position
    resolved: Mapping[str, Any]


SubscriptionName = Annotated[str, Limits(min_length=1, max_length=64, pattern="^[a-z0-9][a-z0-9_-]*$")]


@_named("subscription.opened", shared=SUBSCRIPTIONS)
@dataclass(frozen=True, slots=True)
class SubscriptionOpened(Event):
    """Somebody, a department or a person, is told of promises from here on: of which notices, in which form and
    language. `webhook` names what stands outside the book, the receiver's address and the secret; `host` is all that the
    book says of the address. The rest narrows it to a promise, a party or an owner."""

    name: SubscriptionName
    recipient: Name
    notices: tuple[NoticeKind, ...]
    webhook: Name
    host: Name
    format: MessageFormat
    language: Language
    promise: Label = None
    promisor: Label = None
    promisee: Label = None
    owner: Label = None


@_named("subscription.paused", shared=SUBSCRIPTIONS)
@dataclass(frozen=True, slots=True)
class SubscriptionPaused(Event):
    """Nothing is told for a while; what falls into it is not told later either."""

    name: SubscriptionName


@_named("subscription.resumed", shared=SUBSCRIPTIONS)
@dataclass(frozen=True, slots=True)
class SubscriptionResumed(Event):
    """Notices are told again, from here on."""

    name: SubscriptionName


@_named("subscription.closed", shared=SUBSCRIPTIONS)
@dataclass(frozen=True, slots=True)
class SubscriptionClosed(Event):
    """Nothing is told any more: somebody removed it, or the receiver answered that it is gone for good (410)."""

    name: SubscriptionName
    reason: Literal["removed", "gone"]


@_named("cost.recorded", shared=COSTS)
@dataclass(frozen=True, slots=True)
class CostRecorded(Event):
    """What a channel cost in a month, or a campaign of it. The latest record of the same month, channel and campaign is the
    one that counts; an amount of 0 takes a cost back."""

    month: Month
    channel: Name
    amount: Amount
    currency: Currency
    campaign: Label = None
    note: Personal | None = None


@_named("rate.stated", shared=COSTS)
@dataclass(frozen=True, slots=True)
class RateStated(Event):
    """What a currency is worth in another from a day on, in minor units of both: `numerator` of `to` for `denominator` of
    `currency`. A dollar of 150 yen is 150 yen for 100 cents. The latest statement about the same day is the one that counts."""

    currency: Currency
    to: Currency
    numerator: Positive
    denominator: Positive
    from_: date


@_named("scoring.proposed", shared=SCORING)
@dataclass(frozen=True, slots=True)
class ScoringProposed(Event):
    """A version of the scoring model; `terms` is the document: points for attributes and actions, and the bar. Signed by
    every department that it names, it is in force from the last signature."""

    name: Name
    version: Position
    terms: Mapping[str, Any]


@_named("scoring.signed", shared=SCORING)
@dataclass(frozen=True, slots=True)
class ScoringSigned(Event):
    """A department that the scoring model names signs a version, by one of its own people."""

    name: Name
    version: Position
    department: Name


@_named("scoring.withdrawn", shared=SCORING)
@dataclass(frozen=True, slots=True)
class ScoringWithdrawn(Event):
    """A department takes a version of the scoring model back before it is in force."""

    name: Name
    version: Position
    reason: Personal


@_named("personas.proposed", shared=PERSONAS)
@dataclass(frozen=True, slots=True)
class PersonasProposed(Event):
    """A version of whom we sell to; `terms` is the document: the personas, and the companies that are ours (ICP). Signed by every
    department that it names, it is in force from the last signature."""

    name: Name
    version: Position
    terms: Mapping[str, Any]


@_named("personas.signed", shared=PERSONAS)
@dataclass(frozen=True, slots=True)
class PersonasSigned(Event):
    """A department that the persona document names signs a version, by one of its own people."""

    name: Name
    version: Position
    department: Name


@_named("personas.withdrawn", shared=PERSONAS)
@dataclass(frozen=True, slots=True)
class PersonasWithdrawn(Event):
    """A department takes a version of the persona document back before it is in force."""

    name: Name
    version: Position
    reason: Personal


@_named("content.registered", shared=CONTENT)
@dataclass(frozen=True, slots=True)
class ContentRegistered(Event):
    """There is a piece of content; `content` is the name by which activities say that a lead had to do with it. `stage` and
    `persona` are whom it is for, `co_authors` the departments that made it. A later one about the same takes its place."""

    content: Name
    title: Name
    kind: Name
    co_authors: tuple[Name, ...]
    stage: Label = None
    persona: Label = None
    requested_by: Label = None


@_named("content.requested", shared=CONTENT)
@dataclass(frozen=True, slots=True)
class ContentRequested(Event):
    """A department asks for a piece of content. It is made once content of the same name is registered."""

    content: Name
    title: Name
    requested_by: Name
    kind: Label = None
    stage: Label = None
    persona: Label = None
    why: Personal | None = None


KeyId = Annotated[str, Limits(pattern="^[a-z2-7]{10}$")]
Digest = Annotated[str, Limits(pattern="^[0-9a-f]{64}$")]
"""A SHA-256 in hexadecimal."""
Scope = Annotated[str, Limits(max_length=MAX_KEY_LENGTH, pattern="^(read|read:personal|arbitrate|admin|(append|agree):.+)$")]


@_named("key.granted", shared=ACCESS)
@dataclass(frozen=True, slots=True)
class KeyGranted(Event):
    """A key was made for a source: who shows it may do what its scopes say, and writes under that source alone. `hash` is the
    SHA-256 of the whole key, which stands nowhere. A key of a `person` speaks as that person; `until` ends it by itself."""

    key: KeyId
    hash: Digest
    source: Name
    scopes: tuple[Scope, ...]
    person: Label = None
    label: Label = None
    until: datetime | None = None


@_named("key.revoked", shared=ACCESS)
@dataclass(frozen=True, slots=True)
class KeyRevoked(Event):
    """A key opens nothing any more."""

    key: KeyId
    reason: Name


@_named("role.granted", shared=ACCESS)
@dataclass(frozen=True, slots=True)
class RoleGranted(Event):
    """Somebody whom the company's identity provider knows may act here, as a person and in some roles; what was granted before
    is replaced. `login` is the SHA-256 of issuer and subject: it names the account and tells nothing of it."""

    login: Digest
    person: Name
    roles: tuple[Role, ...]


@_named("role.revoked", shared=ACCESS)
@dataclass(frozen=True, slots=True)
class RoleRevoked(Event):
    """An account at the identity provider may do nothing here any more."""

    login: Digest
    reason: Name


@_named("ledger.opened", shared=LEDGER)
@dataclass(frozen=True, slots=True)
class LedgerOpened(Event):
    """The ledger's first entry where something is to be said of the whole ledger: that it is a demonstration."""

    purpose: Literal["demonstration"]
    generator: Name
    seed: Amount


@_named("subject.erased", shared=ERASURES)
@dataclass(frozen=True, slots=True)
class SubjectErased(Event):
    """The personal data about a lead, or the texts of the entry of a shared stream at a position, can never be read again:
    the key that opens them is destroyed, also where a copy of it is put back. `reason` is a code, and names nobody."""

    reason: Name
    lead: Label = None
    position: Position | None = None


AnyEvent = (
    LeadCaptured | LeadProfiled | LeadScored | LeadHandRaised | LeadAssigned | StageEntered | StageObserved
    | CustodyObserved | ActivityLogged | HandoffOffered | HandoffAccepted | HandoffRejected | HandoffWithdrawn
    | HandoffReturned | ClockPaused | ClockResumed | OpportunityOpened | OpportunityAmended | DealWon | DealLost
    | LeadDisqualified | LeadRecycled | LeadReopened | LeadMerged | OutcomeReported | RecordCorrected | RecordRetracted
    | RecordConfirmed | RecordConsented | DisputeOpened | DisputeAnswered | DisputeRuled | DisputeWithdrawn
    | PersonDeactivated | OutageDeclared | SurgeAnnounced | MeetingDecided | TargetSet | SourceDeclared | AgreementProposed
    | AgreementSigned | AgreementWithdrawn | AgreementExtended | SubscriptionOpened | SubscriptionPaused | SubscriptionResumed
    | SubscriptionClosed | CostRecorded | RateStated | ScoringProposed | ScoringSigned | ScoringWithdrawn
    | PersonasProposed | PersonasSigned | PersonasWithdrawn | ContentRegistered | ContentRequested | KeyGranted | KeyRevoked
    | RoleGranted | RoleRevoked | LedgerOpened | SubjectErased
)  # fmt: skip
"""The closed set: a `match` over it that forgets one fails type checking."""

DISPUTING = (DisputeOpened, DisputeAnswered, DisputeRuled, DisputeWithdrawn)


def shared_stream(event: Event, subject: str) -> str | None:
    """The shared stream that an event about a subject stands in; None: that of the lead which the subject names."""
    return MONTHS if subject == MONTHS and isinstance(event, DISPUTING) else event.SHARED


class Recorded(NamedTuple):
    """An event as the book holds it: what happened, when, who says so, and when and where it was written down.

    `commit` is the last position of the commit it came with: events of one commit become known together.
    `kind` is the kind of its source in force when it was recorded. `backdating_days` is said of a late claim alone: how
    far back its source was allowed to reach, where the event lies further back than that.
    """

    position: int
    commit: int
    occurred_at: Instant
    recorded_at: Instant
    lead: str | None
    event: AnyEvent
    actor: str | None
    source: str
    kind: SourceKind
    agreement: str
    backdating_days: int | None = None

    @property
    def is_claim(self) -> bool:
        """Whether it counts for nothing until another department confirms it."""
        return self.backdating_days is not None
