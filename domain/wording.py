"""How sentences name parties, instants and lengths of time, in English and in Japanese."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.agreement import Agreement, Span
from domain.findings import Sentence
from domain.vocabulary import SECOND, Instant, moment

_PARTIES_JA = {
    "marketing": "マーケティング",
    "inside_sales": "インサイドセールス",
    "field_sales": "フィールドセールス",
    "customer_success": "カスタマーサクセス",
    "operations": "オペレーション",
    "customer": "お客様",
    "nobody": "該当なし",
    "undetermined": "判定不能",
    "unassigned": "未割り当て",
}
_ACTIVITIES_JA = {
    "call": "架電",
    "email": "メール",
    "meeting": "面談",
    "visit": "訪問",
    "chat": "チャット",
    "form": "フォーム送信",
    "download": "ダウンロード",
    "webinar": "ウェビナー参加",
    "page_view": "閲覧",
}
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WEEK = 6 * 86_400 * SECOND


def party(name: str) -> Sentence:
    """`inside_sales` → Inside sales, インサイドセールス."""
    plain = name.replace("_", " ")
    return Sentence(plain[:1].upper() + plain[1:], _PARTIES_JA.get(name, name))


def inner(name: str) -> str:
    """A party in the middle of an English sentence."""
    return name.replace("_", " ")


def activity(kind: str) -> Sentence:
    """`page_view` → page view, 閲覧."""
    return Sentence(kind.replace("_", " "), _ACTIVITIES_JA[kind])


def shares(told: Mapping[str, int]) -> Sentence:
    """`inside sales 60 %, operations 40 %`."""
    return Sentence(
        ", ".join(f"{inner(name)} {share} %" for name, share in told.items()),
        "、".join(f"{party(name).ja}{share}%" for name, share in told.items()),
    )


def local(at: Instant, agreement: Agreement) -> datetime:
    """An instant on the wall clock of the agreement's zone."""
    return moment(at) + timedelta(seconds=agreement.calendar.offset(at))


def when(at: Instant, agreement: Agreement, *others: Instant) -> Sentence:
    """`Mon 12:00` and `11/16 12:00` in the agreement's zone; English gives the date too where the sentence's `others`
    lie a week away, since Monday alone would not say which."""
    there = local(at, agreement)
    clock = f"{there:%H:%M:%S}" if there.second else f"{there:%H:%M}"
    day = _DAYS_EN[there.weekday()]
    if any(abs(at - other) >= _WEEK for other in others):
        day += f" {there:%Y-%m-%d}"
    return Sentence(f"{day} {clock}", f"{there.month}/{there.day} {clock}")


def length(seconds: int) -> Sentence:
    """`1 h 00 min` and `1時間`."""
    hours, rest = divmod(seconds, 3_600)
    minutes, left = divmod(rest, 60)
    english = [f"{hours} h {minutes:02} min"] if hours else [f"{minutes} min"] if minutes or not left else []
    japanese = [f"{hours}時間"] if hours else []
    japanese += [f"{minutes}分"] if minutes else []
    japanese += [f"{left}秒"] if left or not japanese else []
    return Sentence(" ".join([*english, *([f"{left} s"] if left else [])]), "".join(japanese))


def counted(within: Span | None) -> Sentence:
    """Which time a promise counts."""
    return Sentence(" of business time", "営業時間で") if within is None or within.is_business else Sentence("", "")
