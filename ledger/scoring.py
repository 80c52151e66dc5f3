"""The scores that a scoring model gives, as claims. The book decides again when it appends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from domain import events as e
from domain.access import OWN_SOURCE
from domain.scoring import ScoringModel, Worth, worth
from domain.shared import Shared
from domain.told import Told, told_at
from domain.vocabulary import Instant
from ledger.book import Book
from ledger.entry import Answer, Claim, Refusal

TAKEN = "reused"
"""The code by which the book refuses another event under a name that it holds."""
_BATCH = 500


class Scored(NamedTuple):
    """What a lead is worth by a model, and the score that the model gave it last in this run, where it did. `last` is the
    position of the lead's last event."""

    lead: str
    worth: Worth
    recorded: e.LeadScored | None
    is_open: bool
    last: int

    @property
    def is_news(self) -> bool:
        """Whether a score is to be recorded: of an open lead of which the model says something else than it said last. A lead
        of which no rule speaks, and never did, has no score."""
        if not self.is_open:
            return False
        if self.recorded is None:
            return bool(self.worth.given)
        return (self.recorded.score, dict(self.recorded.inputs or {})) != (self.worth.score, self.worth.inputs)


def scored(key: str, events: Sequence[e.Recorded], shared: Shared, model: ScoringModel, at: Instant) -> Scored | None:
    """What a lead is worth at an instant by a model; None before its first event."""
    told = told_at(key, events, shared, at)
    if told is None or not told.timeline.episodes:
        return None
    since = told.timeline.episodes[-1].from_
    found = worth(model, told.events, since, at)
    is_open = not told.lead.closed and told.lead.merged_into is None
    return Scored(key, found, _recorded(told, model, since), is_open, max(act.position for act in events))


def _recorded(told: Told, model: ScoringModel, since: Instant) -> e.LeadScored | None:
    given = [act.event for at, act in told.events if at >= since and isinstance(act.event, e.LeadScored)]
    return next((score for score in reversed(given) if score.model == model.id), None)


def score_claim(found: Scored, model: ScoringModel, now: Instant) -> Claim:
    """A lead's score as an event. Its name is made of what it was computed from, so that two runs at a time record it once."""
    name = f"scored:{model.id}:{found.last}:{found.worth.score}"
    event = e.LeadScored(found.worth.score, model.id, None, found.worth.reasons or None, found.worth.inputs)
    return Claim(OWN_SOURCE, name, found.lead, now, None, event)


class Run(NamedTuple):
    """What came of scoring leads: how many were looked at, how many got a score that is news, and what was refused."""

    looked_at: int
    recorded: int
    refused: tuple[Refusal, ...]


def score_leads(book: Book, keys: Iterable[str], model: ScoringModel) -> Iterator[Run]:
    """Scores leads and records what is news, batch by batch."""
    batch: list[str] = []
    for key in keys:
        batch.append(key)
        if len(batch) == _BATCH:
            yield _score(book, batch, model)
            batch = []
    if batch:
        yield _score(book, batch, model)


def _score(book: Book, keys: Sequence[str], model: ScoringModel) -> Run:
    claims = news_of(book, keys, model)
    return run_of(len(keys), book.append(claims) if claims else [])


def news_of(book: Book, keys: Sequence[str], model: ScoringModel) -> list[Claim]:
    """The scores of leads that are news, as claims."""
    now, shared = book.clock(), book.shared()
    found = (scored(key, book.events_of(key), shared, model, now) for key in keys)
    return [score_claim(one, model, now) for one in found if one is not None and one.is_news]


def run_of(looked_at: int, answers: Sequence[Answer]) -> Run:
    """A run by the book's answers. What another run recorded at the same time is there, and is no refusal."""
    refused = [answer for answer in answers if isinstance(answer, Refusal) and answer.refused.code != TAKEN]
    recorded = sum(1 for answer in answers if not isinstance(answer, Refusal) and not answer.duplicate)
    return Run(looked_at, recorded, tuple(refused))
