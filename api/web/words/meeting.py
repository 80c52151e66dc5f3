"""The words of the weekly meeting, beside those of the overview."""

from __future__ import annotations

from collections.abc import Mapping

from api.web.words.overview import WORDS as OVERVIEW
from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    **OVERVIEW,
    "title": Sentence("Weekly meeting, {window}", "週次定例　{window}"),
    "frozen": Sentence(
        "Everything on this page is of one moment: {as_of}, position {position} of the ledger. The address shows the same for ever.",
        "このページの数値はすべて同じ時点のものです：{as_of}、台帳の位置 {position}。このアドレスは常に同じ内容を表示します。",
    ),
    "print": Sentence(
        "It prints as a pack (PDF through the browser), one page a boundary.",
        "ブラウザーの印刷で資料（PDF）になります。部門の境界ごとに1ページです。",
    ),
    "forms": Sentence("Also as", "ほかの形式"),
    "chain": Sentence("The chain of figures", "KPIの連鎖"),
    "chain_open": Sentence("Open the chain", "KPIの連鎖を開く"),
    "disputes": Sentence("Disputes to rule", "裁定待ちの異議申立て"),
    "dispute": Sentence("Dispute", "異議申立て"),
    "by_party": Sentence("By", "申立て部門"),
    "about": Sentence("About", "対象"),
    "stands": Sentence("Stands", "状態"),
    "until": Sentence("Until", "期限"),
    "open_pack": Sentence("Open the pack", "資料を開く"),
    "summary": Sentence(
        "{last} {moves} leads to move today, {disputes} disputes to rule.", "{last}今日動かすリード{moves}件、裁定待ち{disputes}件。"
    ),
    "overdue_n": Sentence("{n} overdue", "超過中 {n}件"),
}
