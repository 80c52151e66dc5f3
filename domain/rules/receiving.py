"""What the receiver of a lead answers for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import pairwise

from domain import events as e
from domain import sentences
from domain.agreement import Agreement, Promise
from domain.clocks import Clock, elapsed
from domain.findings import Finding, Sentence, Shares, Window, all_of, by_overrun, cited
from domain.order import Act
from domain.rules import opposing
from domain.rules.book import rule
from domain.rules.case import Breach, Case, Rejection, working_days_before
from domain.rules.giving import borne_out, disagree, known_then, outside, promise_at, scored_by
from domain.rules.timed import excused, promised, timed
from domain.vocabulary import CUSTOMER, NOBODY, Instant, department_of
from domain.wording import local


@rule(
    "R1",
    "decide",
    japanese="引き継ぎの依頼に期限までに判断する約束が守られなかった場合。回答がなく自動的に受け入れとなった場合も含みます。"
    "受け手の要因です。",
)
def no_decision(case: Case) -> Iterator[Finding]:
    """R1: the promise to decide on an offer was broken; silence that counts as acceptance breaks it. The receiver bears
    it."""
    return promised(case, "R1", "decide")


@rule(
    "R2", "first_attempt", japanese="初回アプローチの約束が守られなかった場合。期限後に次の対応部門だった時間に応じて、各部門の要因です。"
)
def late_touch(case: Case) -> Iterator[Finding]:
    """R2: the promise of a first attempt was broken. Each party bears it for the time after due in which it owed the
    next move."""
    for breach in case.breaches("first_attempt"):
        if breach.is_excused:
            yield excused(case, breach.clock)
            continue
        clock = breach.clock
        seconds = _after_due(case, clock)
        if len(seconds) < 2:
            yield timed(case, "R2", breach)
            continue
        shares = by_overrun(seconds)
        sentence = case.said(_shared_out, breach, shares)
        yield timed(case, "R2", breach, shares, seconds, sentence, _passed_on(case, clock, breach.until))


def _shared_out(breach: Breach, shares: Shares) -> Sentence:
    return sentences.shared_out(sentences.broken(breach.clock, breach.until, breach.overrun), shares)


def _after_due(case: Case, clock: Clock) -> Mapping[str, int]:
    """Seconds after due by the party that owed the next move, in the order of the story."""
    found: dict[str, int] = {}
    for part in case.parts(clock):
        since = part.from_ if clock.due_at is None else max(part.from_, clock.due_at)
        if part.party not in (CUSTOMER, NOBODY) and since < part.until:
            seconds = elapsed(clock, since, part.until) or 0
            if seconds:
                found[part.party] = found.get(part.party, 0) + seconds
    return found


def _passed_on(case: Case, clock: Clock, until: Instant) -> tuple[int, ...]:
    """The positions at which the next move passed on to another party after due."""
    segments = next((episode.segments for episode in case.story.episodes if episode.number == clock.episode), ())
    return tuple(
        after.opened_by
        for before, after in pairwise(segments)
        if before.responsible != after.responsible and (clock.due_at or 0) < after.from_ < until
    )


@rule(
    "R3",
    "depth",
    japanese="合意した回数・手段・日数のフォローが行われなかった場合、またはその前に終了した場合。受け手の要因です。リードが情報不備か引き継ぎ基準未達なら、"
    "この判定は出ません。",
)
def shallow(case: Case) -> Iterator[Finding]:
    """R3: the promise of so many attempts on so many channels over so many days was broken, or the lead was given up
    before. The receiver bears it, unless the lead was bad data or below the bar."""
    for breach in case.breaches("depth"):
        clock = breach.clock
        assert isinstance(clock.term, Promise)
        yield timed(case, "R3", breach, overruns={clock.promisor: 0}, sentence=case.said(_depth, case, breach, clock.term))


def _depth(case: Case, breach: Breach, promise: Promise) -> Sentence:
    """What was done of what was agreed."""
    clock = breach.clock
    offer = None if clock.handoff is None else case.offers.get(clock.handoff)
    since = clock.started_at if offer is None else offer[0]
    attempts = [
        (at, event.kind)
        for at, act, event in case.logged(e.ActivityLogged)
        if since <= at <= breach.until and event.direction == "outbound"
        and act.actor is not None and department_of(act.actor) == clock.promisor
        and (promise.count_automated or not event.automated)
    ]  # fmt: skip
    days = {clock.agreement.calendar.date_worked(at) for at, _ in attempts} - {None}
    return sentences.shallow(clock, len(attempts), len({kind for _, kind in attempts}), len(days))


@rule(
    "R4",
    "decide",
    japanese="受け手が本人と接触した後、記録と一致しない理由で差し戻した場合（基準以上なのに基準未満、裏付けのない情報不備）"
    "、または裁定で差し戻しが取り消された場合。受け手の要因です。遅いだけなら R1 です。",
)
def bad_reject(case: Case) -> Iterator[Finding]:
    """R4: the receiver turned the offer down after a contact with the person, for a reason that the record contradicts
    (as not good enough though it is over the bar; for bad data though nothing bears that out), or an arbiter overturned
    the rejection. The receiver bears it. Lateness alone is R1."""
    for rejection in case.rejections:
        agreement = case.agreement_of(rejection.offer)
        dispute = case.disputes.get(rejection.position)
        if dispute is not None and dispute.state == "overturned" and dispute.ruled is not None:
            ruled_at, ruled = case.by_position[dispute.ruled.position]
            sentence = case.said(sentences.overturned_reject, rejection.receiver, rejection.at, ruled_at, agreement)
            yield _bad_reject(rejection, agreement, ruled_at, cited(rejection.position, dispute.opened.position, ruled.position), sentence)
            continue
        contact = next((one for one in case.contacts(rejection.offered_at, rejection.at) if _counts(one, rejection)), None)
        if contact is None or (contradicted := _contradicted(case, rejection, agreement)) is None:
            continue
        score, shown_by = contradicted
        sentence = case.said(sentences.bad_reject, rejection.receiver, rejection.event, contact[0], score, agreement.bar, agreement)
        found = _bad_reject(rejection, agreement, rejection.at, cited(contact[1].position, rejection.position, shown_by), sentence)
        yield found._replace(against=case.against(opposing.to_bad_reject, case, rejection, agreement))


def _counts(contact: Act, rejection: Rejection) -> bool:
    """Whether a contact speaks against a rejection: what the other side wrote down afterwards does not."""
    at, act = contact
    return known_then(at, act, rejection) or (act.actor is not None and department_of(act.actor) == rejection.receiver)


def _bad_reject(rejection: Rejection, agreement: Agreement, since: Instant, evidence: tuple[int, ...], sentence: Sentence) -> Finding:
    return Finding(
        code="R4",
        shares=all_of(rejection.receiver),
        promise=promise_at(agreement, "decide", rejection.offered.leg),
        position=rejection.offer.position,
        episode=rejection.episode,
        since=since,
        agreement=agreement,
        about={"handoff": rejection.handoff},
        evidence=evidence,
        sentence=sentence,
        handoff=rejection.handoff,
        rejection=rejection.position,
    )


def _contradicted(case: Case, rejection: Rejection, agreement: Agreement) -> tuple[int | None, int | None] | None:
    """The score that contradicts a rejection and the position that gave it, each None where that is not what does;
    None where nothing contradicts it."""
    if rejection.event.kind == "clerical":
        return None if borne_out(case, rejection) else (None, None)
    bar, offer = agreement.bar, (rejection.offered_at, rejection.offer.position)
    if rejection.event.kind != "definitional" or bar is None or bar.leg != rejection.offered.leg:
        return None
    latest, briefed = scored_by(case, offer), rejection.offered.briefing.score
    score = briefed if latest is None else latest[2]
    if score is None or score < bar.min_score or disagree(latest, briefed, bar.min_score) or outside(case, offer, agreement)[0]:
        return None
    if latest is None or briefed == score:
        return score, rejection.offer.position
    return score, latest[1]


@rule("R5", "report", japanese="結果または返却を報告する約束が守られなかった場合。約束した部門の要因です。")
def unreported(case: Case) -> Iterator[Finding]:
    """R5: the promise to report an outcome or a return was broken. The promisor bears it."""
    return promised(case, "R5", "report")


_DAYS_SEARCHED = 5


@rule(
    "R5",
    "progress",
    japanese="リードを次へ進める約束が守られず、期限前の5営業日に約束した部門の活動がなく、日付のある次回予定もない場合。約束した部門の要因です。",
)
def stalled(case: Case) -> Iterator[Finding]:
    """R5: the promise to move a lead on was broken, with no activity of the promisor in the five working days before
    due and no dated next step ahead. The promisor bears it."""
    for breach in case.breaches("progress"):
        clock = breach.clock
        if clock.due_at is None:
            continue
        if breach.is_excused:
            yield excused(case, clock)
            continue
        since = searched_from(clock.agreement, clock.due_at)
        if not _at_work(case, clock, since, clock.due_at) and not _next_step(case, clock, clock.due_at):
            found = timed(case, "R5", breach, sentence=case.said(sentences.stalled, clock, since))
            against = case.against(opposing.to_breach, case, clock, clock.due_at, since)
            yield found._replace(evidence=cited(clock.started_by), window=Window(since, clock.due_at), against=against)


def searched_from(agreement: Agreement, due_at: Instant) -> Instant:
    """From when on signs of progress are looked for, up to due."""
    return working_days_before(agreement, due_at, _DAYS_SEARCHED)


def _at_work(case: Case, clock: Clock, since: Instant, due_at: Instant) -> bool:
    return any(
        since <= at <= due_at and not event.automated and act.actor is not None and department_of(act.actor) == clock.promisor
        for at, act, event in case.logged(e.ActivityLogged)
    )


def _next_step(case: Case, clock: Clock, due_at: Instant) -> bool:
    """Whether the deal that is in sight at due is expected to close later."""
    ahead: date | None = None
    for at, act in case.acts:
        if clock.started_at <= at <= due_at and isinstance(act.event, e.OpportunityOpened | e.OpportunityAmended):
            ahead = act.event.expected_close or ahead
    return ahead is not None and ahead > local(due_at, clock.agreement).date()
