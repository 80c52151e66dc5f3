"""What all leads share, as known: agreements, sources, outages, people who left, who is told of what, and who may do what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain import events as e
from domain.access import Access
from domain.agreement import Agreement
from domain.agreements import Agreements
from domain.disputes import Disputes, told
from domain.episodes import Outage
from domain.personal import erased_subject
from domain.personas import PERSONA_DOCUMENTS, PersonaDocuments
from domain.scoring_models import SCORING_MODELS, ScoringModels
from domain.signed_documents import Documents
from domain.subscriptions import Subscriptions
from domain.the_model import THE_MODEL
from domain.vocabulary import Instant, SourceKind, instant, moment


@dataclass(frozen=True, slots=True)
class Shared:
    """The shared streams up to a position."""

    agreements: Mapping[str, Agreement] = field(default_factory=lambda: {THE_MODEL.id: THE_MODEL})
    """By id, as far as their calendars are extended."""
    agreed: Agreements = field(default_factory=Agreements)
    """What became of each of them: who signed, and since when which one is in force."""
    sources: Mapping[str, e.SourceDeclared] = field(default_factory=dict)
    outages: tuple[Outage, ...] = ()
    departures: tuple[e.Recorded, ...] = ()
    departed_until: Instant = -(2**63)
    """No departure takes effect after this."""
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    surges: tuple[e.Recorded, ...] = ()
    """The announcements of more leads than planned, in the order of the book."""
    disputes: Disputes = field(default_factory=dict)
    """Those about verdicts on whole months."""
    scoring: ScoringModels = field(default_factory=lambda: Documents(SCORING_MODELS))
    """What became of each version of the scoring model."""
    personas: PersonaDocuments = field(default_factory=lambda: Documents(PERSONA_DOCUMENTS))
    """What became of each version of the persona document."""
    access: Access = field(default_factory=Access)
    erased: Mapping[str, int] = field(default_factory=dict)
    """The data subjects that were erased, with the position of the entry that says so."""

    def agreement(self, id: str) -> Agreement:
        """The agreement an entry was recorded under. Raises KeyError for one the book does not hold."""
        return self.agreements[id]

    def agreement_at(self, at: Instant) -> Agreement:
        """The agreement that is recorded under at an instant: the one in force, else the one on trial."""
        return self.agreed.at(at).agreement

    def provisional(self, agreement_id: str, at: Instant) -> bool:
        """Whether a clock that starts at an instant under an agreement is on trial: computed, and outside every fault
        total, because not every party had signed, or it was not in force yet."""
        return self.agreed.is_provisional(agreement_id, at)

    def kind_of(self, source: str, at: int) -> SourceKind:
        """The kind of a source at an instant; undeclared sources are `manual`, imports become so at their cut-over."""
        declared = self.sources.get(source)
        if declared is None or (declared.cut_over is not None and moment(at).date() >= declared.cut_over):
            return "manual"
        return declared.kind

    def window_of(self, source: str, at: int) -> int | None:
        """How many days a source may reach back at an instant; what lies further back is a late claim. None: as far as it
        likes, since nobody declared a window, or it is an import, whose times are all there is."""
        declared = self.sources.get(source)
        return None if declared is None or self.kind_of(source, at) == "import" else declared.backdating_days

    def after(self, recorded: e.Recorded) -> Shared:
        """What is shared once an event of a shared stream is known."""
        event = recorded.event
        match event:
            case e.AgreementProposed() | e.AgreementSigned() | e.AgreementWithdrawn() | e.AgreementExtended():
                before, agreed = self.agreed.versions, self.agreed.after(recorded)
                changed = {name: version.agreement for name, version in agreed.versions.items() if version is not before.get(name)}
                return replace(self, agreed=agreed, agreements={**self.agreements, **changed})
            case e.SourceDeclared():
                return replace(self, sources={**self.sources, event.source: event})
            case e.OutageDeclared():
                outage = Outage(instant(event.from_), instant(event.until), event.scope, recorded.position)
                return replace(self, outages=(*self.outages, outage))
            case e.PersonDeactivated():
                until = max(self.departed_until, shared_from(recorded))
                return replace(self, departures=(*self.departures, recorded), departed_until=until)
            case e.SubscriptionOpened() | e.SubscriptionPaused() | e.SubscriptionResumed() | e.SubscriptionClosed():
                return replace(self, subscriptions=self.subscriptions.after(recorded))
            case e.ScoringProposed() | e.ScoringSigned() | e.ScoringWithdrawn():
                return replace(self, scoring=self.scoring.after(recorded))
            case e.PersonasProposed() | e.PersonasSigned() | e.PersonasWithdrawn():
                return replace(self, personas=self.personas.after(recorded))
            case e.KeyGranted() | e.KeyRevoked() | e.RoleGranted() | e.RoleRevoked():
                return replace(self, access=self.access.after(recorded))
            case e.SurgeAnnounced():
                return replace(self, surges=(*self.surges, recorded))
            case e.DisputeOpened() | e.DisputeAnswered() | e.DisputeRuled() | e.DisputeWithdrawn():
                disputes = told(self.disputes, recorded, shared_from(recorded), self.agreement(recorded.agreement))
                return self if disputes is None else replace(self, disputes=disputes)
            case e.SubjectErased():
                return replace(self, erased={**self.erased, erased_subject(event): recorded.position})
            case _:
                return self


def shared_from(recorded: e.Recorded) -> Instant:
    """When what is shared takes effect: not before it was written down, unless an import brings it."""
    return recorded.occurred_at if recorded.kind == "import" else max(recorded.occurred_at, recorded.recorded_at)
