"""What the giver of a lead answers for."""

from __future__ import annotations

from collections.abc import Iterator

from domain import events as e
from domain import sentences
from domain.agreement import Agreement, Promise
from domain.findings import Finding, all_of, cited
from domain.order import Act, Key
from domain.rules import opposing
from domain.rules.book import rule
from domain.rules.case import Case, Rejection
from domain.rules.timed import about, promised
from domain.vocabulary import Instant, department_of


@rule(
    "M1",
    "quality",
    japanese="受け手が期限内に事務的な理由で差し戻し、依頼の時点かそれ以降の記録（不達、不通、重複の統合、必須項目の空欄）がそれを裏付ける場合。"
    "引き継いだ部門の要因です。",
)
def bad_data(case: Case) -> Iterator[Finding]:
    """M1: the receiver turned the offer down in time for clerical reasons, and the record bears it out, since the offer
    or at it: a bounce, a dead number, an open duplicate, or a required field left empty. The giver bears it."""
    for rejection in case.rejections:
        if rejection.event.kind != "clerical" or not rejection.decided_in_time:
            continue
        agreement = case.agreement_of(rejection.offer)
        found = borne_out(case, rejection)
        if found is None:
            continue
        proof = None if isinstance(found, str) else found[1].position
        shown = found if isinstance(found, str) else (found[0], found[1].event)
        yield Finding(
            code="M1",
            shares=all_of(rejection.giver),
            promise=promise_at(agreement, "decide", rejection.offered.leg),
            position=rejection.offer.position,
            episode=rejection.episode,
            since=rejection.at if isinstance(found, str) else max(found[0], rejection.at),
            agreement=agreement,
            about={"handoff": rejection.handoff},
            evidence=cited(rejection.position, rejection.offer.position if proof is None else proof),
            sentence=case.said(sentences.bad_data, rejection.giver, rejection.receiver, rejection.at, shown, agreement),
            handoff=rejection.handoff,
            rejection=rejection.position,
            against=case.against(opposing.to_bad_data, case, rejection, found if isinstance(found, str) else None, agreement),
        )


def borne_out(case: Case, rejection: Rejection) -> Act | str | None:
    """What bears a clerical rejection out: an event, or the name of an empty field. After the rejection the receiver
    can no longer make its own proof; a machine can."""
    for at, act in case.acts:
        event = act.event
        is_proof = (isinstance(event, e.ActivityLogged) and event.outcome in ("bounced", "invalid")) or isinstance(event, e.LeadMerged)
        if not is_proof or at < rejection.offered_at:
            continue
        by_receiver = act.actor is not None and department_of(act.actor) == rejection.receiver
        if not by_receiver or known_then(at, act, rejection):
            return at, act
    bar = case.agreement_of(rejection.offer).bar
    if bar is None or bar.leg != rejection.offered.leg:
        return None
    return next((field for field in bar.required_briefing if getattr(rejection.offered.briefing, field, None) is None), None)


def known_then(at: Instant, act: e.Recorded, rejection: Rejection) -> bool:
    """Whether something was on record when an offer was turned down, or a machine recorded it, or it was imported: an
    import's times are all there is."""
    if by_machine(act):
        return True
    return at <= rejection.at and (act.kind == "import" or act.position < rejection.position)


def by_machine(act: e.Recorded) -> bool:
    """Whether nobody typed it."""
    if isinstance(act.event, e.ActivityLogged) and act.event.captured is not None:
        return act.event.captured == "machine"
    return act.kind == "integration"


@rule(
    "M2",
    "quality",
    japanese="合意したスコアに満たないリード、または部門間SLAが対象外とするリードを引き継いだ場合。引き継いだ部門の要因です。"
    "基準を外す判断をした人がいれば、その部門の要因です。",
)
def below_bar(case: Case) -> Iterator[Finding]:
    """M2: the lead was offered under the agreed score, or is of a kind that the agreement excludes. The giver bears it;
    where somebody overrode the bar, the overrider's department does."""
    for clock in case.of_kind("quality"):
        bar = clock.agreement.bar
        if clock.state != "missed" or bar is None or clock.handoff is None or (made := case.offers.get(clock.handoff)) is None:
            continue
        at, recorded, offered = made
        offer = at, recorded.position
        excluded, shown_by = outside(case, offer, clock.agreement)
        latest, briefed = scored_by(case, offer), offered.briefing.score
        if excluded is None and disagree(latest, briefed, bar.min_score):
            continue
        charged = department_of(recorded.actor) if offered.override and recorded.actor else clock.promisor
        score, given_at = briefed, None
        if excluded is None and latest is not None and (briefed is None or briefed >= bar.min_score):
            score, given_at, shown_by = latest[2], latest[0], latest[1]
        yield Finding(
            code="M2",
            shares=all_of(charged),
            promise=clock.term.id,
            position=recorded.position,
            episode=clock.episode,
            since=at,
            agreement=clock.agreement,
            about=about(clock),
            evidence=cited(recorded.position, shown_by),
            sentence=case.said(sentences.below_bar, charged, score, given_at, bar, excluded, clock.agreement),
            handoff=clock.handoff,
            against=case.against(opposing.to_scored, case, offer, bar, clock.agreement, is_over=True) if excluded is None else (),
        )


Scored = tuple[Instant, int, int]
"""When a score was given, at which position, and what it was."""


def scored_by(case: Case, offer: Key) -> Scored | None:
    """The episode's latest score when an offer was made."""
    episode = case.episode_of(*offer)
    if episode is None:
        return None
    begun, _ = case.span_of(episode)
    given = [(at, act.position, event.score) for at, act, event in case.logged(e.LeadScored) if begun <= (at, act.position) <= offer]
    return given[-1] if given else None


def disagree(latest: Scored | None, briefed: int | None, min_score: int) -> bool:
    """Whether the latest score and the briefing lie on different sides of the bar."""
    return latest is not None and briefed is not None and (latest[2] >= min_score) != (briefed >= min_score)


def outside(case: Case, offer: Key, agreement: Agreement) -> tuple[str | None, int | None]:
    """What of the lead's profile the agreement excludes when it was offered, and the position that says so."""
    bar = agreement.bar
    if bar is None or not (bar.excluded_channels or bar.excluded_industries):
        return None, None
    excluded = {"channel": bar.excluded_channels, "industry": bar.excluded_industries}
    profile = next((fact.profile for fact in reversed(case.story.facts) if fact.since <= offer[0]), None)
    for name, values in excluded.items():
        value = getattr(profile, name, None)
        if value in values:
            said = [
                act.position
                for at, act in case.acts
                if (at, act.position) < offer
                and isinstance(act.event, e.LeadCaptured | e.LeadProfiled)
                and getattr(act.event, name) == value
            ]
            return f"{name} {value}", said[-1] if said else None
    return None, None


@rule("M3", "offer", japanese="基準を満たしたリードを期限までに引き継ぐ約束が守られなかった場合。約束した部門の要因です。")
def late_offer(case: Case) -> Iterator[Finding]:
    """M3: the promise to offer a lead that is worth it was broken. The promisor bears it."""
    return promised(case, "M3", "offer")


@rule("M5", "re_engage", japanese="リサイクルしたリードに再アプローチする約束が守られなかった場合。約束した部門の要因です。")
def nurture_lapse(case: Case) -> Iterator[Finding]:
    """M5: the promise to turn to a recycled lead again was broken. The promisor bears it."""
    return promised(case, "M5", "re_engage")


def promise_at(agreement: Agreement, kind: str, leg: str) -> str:
    """The id of the promise of a kind at a leg; the leg itself where there is none."""
    promise: Promise | None = agreement.promise_of(kind, leg)
    return leg if promise is None else promise.id
