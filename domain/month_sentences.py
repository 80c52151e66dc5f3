"""What findings about whole months say, in one sentence of English and one of Japanese, with the figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from domain.agreement import Agreement, Handoff, Promise
from domain.findings import Sentence
from domain.periods import Offered
from domain.vocabulary import Instant
from domain.wording import inner, party, when

NOTHING = Sentence("", "")
SET_ASIDE = Sentence(
    "A ruling that sets a rejection of the month aside, or a record that was not in the ledger yet.",
    "差し戻しを取り消す裁定、または未記録の引き継ぎの記録。",
)
_ANNOUNCED, _UNANNOUNCED = Sentence("as announced", "事前告知あり"), Sentence("which was not announced", "事前告知なし")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def _month(day: date) -> Sentence:
    return Sentence(f"{_MONTHS[day.month - 1]} {day.year}", f"{day.month}月")


def too_few(promise: Promise, day: date, actual: int) -> Sentence:
    """Fewer good offers than promised."""
    month, lacking = _month(day), promise.target - actual
    return Sentence(
        f"{party(promise.promisor).en} made {actual} good {_offers(actual)} in {month.en}, {lacking} fewer than the"
        f" {promise.target} agreed ({promise.id}).",
        f"{month.ja}は{actual}件、目標に{lacking}件不足です。",
    )


def too_small_a_share(promise: Promise, day: date, accepted: int, decided: int) -> Sentence:
    """A smaller share accepted than promised."""
    month, percent = _month(day), _tenths(1_000 * accepted // decided)
    return Sentence(
        f"Of the {decided} offers by {inner(promise.promisor)} in {month.en} that were decided or due, {accepted} were accepted"
        f" ({percent} %); agreed are {promise.target} % ({promise.id}).",
        f"{month.ja}の受け入れ率は{percent}%（{decided}件中{accepted}件）、目標{promise.target}%に届きません。",
    )


def _tenths(number: int) -> str:
    """27 → 2.7."""
    return f"{number // 10}.{number % 10}"


def _offers(number: int) -> str:
    return "offer" if number == 1 else "offers"


def enough(lacking: int) -> Sentence:
    """What would have kept a volume."""
    return Sentence(f"{lacking} more good {_offers(lacking)} by the end of the month.", f"月末までにあと{lacking}件の引き継ぎ。")


def accepted_more(lacking: int) -> Sentence:
    """What would have kept a rate of acceptance."""
    return Sentence(f"{lacking} more of them accepted.", f"あと{lacking}件の受け入れ。")


def surge(handoff: Handoff, offers: Sequence[Offered], plan: int, is_announced: bool, agreement: Agreement) -> Sentence:
    """More in a day than was planned."""
    first, last = offers[0].offered_at, offers[-1].offered_at
    begin, end = when(first, agreement, last), when(last, agreement, first)
    many, planned, told = len(offers), _planned(len(offers), plan), _ANNOUNCED if is_announced else _UNANNOUNCED
    return Sentence(
        f"{party(handoff.giver).en} offered {many} leads to {inner(handoff.receiver)} within 24 hours ({begin.en} to {end.en}),"
        f" {planned.en}, {told.en}.",
        f"1日{many}件、{planned.ja}です（{begin.ja}〜{end.ja}、{told.ja}）。",
    )


def _planned(many: int, plan: int) -> Sentence:
    """How many times the plan, to one place; where none was planned there is no such number."""
    if not plan:
        return Sentence("where none is planned", "計画0件")
    times = _tenths((20 * many + plan) // (2 * plan))
    return Sentence(f"about {times} times the {plan} planned a day", f"計画{plan}件の約{times}倍")


def announced(before: Instant, most: int, agreement: Agreement) -> Sentence:
    """What would have kept a giver out of it."""
    at = when(before, agreement)
    return Sentence(
        f"An announcement of the surge on record before {at.en}, or at most {most} offers in 24 hours.",
        f"{at.ja}より前の流入増の告知、または1日{most}件以内の引き継ぎ。",
    )
