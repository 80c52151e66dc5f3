"""The words of the list of leads."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "persona_fit": Sentence("Persona fit reported", "ペルソナ適合の報告"),
    "content": Sentence("Content", "コンテンツ"),
    "touch": Sentence("Which touch", "対象の接触"),
    "touch_first": Sentence("first", "最初"),
    "touch_last": Sentence("last", "最後"),
    "touch_any": Sentence("any", "いずれか"),
    "before": Sentence("Touched before", "接触の期限"),
    "reached_after": Sentence("Came to it afterwards", "接触後に到達"),
    "lead": Sentence("Lead", "リード"),
    "custodian": Sentence("Custodian", "保有部門"),
    "responsible": Sentence("Next move", "次の対応部門"),
    "since": Sentence("Unchanged since", "最終変更"),
    "score": Sentence("Score", "スコア"),
    "amount": Sentence("Amount", "金額"),
    "reached": Sentence("Ever reached", "到達したことのある段階"),
    "ever_won": Sentence("Ever won", "受注したことがある"),
    "yes": Sentence("Yes", "はい"),
    "text": Sentence("Key holds", "キーに含む文字"),
    "leads": Sentence("Leads", "リード"),
    "here": Sentence("{n} on this page", "このページ：{n}件"),
}
