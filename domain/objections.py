"""What the record holds against a finding, in one sentence each, and why it did not suffice."""

from __future__ import annotations

from domain.agreement import Agreement
from domain.clocks import Clock
from domain.findings import Sentence
from domain.vocabulary import Instant
from domain.wording import activity, inner, party, when


def claimed(clock: Clock, claimed_at: Instant, written_at: Instant) -> Sentence:
    """Its author says that it was done in time, and wrote so too late."""
    said, told = when(claimed_at, clock.agreement, written_at), when(written_at, clock.agreement, claimed_at)
    return Sentence(
        f"A note by {inner(clock.promisor)} says that it was done {said.en}, in time; written down only {told.en} by whoever was to"
        " have done it, it counts from then on.",
        f"{party(clock.promisor).ja}の記録では{said.ja}（期限内）に実施済みですが、{told.ja}に後から入力されたため、その時点のものとして扱います。",
    )


def not_their_own(clock: Clock, kind: str, at: Instant, department: str, number: int) -> Sentence:
    """Others tried to reach the lead in that time."""
    done = when(at, clock.agreement)
    by = f"by {inner(department)}" if department else "by nobody that it names"
    who = party(department).ja if department else "記録者不明"
    return Sentence(
        f"{_a(kind)} {by} {done.en}{_more(number).en} is on record; only what {inner(clock.promisor)} does itself counts.",
        f"{done.ja}に{who}の{activity(kind).ja}の記録{_more(number).ja}がありますが、{party(clock.promisor).ja}自身のものだけを数えます。",
    )


def automated(clock: Clock, kind: str, at: Instant, number: int) -> Sentence:
    """A machine tried to reach the lead in that time."""
    done = when(at, clock.agreement)
    return Sentence(
        f"An automated {activity(kind).en} {done.en}{_more(number).en} is on record; only what a person does counts.",
        f"{done.ja}に自動の{activity(kind).ja}の記録{_more(number).ja}がありますが、人によるものだけを数えます。",
    )


def worked_on(clock: Clock, kind: str, at: Instant, number: int) -> Sentence:
    """The receiver was at work on the lead while it was to decide."""
    done = when(at, clock.agreement)
    return Sentence(
        f"{_a(kind)} by {inner(clock.promisor)} {done.en}{_more(number).en} is on record; to work on a lead is not to decide on it.",
        f"{done.ja}に{party(clock.promisor).ja}の{activity(kind).ja}の記録{_more(number).ja}がありますが、受け入れ判断ではありません。",
    )


def paused(clock: Clock, since: Instant, until: Instant | None) -> Sentence:
    """It was paused meanwhile, and the pause does not count."""
    begun = when(since, clock.agreement) if until is None else when(since, clock.agreement, until)
    ended = None if until is None else when(until, clock.agreement, since)
    return Sentence(
        f"{party(clock.promisor).en} paused its clocks for the customer from {begun.en} {f'until {ended.en}' if ended else 'on'};"
        " the pause does not count (R6).",
        f"{begun.ja}〜{ended.ja if ended else ''}に保留していますが、この保留は数えません（R6）。",
    )


def paused_late(clock: Clock, claimed_at: Instant, written_at: Instant) -> Sentence:
    """A pause says that it began in time, and was written down after due."""
    said, told = when(claimed_at, clock.agreement, written_at), when(written_at, clock.agreement, claimed_at)
    return Sentence(
        f"A pause by {inner(clock.promisor)} is dated {said.en}; written down only {told.en}, after due, it rests nothing.",
        f"{party(clock.promisor).ja}の保留は{said.ja}付けですが、期限後の{told.ja}に入力されたため、タイマーは止まりません。",
    )


def own_proof(receiver: str, noted_at: Instant, rejected_at: Instant, agreement: Agreement) -> Sentence:
    """The receiver wrote its own proof after it had turned the lead down."""
    noted, turned = when(noted_at, agreement, rejected_at), when(rejected_at, agreement, noted_at)
    return Sentence(
        f"{party(receiver).en} noted bad data {noted.en}, after it had turned the lead down ({turned.en}); its own note made afterwards"
        " proves nothing.",
        f"{noted.ja}に{party(receiver).ja}の不通・重複の記録がありますが、差し戻し（{turned.ja}）の後に自ら入力したもので、裏付けになりません。",
    )


def other_score(score: int, at: Instant, min_score: int, agreement: Agreement) -> Sentence:
    """An earlier score lay on the other side of the bar."""
    given, side = when(at, agreement), "over" if score >= min_score else "under"
    return Sentence(
        f"An earlier score of {score} ({given.en}) was {side} the bar; the latest one counts.",
        f"{given.ja}のスコア{score}は基準{'以上' if score >= min_score else '未満'}ですが、最新のスコアで判断します。",
    )


def spoken_with(at: Instant, agreement: Agreement) -> Sentence:
    """Somebody spoke with the person all the same."""
    contact = when(at, agreement)
    return Sentence(
        f"Somebody was in contact with the person {contact.en}; the bad data is on record all the same.",
        f"{contact.ja}に接触の記録がありますが、情報不備の記録もあります。",
    )


def in_profile(field: str, at: Instant, agreement: Agreement) -> Sentence:
    """What the briefing lacks stands in the profile."""
    said = when(at, agreement)
    return Sentence(
        f"The lead's profile says its {field.replace('_', ' ')} ({said.en}); the agreement asks for it in the briefing.",
        f"「{field}」はプロフィールに記録があります（{said.ja}）が、引き継ぎ情報への記載が必要です。",
    )


def no_word(kind: str, at: Instant, agreement: Agreement) -> Sentence:
    """Something came from the customer that is no word of theirs."""
    seen = when(at, agreement)
    return Sentence(
        f"{_a(kind)} of {seen.en} is on record; it is no word of the customer.",
        f"{seen.ja}に{activity(kind).ja}の記録がありますが、お客様からの連絡ではありません。",
    )


def outside_window(at: Instant, since: Instant, agreement: Agreement) -> Sentence:
    """The pause cites something that happened too long before."""
    cited, begun = when(at, agreement, since), when(since, agreement, at)
    return Sentence(
        f"The pause cites an event of {cited.en}; only what came from {begun.en} on counts.",
        f"保留の根拠は{cited.ja}の記録ですが、{begun.ja}以降のものだけを数えます。",
    )


def heard(at: Instant, agreement: Agreement) -> Sentence:
    """The customer did ask for time."""
    word = when(at, agreement)
    return Sentence(
        f"A word of the customer of {word.en} is on record; a second pause at the last moment does not count even so.",
        f"{word.ja}にお客様の連絡記録がありますが、終了間際の2回目の保留は数えません。",
    )


def _more(number: int) -> Sentence:
    """` (the first of 3)` where there are several."""
    return Sentence(f" (the first of {number})", f"（ほか{number - 1}件）") if number > 1 else Sentence("", "")


def _a(kind: str) -> str:
    word = activity(kind).en
    return f"{'An' if word[0] in 'aeiou' else 'A'} {word}"
