"""`GET /v1/leads/{key}/briefing`: what whoever receives a lead is told of it on one card, each with the event that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api.exports import answered
from api.knowledge import Known
from api.leads import known_lead
from api.parameters import Asked, Key
from api.personal import Disclosed, Disclosure
from api.service import Open, Service
from api.timelines import ShownHandoff, shown_handoffs
from domain import events as e
from domain.told import Told
from domain.vocabulary import Instant, moment
from ledger.sealing.sealing import Withheld

router = APIRouter(tags=["leads"])
Text = str | Withheld
QUESTIONS = ("need", "budget", "authority", "timing", "intent")
"""What a receiver wants to know of the customer, in the order in which it is asked."""
_REACTIONS = 5


class BriefedScore(msgspec.Struct, frozen=True):
    """The run's latest score. `model` is the model's version; null where only the offer names the score. `points` are what it was
    made of, by what they were given for."""

    score: int
    model: str | None
    fit: str | None
    reasons: Sequence[str]
    points: Mapping[str, int]
    at: datetime
    position: int


class Answer(msgspec.Struct, frozen=True):
    """What was said last to one of the questions, by whom and in which kind of event; all of it null where nobody said it."""

    question: str
    answer: str | None
    said_in: str | None
    said_by: str | None
    at: datetime | None
    position: int | None


class Reaction(msgspec.Struct, frozen=True):
    """Something that the customer did: came to us, or answered. `kind` is that of the activity, or of the hand raised."""

    type: str
    kind: str
    outcome: str | None
    channel: str | None
    content: str | None
    note: Text | None
    at: datetime
    position: int


class GiversWords(msgspec.Struct, frozen=True):
    """What the giver wrote to the receiver beside the answers. It is personal."""

    reactions: Sequence[Text]
    next_step: Text | None
    note: Text | None
    position: int


class OpenQuestion(msgspec.Struct, frozen=True):
    """Something that the agreement asks to be told and nobody has said; `position` is the offer that leaves it open, null as
    long as there is none."""

    question: str
    position: int | None


class ShownBriefing(msgspec.Struct, frozen=True):
    """The card. Score, intent, reactions and the giver's words are of the latest run; what else is said of the customer stays
    true from run to run. `handoff` is the run's latest offer. `reactions` are the last five, the latest first."""

    lead: str
    position: int
    as_of: datetime
    known_at: datetime
    agreement: str
    handoff: ShownHandoff | None
    score: BriefedScore | None
    answers: Sequence[Answer]
    reactions: Sequence[Reaction]
    words: GiversWords | None
    open_questions: Sequence[OpenQuestion]


@router.get("/v1/leads/{key}/briefing", operation_id="get_briefing", summary="What whoever receives a lead is told of it")
def get_briefing(key: Key, asked: Annotated[Asked, Query()], service: Open, disclosed: Disclosed) -> Response:
    """The score and its reasons, the customer's last reactions, what is known of need, budget and timing, and what is still to be
    asked. Free text is shown to whoever may read personal data."""
    return answered(known_briefing(service, key, service.knowledge.asked(asked.as_of, asked.known_at), disclosed))


def known_briefing(service: Service, key: str, known: Known, disclosure: Disclosure) -> ShownBriefing:
    """The card of a lead at a moment. Raises ProblemError where nothing is known of it then."""
    told = known_lead(service, key, known)
    agreement, episode = told.timeline.agreement, told.timeline.episodes[-1]
    of_run = [(at, act) for at, act in told.events if at >= episode.from_]
    handoff = next(iter(shown_handoffs(episode, told)[::-1]), None)
    offer = next((act for _, act in of_run if handoff is not None and act.position == handoff.opened_by), None)
    answers = [_answer(question, of_run if question == "intent" else told.events) for question in QUESTIONS]
    score, texts = _score(of_run), _Texts(told, disclosure)
    return ShownBriefing(
        lead=key,
        position=known.position,
        as_of=moment(known.as_of),
        known_at=moment(known.known_at),
        agreement=agreement.id,
        handoff=handoff,
        score=score,
        answers=answers,
        reactions=[_reaction(at, act, texts) for at, act in reversed(of_run) if is_reaction(act.event)][:_REACTIONS],
        words=None if offer is None else _words(offer, texts),
        open_questions=_open(told, handoff, offer, {one.question for one in answers if one.answer is not None}, score),
    )


class _Texts:
    """Personal texts as they may be shown. What was corrected is sealed in the record that corrects it."""

    def __init__(self, told: Told, disclosure: Disclosure) -> None:
        self._disclosure = disclosure
        self._corrected = {act.event.position: act for _, act in told.events if isinstance(act.event, e.RecordCorrected)}

    def read(self, held: str | e.Sealed, act: e.Recorded, pointer: str) -> Text:
        """A text of an event that stands; `pointer` is the field's place in its data."""
        corrected = self._corrected.get(act.position)
        if corrected is not None:
            return self._disclosure.text(held, corrected.lead, corrected.position, f"/replacement/data{pointer}")
        return self._disclosure.text(held, act.lead, act.position, pointer)


Acts = Sequence[tuple[Instant, e.Recorded]]


def _score(of_run: Acts) -> BriefedScore | None:
    """As quality is judged: the run's latest score, else what the latest offer says."""
    for at, act in reversed(of_run):
        if isinstance(act.event, e.LeadScored):
            scored = act.event
            points = dict(scored.inputs or {})
            return BriefedScore(scored.score, scored.model, scored.fit, scored.reasons or (), points, moment(at), act.position)
    for at, act in reversed(of_run):
        if isinstance(act.event, e.HandoffOffered) and act.event.briefing.score is not None:
            return BriefedScore(act.event.briefing.score, None, None, (), {}, moment(at), act.position)
    return None


def _answer(question: str, acts: Acts) -> Answer:
    for at, act in reversed(acts):
        event = act.event.briefing if isinstance(act.event, e.HandoffOffered) else act.event
        said = getattr(event, question, None) if isinstance(event, e.Briefing | e.LeadProfiled) else None
        if said is not None:
            return Answer(question, said, act.event.NAME, act.actor, moment(at), act.position)
    return Answer(question, None, None, None, None, None)


def is_reaction(event: e.AnyEvent) -> bool:
    """Whether an event is something that the customer did: raised a hand, came to us, or replied."""
    if isinstance(event, e.ActivityLogged):
        return event.direction == "inbound" or event.outcome == "replied"
    return isinstance(event, e.LeadHandRaised)


def _reaction(at: Instant, act: e.Recorded, texts: _Texts) -> Reaction:
    event = act.event
    if isinstance(event, e.ActivityLogged):
        note = None if event.note is None else texts.read(event.note, act, "/note")
        return Reaction(event.NAME, event.kind, event.outcome, event.channel, event.content, note, moment(at), act.position)
    assert isinstance(event, e.LeadHandRaised)
    return Reaction(event.NAME, event.kind, None, None, None, None, moment(at), act.position)


def _words(offer: e.Recorded, texts: _Texts) -> GiversWords:
    assert isinstance(offer.event, e.HandoffOffered)
    told = offer.event.briefing
    reactions = [texts.read(one, offer, f"/briefing/reactions/{number}") for number, one in enumerate(told.reactions or ())]
    next_step = None if told.next_step is None else texts.read(told.next_step, offer, "/briefing/next_step")
    note = None if told.note is None else texts.read(told.note, offer, "/briefing/note")
    return GiversWords(reactions, next_step, note, offer.position)


def _open(
    told: Told, handoff: ShownHandoff | None, offer: e.Recorded | None, said: set[str], score: BriefedScore | None
) -> list[OpenQuestion]:
    """What the bar of the agreement asks to be told at its handoff. A field of the briefing that is no question (`next_step`) is
    open where the offer leaves it empty."""
    bar = told.timeline.agreement.bar
    if bar is None or (handoff is not None and handoff.leg != bar.leg):
        return []
    if handoff is None and told.timeline.agreement.rank(told.lead.stage) > told.timeline.agreement.rank(bar.leg):
        return []
    briefing = offer.event.briefing if offer is not None and isinstance(offer.event, e.HandoffOffered) else e.Briefing()
    known = {*said, *(["score"] if score is not None else [])}
    unsaid = [name for name in bar.required_briefing if name not in known and not getattr(briefing, name)]
    return [OpenQuestion(name, None if offer is None else offer.position) for name in unsaid]
