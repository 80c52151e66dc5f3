"""What a loss is associated with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from domain import events as e
from domain import sentences
from domain.episodes import Episode
from domain.findings import Finding, Sentence, all_of, by_overrun, cited, equally, finding_id
from domain.order import Act
from domain.rules.book import rule
from domain.rules.case import Case
from domain.rules.telling import closing_of, outcome_of
from domain.vocabulary import CUSTOMER, Instant
from domain.watch import is_contact

FITS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "no_response": ("R1", "R2", "R3"),
        "unable_to_reach": ("R3",),
        "went_cold": ("R1", "R2", "O1", "R5"),
        "competitor": ("R1", "R2", "O1", "R5"),
        "inaccurate_data": ("M1",),
        "no_fit": ("M2",),
        "no_need": ("M2",),
        "no_authority": ("M2",),
    }
)
"""Which findings fit which reason of a loss."""

_PASSING = ("R1", "R2", "O1")
"""What fits only while the lead stays in the same hands, and until somebody speaks with the person."""

_SILENT = ("no_response", "unable_to_reach", "went_cold")
_OURS = (*_SILENT, "inaccurate_data", "no_fit", "duplicate", "spam", "test")
_DECLINED = ("declined", "no_need", "no_interest", "not_interested", "no_budget", "no_authority", "no_timing", "timing", "competitor")


@rule(
    "L1",
    japanese="失注または対象外となる前に、その理由に合う判定（マーケティング、オペレーション、受け手のもの）がある場合。その部門を超過に応じて、"
    "超過がなければ等分に関連づけます。原因とは断定しません。合うものがなければ C1 の条件を見ます。",
)
def loss(case: Case, found: Sequence[Finding]) -> Iterator[Finding]:
    """L1: a lead was lost or disqualified, and a finding of marketing's, operations' or the receiver's precedes it and
    fits its reason. Their parties bear it by their overrun, equally where there is none. Where none fits: C1, if its
    condition holds."""
    for episode in case.story.episodes:
        closing = closing_of(case, episode) if episode.outcome in ("lost", "disqualified") else None
        if closing is None or closing[0] > case.as_of:
            continue
        if any(one.code == "U1" and one.episode == episode.number and one.position == closing[1].position for one in found):
            continue
        reason = getattr(closing[1].event, "reason", None) or "unknown"
        fitting = [one for one in found if one.episode == episode.number and _fits(case, one, reason, closing)]
        if fitting:
            yield _associated(case, episode, closing, reason, fitting)
        else:
            yield from customer(case, episode, closing, reason)


def _fits(case: Case, one: Finding, reason: str, closing: Act) -> bool:
    at, act = closing
    if one.code not in FITS.get(reason, ()) or not one.blames or one.since > at or one.position >= act.position:
        return False
    if one.code not in _PASSING:
        return True
    return next(case.contacts(one.since, at), None) is None and not _moved_on(case, one, at)


def _moved_on(case: Case, one: Finding, until: Instant) -> bool:
    """Whether custody changed after a finding otherwise than by the handoff it is about."""
    episode = next(episode for episode in case.story.episodes if episode.number == one.episode)
    for holding in episode.custodians:
        if one.since < holding.since <= until:
            event = case.by_position[holding.opened_by][1].event if holding.opened_by in case.by_position else None
            if not isinstance(event, e.HandoffAccepted | e.HandoffOffered) or event.handoff != one.handoff:
                return True
    return False


def _associated(case: Case, episode: Episode, closing: Act, reason: str, fitting: Sequence[Finding]) -> Finding:
    at, act = closing
    weights: dict[str, int] = {}
    for one in fitting:
        seconds = sum(one.overruns.values())
        for party, share in one.shares.items():
            weights[party] = weights.get(party, 0) + seconds * share
    outcome = outcome_of(case, act) or ""
    return Finding(
        code="L1",
        shares=by_overrun(weights) if any(weights.values()) else equally(weights),
        promise="",
        position=act.position,
        episode=episode.number,
        since=at,
        agreement=case.agreement_of(act),
        about={"episode": episode.number, "verdicts": tuple(finding_id(case.lead, one) for one in fitting)},
        evidence=cited(act.position, *(position for one in fitting for position in _essence(one))),
        sentence=case.said(sentences.associated, outcome, reason, fitting),
    )


def _essence(one: Finding) -> tuple[int, ...]:
    """What a finding rests on whatever its length: where it is about lost time, the start of its clock."""
    return (one.position,) if sum(one.overruns.values()) else one.evidence


@rule(
    "C1",
    "depth",
    japanese="合意したフォローを行っても返事がなく終了した場合、接触の後にお客様が見送った場合、または約束にお客様が来られなかった場合。"
    "お客様の事情です。",
)
def customer(case: Case, episode: Episode, closing: Act, reason: str) -> Iterator[Finding]:
    """C1: the lead was closed after the agreed follow-up without an answer, or the customer declined after a contact, or
    did not come to an appointment. The customer bears it."""
    at, act = closing
    agreement = case.agreement_of(act)
    shown: tuple[int | None, Sentence] | None = None
    acts = [(when, one) for when, one in case.of_episode(episode) if (when, one.position) < (at, act.position)]
    met = next((clock for clock in case.of_kind("depth") if clock.episode == episode.number and clock.state == "kept"), None)
    contact = next((one for one in acts if isinstance(one[1].event, e.ActivityLogged) and is_contact(one[1].event)), None)
    absence = next((one for one in acts if isinstance(one[1].event, e.ActivityLogged) and one[1].event.outcome == "no_show"), None)
    if reason in _SILENT and met is not None and met.stopped_at is not None:
        done_before = met.stopped_at == met.started_at
        shown = met.started_by if done_before else met.stopped_by, case.said(sentences.silent_customer, reason, met.stopped_at, agreement)
    elif contact is not None and (reason in _DECLINED or (episode.outcome == "lost" and reason not in _OURS)):
        shown = contact[1].position, case.said(sentences.declined, reason, contact[0], agreement)
    elif absence is not None:
        shown = absence[1].position, case.said(sentences.no_show, absence[0], agreement)
    if shown is not None:
        proof, sentence = shown
        yield Finding(
            code="C1",
            shares=all_of(CUSTOMER),
            promise="",
            position=act.position,
            episode=episode.number,
            since=at,
            agreement=agreement,
            about={"episode": episode.number},
            evidence=cited(act.position, proof),
            sentence=sentence,
        )
