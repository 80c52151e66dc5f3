"""The terms of an agreement as sentences in English and Japanese, each known by its place, so that two versions can be
laid beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from api.words import PROMISES, STAGES, word
from domain.agreement import Agreement, Promise, Relay, Span
from domain.agreement_differences import told
from domain.findings import Sentence
from domain.wording import activity, inner, length, party


class Term(NamedTuple):
    """One term: its place in the document, and what it says."""

    place: str
    says: Sentence


class Terms(NamedTuple):
    """The terms of one kind. The heading is a word of the page."""

    heading: str
    terms: Sequence[Term]


def terms_of(agreement: Agreement, document: Mapping[str, Any]) -> list[Terms]:
    """All terms. `document` is how a person would write them: the calendar's days are told from it."""
    return [
        Terms("relay", [Term("stages", _stages(agreement)), *(Term(f"handoff {one.leg}", _handoff(one)) for one in agreement.handoffs)]),
        Terms("promises", [*_bar(agreement), *(Term(one.id, promise_in_words(one)) for one in agreement.promises)]),
        Terms("relays", [Term(one.id, _relay(one)) for one in agreement.relays]),
        Terms("rules", _rules(agreement)),
        Terms("calendar", [Term("zone", _same(agreement.zone)), *_calendar(document["calendar"])]),
    ]


def span(of: Span) -> Sentence:
    """`2 h 00 min of business time`, `営業時間で2時間`."""
    if of.business_days:
        return Sentence(f"{of.business_days} working day{'s' if of.business_days > 1 else ''}", f"{of.business_days}営業日")
    if of.business_seconds:
        long = length(of.business_seconds)
        return Sentence(f"{long.en} of business time", f"営業時間で{long.ja}")
    return length(of.wall_seconds)


def _same(text: str) -> Sentence:
    return Sentence(text, text)


def _stages(agreement: Agreement) -> Sentence:
    names = [word(STAGES, stage) for stage in agreement.stages]
    return Sentence(f"Stages: {', '.join(name.en for name in names)}.", f"ステージ：{'、'.join(name.ja for name in names)}。")


def _handoff(one: Any) -> Sentence:
    giver, receiver, stage = _inner(one.giver), _inner(one.receiver), word(STAGES, one.leg)
    return Sentence(f"At {stage.en}: {giver.en} hands over to {receiver.en}.", f"{stage.ja}：{giver.ja}から{receiver.ja}へ引き継ぎます。")


def _inner(name: str) -> Sentence:
    """A party in the middle of a sentence."""
    return Sentence(inner(name), party(name).ja)


def promise_in_words(promise: Promise) -> Sentence:
    """What one department promises another."""
    en, ja = _SAYS.get(promise.kind, ("{kind}: {p} promises {q} {within}.", "{kind}：{p}から{q}へ、{within}。"))
    texts = {
        "p": party(promise.promisor),
        "by": _inner(promise.promisor),
        "q": _inner(promise.promisee),
        "within": Sentence("", "") if promise.within is None else span(promise.within),
        "at": word(STAGES, promise.leg or promise.stage or ""),
        "kind": word(PROMISES, promise.kind),
    }
    numbers = {name: getattr(promise, name) for name in ("attempts", "channels", "days", "target")}
    return Sentence(
        en.format(**{name: text.en for name, text in texts.items()}, **numbers),
        ja.format(**{name: text.ja for name, text in texts.items()}, **numbers),
    )


_SAYS: Mapping[str, tuple[str, str]] = {
    "offer": (
        "{p} offers a lead that reached {at} to {q} within {within}.",
        "{p}は、{at}に達したリードを{within}以内に{q}へ引き継ぎます。",
    ),
    "quality": ("{p} offers {q} only leads that meet the bar at {at}.", "{p}は、{at}の基準を満たすリードだけを{q}へ引き継ぎます。"),
    "route": ("{p} gives a lead offered at {at} to an owner within {within}.", "{p}は、{at}の依頼から{within}以内に担当者を割り振ります。"),
    "decide": (
        "{p} accepts or turns down what is offered at {at} within {within}.",
        "{p}は、{at}の依頼を受け入れるか{within}以内に判断します。",
    ),
    "first_attempt": (
        "{p} makes its first attempt on a lead accepted at {at} within {within}.",
        "{p}は、{at}で受け入れたリードに{within}以内に初回アプローチします。",
    ),
    "depth": (
        "{p} tries {attempts} times over {channels} channels on {days} days within {within} before it gives a lead of {at} up.",
        "{p}は、{at}のリードを諦める前に、{within}以内に{attempts}回・{channels}手段・{days}日のアプローチをします。",
    ),
    "progress": (
        "{p} moves a lead in {at} on, or dates its next step, within {within}.",
        "{p}は、{at}のリードを{within}以内に進めるか、次回予定を決めます。",
    ),
    "report": ("{p} reports the outcome to {q} within {within}.", "{p}は、結果を{within}以内に{q}へ報告します。"),
    "re_engage": (
        "{p} turns to a recycled lead again within {within}.",
        "{p}は、リサイクルされたリードに{within}以内に再アプローチします。",
    ),
    "volume": ("{p} offers {q} {target} leads a month at {at}.", "{p}は、{at}で月{target}件のリードを{q}へ引き継ぎます。"),
    "acceptance_rate": (
        "{target} % of what {by} offers in a month at {at} is accepted by {q}.",
        "{p}が{at}で月内に引き継ぐリードの{target}%を、{q}が受け入れます。",
    ),
}


def _bar(agreement: Agreement) -> list[Term]:
    bar = agreement.bar
    if bar is None:
        return []
    stage, briefing = word(STAGES, bar.leg), ", ".join(bar.required_briefing)
    out = ", ".join((*bar.excluded_channels, *bar.excluded_industries))
    return [
        Term(
            "bar",
            Sentence(
                f"The bar at {stage.en}: a score of {bar.min_score} or more"
                + (f", with {briefing}" if briefing else "") + (f"; never {out}" if out else "") + ".",
                f"{stage.ja}の引き継ぎ基準：スコア{bar.min_score}以上"
                + (f"、記載必須：{briefing}" if briefing else "") + (f"、対象外：{out}" if out else "") + "。",
            ),
        )
    ]  # fmt: skip


def _relay(relay: Relay) -> Sentence:
    within, names = span(relay.within), [word(PROMISES, one.partition(".")[0]) for one in relay.promises]
    return Sentence(
        f"All in all within {within.en}: {', '.join(name.en for name in names)}.",
        f"全体で{within.ja}以内：{'、'.join(name.ja for name in names)}。",
    )


def _rules(agreement: Agreement) -> list[Term]:
    """What holds beside the promises."""
    pause = span(agreement.max_pause)
    silent = (
        Sentence("An offer that nobody answers in time counts as accepted.", "期限内に判断のない依頼は受け入れとみなします。")
        if agreement.deem_accepted
        else Sentence("An offer that nobody answers stays open.", "判断のない依頼は未回答のままとします。")
    )
    terms = [
        Term("deem_accepted", silent),
        Term("max_pause", Sentence(f"A promise may rest for {pause.en} at most.", f"保留は最長{pause.ja}です。")),
    ]
    if agreement.dispute_within is not None:
        within = span(agreement.dispute_within)
        terms.append(
            Term("dispute_within", Sentence(f"A verdict may be disputed for {within.en}.", f"判定への異議申立ては{within.ja}以内です。"))
        )
    for kind, late in agreement.late_after.items():
        after, what = span(late), Sentence("other things", "その他") if kind == "default" else activity(kind)
        said = Sentence(
            f"{what.en.capitalize()}: written down late after {after.en}.", f"{what.ja}：{after.ja}を超えた記録は「後から記録」とします。"
        )
        terms.append(Term(f"late_after {kind}", said))
    for stage, planned in agreement.plan_per_day.items():
        name = word(STAGES, stage)
        said = Sentence(f"Planned at {name.en}: {planned} leads a day.", f"{name.ja}の計画：1日{planned}件。")
        terms.append(Term(f"plan_per_day {stage}", said))
    if agreement.warn_at_percent:
        shares = ", ".join(map(str, agreement.warn_at_percent))
        terms.append(Term("warn_at_percent", Sentence(f"Warned at {shares} % of the time.", f"期限までの{shares}%で通知します。")))
    return terms


_DAYS_JA = {"mon": "月", "tue": "火", "wed": "水", "thu": "木", "fri": "金", "sat": "土", "sun": "日"}


def _calendar(calendar: Mapping[str, Any]) -> list[Term]:
    """Opening hours by day, and what else the calendar is made from."""
    weekly = [
        Term(f"calendar weekly {day}", Sentence(f"{day.title()} {told(hours)}", f"{_DAYS_JA[day]} {told(hours).replace(' and ', '、')}"))
        for day, hours in calendar.get("weekly", {}).items()
    ]
    words = {"holidays": "祝日", "closed_yearly": "毎年の休業日", "extra": "個別の日", "closed": "休業日"}
    others = [
        Term(
            f"calendar {name}", Sentence(f"{name.replace('_', ' ').capitalize()}: {told(value)}", f"{words.get(name, name)}：{told(value)}")
        )
        for name, value in calendar.items()
        if name not in ("weekly", "resolved")
    ]
    return [*weekly, *others]
