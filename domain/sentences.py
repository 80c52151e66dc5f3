"""What each finding says, in one sentence of English and one of Japanese, with the figures. Departments are named,
people never: they stand in the evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domain import events as e
from domain.agreement import Agreement, Bar, Promise, Relay, Span
from domain.clocks import Clock
from domain.findings import NAMES, Finding, Sentence
from domain.vocabulary import Instant
from domain.wording import activity, counted, inner, length, party, shares, when

_ACTS: Mapping[str, tuple[str, str, str, str]] = {
    "offer": ("offered the lead", "has not offered the lead", "引き継ぎ", "an offer"),
    "route": ("routed the lead", "has not routed the lead", "割り振り", "an assignment to an owner"),
    "decide": ("decided on the handoff", "did not decide on the handoff", "判断", "an answer"),
    "first_attempt": ("made its first attempt", "has not made its first attempt", "初回アプローチ", "an attempt"),
    "report": ("reported the outcome", "has not reported the outcome", "結果報告", "a report"),
    "re_engage": ("turned to the recycled lead", "has not turned to the recycled lead", "再アプローチ", "a nurture activity or an offer"),
    "progress": ("moved the lead on", "has not moved the lead on", "進捗", "a next step"),
}
"""By kind of promise: what was done late, what was not done, the word in Japanese, and what would have kept it."""

_CODES_JA: Mapping[str, str] = {
    "M1": "情報不備",
    "M2": "引き継ぎ基準未達",
    "M3": "引き継ぎ遅延",
    "M4": "目標未達",
    "M5": "再アプローチ未実施",
    "O1": "割り振り遅延・誤り",
    "O2": "データ連携遅延",
    "O3": "担当者不在",
    "R1": "受け入れ判断の遅延",
    "R2": "初回アプローチ遅延",
    "R3": "フォロー不足",
    "R4": "差し戻し不備",
    "R5": "停滞・報告遅延",
    "R6": "保留不備",
    "E1": "全体期限の超過",
    "S1": "引き継ぎの往復",
    "S2": "流入集中",
    "C1": "お客様事情",
    "N1": "免責・該当なし",
    "U1": "判定不能",
    "L1": "失注との関連",
}


def code_in_japanese(code: str) -> str:
    """`R2` → 初回アプローチ遅延."""
    return _CODES_JA[code]


# Promises broken in time


def broken(clock: Clock, until: Instant, overrun_seconds: int) -> Sentence:
    """Done after the agreed hour, or not at all."""
    assert isinstance(clock.term, Promise)
    assert clock.due_at is not None
    did, did_not, noun, _ = _ACTS[clock.term.kind]
    who, within = party(clock.promisor), clock.term.within
    if clock.stopped_at is None:
        return _not_done(clock, until, f"{who.en} {did_not}", noun)
    due, stop = when(clock.due_at, clock.agreement, clock.stopped_at), when(clock.stopped_at, clock.agreement, clock.due_at)
    over, of = length(overrun_seconds), counted(within)
    agreed = "day" if within is not None and within.business_days else "hour"
    english = f"{who.en} {did} {over.en}{of.en} after the agreed {agreed}: due {due.en}, recorded {stop.en}."
    return Sentence(english, f"期限{due.ja}、{noun}{stop.ja}（{of.ja}{over.ja}超過）。")


def _not_done(clock: Clock, until: Instant, beginning: str, noun: str) -> Sentence:
    assert clock.due_at is not None
    due = when(clock.due_at, clock.agreement, until)
    english, japanese = f"{beginning}: due {due.en}, and nothing is recorded", f"期限{due.ja}までに{noun}の記録がありません"
    if clock.is_open:
        return Sentence(f"{english}.", f"{japanese}。")
    if isinstance(clock.term, Promise) and clock.term.kind == "decide" and clock.stopped_by is not None and until <= clock.due_at:
        return Sentence(f"{english}; silence counted as acceptance.", f"{japanese}（自動的に受け入れ扱い）。")
    end = when(until, clock.agreement, clock.due_at)
    return Sentence(f"{english} by {end.en}, when it ended without it.", f"{japanese}（{end.ja}に終了）。")


def kept_by(clock: Clock) -> Sentence | None:
    """What would have kept a promise."""
    if not isinstance(clock.term, Promise) or clock.due_at is None or clock.term.kind not in _ACTS:
        return None
    _, _, noun, thing = _ACTS[clock.term.kind]
    due = when(clock.due_at, clock.agreement, clock.started_at)
    return Sentence(f"{thing[:1].upper()}{thing[1:]} on record by {due.en}.", f"{due.ja}までの{noun}の記録。")


def confirmation(clock: Clock, claimed_at: Instant) -> Sentence:
    """What would let a late note count for when it says that it happened."""
    assert isinstance(clock.term, Promise)
    claim = when(claimed_at, clock.agreement)
    promisee = party(clock.term.promisee)
    return Sentence(
        f"A call, mail or meeting that a machine recorded within 15 minutes of {claim.en}, or a confirmation by"
        f" {inner(clock.term.promisee)}.",
        f"{claim.ja}の前後15分以内の自動記録、または{promisee.ja}の確認。",
    )


def stalled(clock: Clock, searched_from: Instant) -> Sentence:
    """No progress, and nobody at work on it."""
    assert clock.due_at is not None
    due, since = when(clock.due_at, clock.agreement, searched_from), when(searched_from, clock.agreement, clock.due_at)
    who = party(clock.promisor)
    return Sentence(
        f"{who.en} let the lead rest ({clock.term.id}): due to move on by {due.en}, no activity"
        f" of its own in the five working days before ({since.en} on) and no dated next step.",
        f"期限{due.ja}まで5営業日、活動も次回予定もありません。",
    )


def shallow(clock: Clock, attempts: int, channels: int, days: int) -> Sentence:
    """Followed up less than agreed."""
    promise = clock.term
    assert isinstance(promise, Promise)
    agreed = _depth(promise.attempts, promise.channels, promise.days)
    found = _depth(attempts, channels, days)
    return Sentence(
        f"{party(clock.promisor).en} followed up less than agreed: agreed {agreed.en}, recorded {found.en}.",
        f"合意{agreed.ja}、記録{found.ja}。",
    )


def _depth(attempts: int, channels: int, days: int) -> Sentence:
    parts = (_many(attempts, "attempt"), _many(channels, "channel"), _many(days, "day"))
    return Sentence("{} on {} over {}".format(*parts), f"{attempts}回・{channels}手段・{days}日")


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def shared_out(sentence: Sentence, told: Mapping[str, int]) -> Sentence:
    """The sentence with the shares, where several parties bear them."""
    if len(told) < 2:
        return sentence
    parts = shares(told)
    return Sentence(f"{sentence.en.removesuffix('.')}; {parts.en}.", f"{sentence.ja.removesuffix('。')}（{parts.ja}）。")


# What was handed over


def bad_data(giver: str, receiver: str, rejected_at: Instant, found: tuple[Instant, e.AnyEvent] | str, agreement: Agreement) -> Sentence:
    """The record bears a clerical rejection out."""
    who, turned = party(giver), when(rejected_at, agreement)
    tail = f"; {inner(receiver)} turned it down {turned.en}."
    if isinstance(found, str):
        return Sentence(
            f"{who.en} handed the lead over without its {found.replace('_', ' ')}, which the agreement requires{tail}",
            f"必須項目「{found}」が空のまま引き継がれました（{turned.ja} 差し戻し）。",
        )
    at, event = found
    seen = when(at, agreement, rejected_at)
    match event:
        case e.ActivityLogged(outcome="bounced"):
            return Sentence(
                f"The address that {inner(giver)} handed over bounced ({seen.en}){tail}",
                f"引き継がれたメールアドレスは無効でした（{seen.ja} 不達）。",
            )
        case e.ActivityLogged():
            return Sentence(
                f"The number that {inner(giver)} handed over was dead ({seen.en}){tail}",
                f"引き継がれた電話番号は無効でした（{seen.ja} 不通）。",
            )
        case _:
            return Sentence(
                f"{who.en} handed over a duplicate of an open lead (merged {seen.en}){tail}",
                f"引き継がれたリードは重複でした（{seen.ja} 統合）。",
            )


def below_bar(charged: str, score: int | None, scored_at: Instant | None, bar: Bar, excluded: str | None, agreement: Agreement) -> Sentence:
    """Handed over under the bar, or outside it."""
    who = party(charged)
    if excluded is not None:
        return Sentence(
            f"{who.en} handed over a lead of a kind that the agreement excludes: {excluded}.",
            f"対象外の条件のまま引き継がれました（{excluded}）。",
        )
    if score is None:
        return Sentence(f"{who.en} handed the lead over without a score (agreed: at least {bar.min_score}).",
                        f"スコアなしで引き継がれました（基準{bar.min_score}）。")  # fmt: skip
    source = "in its briefing" if scored_at is None else f"given {when(scored_at, agreement).en}"
    return Sentence(
        f"{who.en} handed the lead over with a score of {score} {source} (agreed: at least {bar.min_score}).",
        f"スコア{score}で引き継がれました（基準{bar.min_score}）。",
    )


def bad_reject(
    receiver: str, rejection: e.HandoffRejected, contact_at: Instant, score: int | None, bar: Bar | None, agreement: Agreement
) -> Sentence:
    """The record contradicts a rejection."""
    contact, who = when(contact_at, agreement), party(receiver)
    if score is not None and bar is not None:
        return Sentence(
            f"{who.en} turned the lead down as {rejection.reason} after a contact ({contact.en}); the record says otherwise:"
            f" its score was {score} (agreed: at least {bar.min_score}).",
            f"理由「{rejection.reason}」は記録（{score}点、基準{bar.min_score}）と一致しません（{contact.ja} 接触済み）。",
        )
    return Sentence(
        f"{who.en} turned the lead down as {rejection.reason} after a contact ({contact.en}); nothing on record bears it out.",
        f"理由「{rejection.reason}」を裏付ける記録がありません（{contact.ja} 接触済み）。",
    )


def overturned_reject(receiver: str, rejected_at: Instant, ruled_at: Instant, agreement: Agreement) -> Sentence:
    """An arbiter overturned a rejection."""
    rejected, ruled = when(rejected_at, agreement, ruled_at), when(ruled_at, agreement, rejected_at)
    return Sentence(
        f"The rejection by {inner(receiver)} of {rejected.en} was overturned by a ruling, recorded {ruled.en}.",
        f"{rejected.ja}の差し戻しは、{ruled.ja}の裁定で取り消されました。",
    )


# Operations


def misrouted(receiver: str, rejection: e.HandoffRejected, at: Instant, agreement: Agreement) -> Sentence:
    """Turned down because it came to the wrong place."""
    turned = when(at, agreement)
    return Sentence(
        f"{party(receiver).en} turned the lead down {turned.en} as {rejection.reason}: it was routed to the wrong place.",
        f"手続き上の理由「{rejection.reason}」で差し戻されました（{turned.ja}）。割り振りの誤りです。",
    )


def lagged(clock: Clock, recorded: e.Recorded) -> Sentence:
    """In time, but the ledger heard of it after due."""
    assert clock.due_at is not None
    event, agreement = recorded.event, clock.agreement
    noun = activity(event.kind) if isinstance(event, e.ActivityLogged) else Sentence("record", "記録")
    at, due, told = (when(one, agreement, recorded.recorded_at) for one in (recorded.occurred_at, clock.due_at, recorded.recorded_at))
    return Sentence(
        f"The {noun.en} of {at.en} was in time (due {due.en}) and reached the ledger {told.en}; the lag is not {inner(clock.promisor)}'s.",
        f"{noun.ja}{at.ja}（期限内）、台帳記録{told.ja}。担当部門は超過扱いにしません。",
    )


def limbo(department: str, since: Instant, until: Instant | None, agreement: Agreement) -> Sentence:
    """Nobody owned the lead."""
    begun = when(since, agreement)
    if until is None:
        return Sentence(
            f"The lead has had no active owner in {inner(department)} since {begun.en}.", f"{begun.ja}から、有効な担当者がいません。"
        )
    begun, ended = when(since, agreement, until), when(until, agreement, since)
    return Sentence(
        f"The lead had no active owner in {inner(department)} from {begun.en} until {ended.en}.",
        f"{begun.ja}〜{ended.ja}、有効な担当者がいません。",
    )


# Pauses


def unheard(department: str, paused_at: Instant, since: Instant, until: Instant, agreement: Agreement) -> Sentence:
    """Paused for a customer of whom nothing was heard."""
    pause, begun, ended = when(paused_at, agreement, until), when(since, agreement, until), when(until, agreement, since)
    return Sentence(
        f"{party(department).en} paused its clocks for the customer {pause.en}, and no word of the customer is on record from {begun.en}"
        f" until {ended.en}; the pause does not count.",
        f"{pause.ja}の保留にお客様の連絡記録がなく、保留時間を戻しました。",
    )


def last_moment(department: str, pauses: Sequence[Instant], agreement: Agreement) -> Sentence:
    """Paused again when the time was nearly used up."""
    told = [when(at, agreement, *pauses) for at in pauses]
    return Sentence(
        f"{party(department).en} began a pause in the last fifth of its time again ({' and '.join(one.en for one in told)});"
        " the latter does not count.",
        f"残り2割での保留が{len(told)}回目です（{'、'.join(one.ja for one in told)}）。最後の保留時間を戻しました。",
    )


# The whole way


def late_relay(clock: Clock, spent: int, overruns: Mapping[str, int], until: Mapping[str, Instant]) -> Sentence:
    """An end-to-end target was missed, who went over their budgets, and until when each had a part in it."""
    relay = clock.term
    assert isinstance(relay, Relay)
    assert clock.due_at is not None
    agreed = _span(relay.within)
    took, due = length(spent), when(clock.due_at, clock.agreement)
    english, japanese = [], []
    for name, seconds in overruns.items():
        end = when(until[name], clock.agreement, clock.due_at) if name in until else None
        english.append(f"{inner(name)} {length(seconds).en}{f' (until {end.en})' if end else ''}")
        japanese.append(f"{party(name).ja}{length(seconds).ja}{f'（{end.ja}まで）' if end else ''}")
    verb = "has taken" if clock.is_open else "took"
    return Sentence(
        f"The relay {relay.id} {verb} {took.en}{counted(relay.within).en} of {agreed.en} agreed (due {due.en}); over budget:"
        f" {', '.join(english)}.",
        f"全体期限{agreed.ja}（{due.ja}）に対し{took.ja}。予算超過：{'、'.join(japanese)}。",
    )


def _span(within: Span) -> Sentence:
    if within.business_days:
        return Sentence(_many(within.business_days, "working day"), f"{within.business_days}営業日")
    return length(within.business_seconds or within.wall_seconds)


def within_budgets(clock: Clock) -> Sentence:
    """A relay missed although each kept to its budget."""
    assert clock.due_at is not None
    due = when(clock.due_at, clock.agreement)
    return Sentence(
        f"The relay {clock.term.id} missed its target (due {due.en}) though no party went over its budget.",
        f"全体期限（{due.ja}）を超過しましたが、予算を超えた部門はありません。",
    )


def excused(clock: Clock, seconds: int) -> Sentence:
    """Broken only by time that was nobody's."""
    assert clock.due_at is not None
    due, out = when(clock.due_at, clock.agreement), length(seconds)
    return Sentence(
        f"{clock.term.id} was not kept (due {due.en}), but {out.en} of it lay in a declared outage; without that its time was not used up.",
        f"{clock.term.id}（期限{due.ja}）の超過は障害時間{out.ja}によるものです。",
    )


def ping_pong(changes: int, holder: str, spans: Mapping[str, int], at: Sequence[Instant], agreement: Agreement) -> Sentence:
    """The lead went to and fro."""
    held = [(inner(name), party(name).ja, length(seconds)) for name, seconds in spans.items() if seconds]
    said = ", ".join(f"{name} {seconds.en}" for name, _, seconds in held)
    told = "、".join(f"{name}{seconds.ja}" for _, name, seconds in held)
    first, third = when(at[0], agreement, at[-1]), when(at[-1], agreement, at[0])
    return Sentence(
        f"The lead changed hands {changes} times and came back to {inner(holder)}; business time in custody from the first"
        f" change ({first.en}) to the third ({third.en}): {said}.",
        f"{changes}回移り、元の部門（{party(holder).ja}）に戻りました（{first.ja}〜{third.ja}：{told}）。",
    )


# The customer, nobody, and what nobody can tell


def silent_customer(reason: str, met_at: Instant, agreement: Agreement) -> Sentence:
    """Followed up as agreed, and the customer did not answer."""
    met = when(met_at, agreement)
    return Sentence(
        f"The agreed follow-up was made by {met.en}, and the customer did not answer ({reason}).",
        f"合意の回数を満たしましたが（{met.ja}）、返信がありません（{reason}）。",
    )


def declined(reason: str, contact_at: Instant, agreement: Agreement) -> Sentence:
    """The customer said no."""
    contact = when(contact_at, agreement)
    return Sentence(
        f"The customer declined after a contact ({contact.en}): {reason}.", f"接触後（{contact.ja}）にお客様が見送られました（{reason}）。"
    )


def no_show(at: Instant, agreement: Agreement) -> Sentence:
    """The customer did not come."""
    missed = when(at, agreement)
    return Sentence(f"The customer did not come to the appointment of {missed.en}.", f"{missed.ja}の約束にお客様が来られませんでした。")


def scores_disagree(latest: int, briefed: int, bar: Bar) -> Sentence:
    """Whether the lead was good enough cannot be told."""
    return Sentence(
        f"Its latest score ({latest}) and the briefing ({briefed}) lie on different sides of the agreed {bar.min_score}.",
        f"スコア{latest}と引き継ぎ情報{briefed}が基準{bar.min_score}をまたいで一致しません。",
    )


def accepted_unoffered(department: str, handoff: str, at: Instant, agreement: Agreement) -> Sentence:
    """Somebody took what nobody gave."""
    took = when(at, agreement)
    return Sentence(
        f"{party(department).en} accepted {handoff} {took.en}, which was never offered." if department
        else f"{handoff} was accepted {took.en}, and was never offered.",
        f"依頼の記録がない引き継ぎ「{handoff}」が受け入れられました（{took.ja}）。",
    )  # fmt: skip


def straddling(clock: Clock, not_before: Instant, not_after: Instant) -> Sentence:
    """On which side of due it happened cannot be told."""
    assert clock.due_at is not None
    low, due, high = (when(at, clock.agreement, not_before, not_after) for at in (not_before, clock.due_at, not_after))
    return Sentence(
        f"The change that ended {clock.term.id} happened between {low.en} and {high.en}; it was due {due.en}, and nobody can"
        " tell on which side.",
        f"変更は{low.ja}〜{high.ja}の間で、期限{due.ja}の前後を判定できません。",
    )


def two_outcomes(first: str, second: str) -> Sentence:
    """Two sources tell different ends."""
    return Sentence(
        f"Two sources name different outcomes: {first} and {second}.",
        f"2つの記録元の結果が一致しません（{first}と{second}）。",
    )


def associated(outcome: str, reason: str, found: Iterable[Finding]) -> Sentence:
    """What preceded a loss and fits its reason; more than that nobody can say."""
    english, japanese = [], []
    for one in found:
        since, over = when(one.since, one.agreement), sum(one.overruns.values())
        parties = " and ".join(inner(name) for name in one.shares)
        english.append(
            f"{NAMES[one.code].replace('_', ' ')} ({one.code}, {parties}, {since.en}{f', {length(over).en} over' if over else ''})"
        )
        japanese.append(f"{_CODES_JA[one.code]}（{since.ja}{f'、{length(over).ja}超過' if over else ''}）")
    word = "失注前" if outcome == "lost" else "対象外となる前"
    return Sentence(
        f"The loss ({reason}) is associated with {', '.join(english)}.",
        f"{word}に{'、'.join(japanese)}があります（原因とは断定しません）。",
    )


def ruled(sentence: Sentence, ruling: str, told: Mapping[str, int], at: Instant, agreement: Agreement) -> Sentence:
    """The sentence after an arbiter's ruling."""
    said, parts = when(at, agreement), shares(told)
    match ruling:
        case "upheld":
            return Sentence(f"{sentence.en} Upheld {said.en}.", f"{sentence.ja}裁定（{said.ja}）：判定維持。")
        case "overturned":
            return Sentence(f"Overturned {said.en}; it read: {sentence.en}", f"裁定（{said.ja}）：判定取消。元の判定：{sentence.ja}")
        case _:
            return Sentence(f"{sentence.en} Split {said.en}: {parts.en}.", f"{sentence.ja}裁定（{said.ja}）：割合変更、{parts.ja}。")
