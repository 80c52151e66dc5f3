"""The rule book, made from the rules themselves: reference/rule-book.md and its Japanese sister.

Each rule's example is what a scenario file finds when it is judged, so no example can be out of date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from api.documents import said
from api.scenarios import read_scenario
from api.shown_verdicts import ShownVerdict
from api.words import PROMISES, code_word
from domain import rules
from domain.findings import MONTHLY, NAMES, SUMMARIES, Sentence
from domain.rules import ending, giving, operating, pausing, receiving, relaying, telling, timed
from domain.rules.book import TIMED, Rule
from domain.vocabulary import Language
from domain.wording import shares

SCENARIOS = Path(__file__).parent.parent / "tests" / "scenarios" / "verdicts"
VERSION = 1
EXAMPLES: Mapping[Rule[..., Any], str] = {
    giving.bad_data: "m1_bad_data_bounced",
    giving.below_bar: "m2_one_point_under",
    giving.late_offer: "m3_offered_one_second_late",
    giving.nurture_lapse: "m5_never_nurtured",
    operating.routing: "o1_routed_one_second_late",
    operating.misrouted: "o1_sent_to_the_wrong_place",
    operating.sync_lag: "o2_twenty_minutes_of_lag",
    operating.limbo: "o3_assigned_too_late",
    receiving.no_decision: "r1_decided_one_second_late",
    receiving.late_touch: "r2_the_example_of_the_issue",
    receiving.shallow: "r3_one_attempt_short",
    receiving.bad_reject: "r4_turned_down_against_the_record",
    receiving.unreported: "r5_not_reported",
    receiving.stalled: "r5_stalled",
    pausing.pause_abuse: "r6_paused_without_a_word",
    relaying.late_relay: "e1_just_under_four_fifths",
    relaying.ping_pong: "s1_to_and_fro",
    ending.customer: "c1_declined_after_contact",
    timed.excused: "n1_wholly_in_an_outage",
    telling.scores_disagree: "u1_score_and_briefing_disagree",
    telling.accepted_unoffered: "u1_accepted_without_an_offer",
    telling.straddling: "u1_polled_across_due",
    telling.two_outcomes: "u1_two_sources_two_outcomes",
    ending.loss: "l1_route_and_call_by_overrun",
}
"""The scenario that shows each rule best."""


class Words(NamedTuple):
    """One language's words of the page."""

    other: str
    title: str
    head: str
    rule: str
    promises: str
    every_timed: str
    no_promise: str
    example: str
    story: str
    summary: str
    colon: str
    stop: str


_WORDS: dict[Language, Words] = {
    "en": Words(
        other="日本語: [rule-book.ja.md](rule-book.ja.md)",
        title="# The rule book",
        head="""Every rule by which the ledger finds whose fault something is, in the words of the code that applies them, with the verdict
that a scenario gives. A verdict names its code, the version of its rules ({version}) and the agreement, so it can be checked against this
page at any time. How shares come about: [How shares are computed](../explanation/how-shares-are-computed.md). What to do about a verdict
that seems wrong: [Dispute a verdict](../how-to/dispute-a-verdict.md).

Shares name departments, operations, the customer, nobody, or undetermined; never a person. Of what is lost, a verdict says what it is
associated with, and never what caused it.""",
        rule="Rule",
        promises="Belongs to",
        every_timed="every promise with a due time",
        no_promise="no promise in particular",
        example="Example",
        story="Scenario",
        summary="It sums up other verdicts; totals count those.",
        colon=": ",
        stop=". ",
    ),
    "ja": Words(
        other="English: [rule-book.md](rule-book.md)",
        title="# ルールブック",
        head="""台帳が要因を判定するすべてのルールと、シナリオを判定した結果の例です。判定には、コード、ルールの版（{version}）、部門間SLAが
記されるため、いつでもこのページと照らし合わせられます。要因割合の計算は[要因割合の計算](../explanation/how-shares-are-computed.ja.md)、
判定に納得できないときは[判定に異議を申し立てる](../how-to/dispute-a-verdict.ja.md)をご覧ください。

要因割合は部門、オペレーション、お客様、該当なし、判定不能のいずれかで、個人にはつきません。失注との関連は、原因とは断定しません。""",
        rule="ルール",
        promises="対象の約束",
        every_timed="期限のあるすべての約束",
        no_promise="特定の約束なし",
        example="例",
        story="シナリオ",
        summary="他の判定をまとめたものです。合計には元の判定を数えます。",
        colon="：",
        stop="。",
    ),
}


def rule_book_page(language: Language, made: str) -> str:
    """The page in one language; `made` says where it comes from."""
    words = _WORDS[language]
    parts = [words.title, made, words.other, words.head.format(version=VERSION)]
    by_code = {code: [rule for rule in rules.rule_book(VERSION) if rule.code == code] for code in NAMES}
    for code, known in by_code.items():
        english = code_word(code).en.replace("_", " ")
        name = said(Sentence(english, f"{code_word(code).ja}（{english}）"), language)
        parts.append(f"## {code} {name}")
        if code in SUMMARIES:
            parts.append(words.summary)
        parts.extend(_entry(rule, words, language) for rule in known)
    return "\n\n".join(parts) + "\n"


def _entry(rule: Rule[..., Any], words: Words, language: Language) -> str:
    text = rule.japanese if language == "ja" else f"{rule.english[:1].upper()}{rule.english[1:]}"
    told = [(words.promises, _promises(rule.kinds, words, language))]
    if rule.code not in MONTHLY:
        told += _example(EXAMPLES[rule], rule, words, language)
    return "\n".join((f"**{words.rule}**{words.colon}{text}\n", *(f"- {name}{words.colon}{what}" for name, what in told)))


def _example(name: str, rule: Rule[..., Any], words: Words, language: Language) -> list[tuple[str, str]]:
    """What a scenario says of the lead it is about; months have no such file."""
    verdict, title = _found(name, rule)
    sentence = verdict.sentence.ja if language == "ja" else verdict.sentence.en
    link = f"[{title if language == 'en' else name}](../../tests/scenarios/verdicts/{name}.yaml)"
    return [
        (words.example, f"{verdict.code} {said(shares(verdict.shares), language)}{words.stop}{sentence}"),
        (words.story, link),
    ]


def _promises(kinds: Sequence[str], words: Words, language: Language) -> str:
    if kinds == TIMED:
        return words.every_timed
    form, comma = ("{} (`{}`)", ", ") if language == "en" else ("{}（`{}`）", "、")
    return comma.join(form.format(said(PROMISES[kind], language), kind) for kind in kinds) or words.no_promise


def _found(name: str, rule: Rule[..., Any]) -> tuple[ShownVerdict, str]:
    """The verdict that a scenario shows, and the scenario's sentence."""
    scenario = read_scenario((SCENARIOS / f"{name}.yaml").read_bytes())
    episodes = scenario.timeline().episodes
    verdict = next(verdict for episode in episodes for verdict in episode.verdicts if verdict.code == rule.code)
    return verdict, scenario.title
