"""The words of the start page."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "what": Sentence(
        "The book of the relay: who held each lead and when, who owed the next move, which promise was kept, and the entries that show it.",
        "引き継ぎの台帳です。誰がいつリードを保有し、誰が次に動くことになっていたか、どの約束が守られたかを、記録とともに示します。",
    ),
    "begin": Sentence("Where to begin", "はじめに"),
    "for_programs": Sentence("For programs", "プログラム向け"),
    "api": Sentence("The API, described", "APIの仕様"),
}
