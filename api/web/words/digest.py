"""The words of the digest."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "title": Sentence("What became of the leads, {period}", "リードのその後　{period}"),
    "held": Sentence("As of {as_of}, at position {position} of the ledger.", "対象時点 {as_of}、台帳の位置 {position}。"),
    "how": Sentence(
        "Outcomes of runs, rejections and returns that fall into the period. It tells departments what came of what they gave, and is no "
        "basis for appraising people.",
        "期間内の受注・失注などの結果と、差し戻し・返却です。引き渡した部門への報告であり、個人の評価には用いません。",
    ),
    "owed": Sentence(
        "Reports that are still owed: {running} in time, {overdue} overdue.", "未報告の結果：期限前 {running}件、期限超過 {overdue}件。"
    ),
    "period": Sentence("Period", "期間"),
    "before": Sentence("Before", "前の期間"),
    "after": Sentence("After", "次の期間"),
    "counts": Sentence("What happened, and why", "結果と理由"),
    "channels": Sentence("By channel", "チャネル別"),
    "personas": Sentence("By persona", "ペルソナ別"),
    "leads": Sentence("The leads", "対象のリード"),
    "leads_n": Sentence("The leads: {n}", "対象のリード：{n}件"),
    "every_lead": Sentence("Show all of the period", "期間内のすべてを表示"),
    "more": Sentence("{n} more are in the file.", "ほか{n}件はファイルに含まれます。"),
    "more_reports": Sentence("{n} more are in the Markdown document.", "ほか{n}件はMarkdownに含まれます。"),
    "reports": Sentence("What was reported back", "報告された結果"),
    "retention": Sentence("Whether customers stayed, 90 days after the deal was handed over", "受注引き継ぎ90日後の継続状況"),
    "what": Sentence("What happened", "結果"),
    "kind": Sentence("Kind", "区分"),
    "reason": Sentence("Reason", "理由"),
    "n": Sentence("Leads", "件数"),
    "amount": Sentence("Won for", "受注額"),
    "lead": Sentence("Lead", "リード"),
    "at": Sentence("When", "日時"),
    "told": Sentence("Reported back", "報告"),
    "yes": Sentence("yes", "済み"),
    "no": Sentence("no", "未報告"),
    "to": Sentence("To", "報告先"),
    "by": Sentence("By", "報告者"),
    "persona_fit": Sentence("Fit of the persona", "ペルソナとの適合"),
    "handed_at": Sentence("Handed over", "引き継ぎ日時"),
    "due_at": Sentence("To be told by", "報告期限"),
    "said": Sentence("Said", "報告内容"),
    "owed_now": Sentence("owed", "未報告（期限超過）"),
    "waiting": Sentence("not yet", "期限前"),
    "procedural": Sentence("procedural", "手続き"),
    "clerical": Sentence("clerical", "情報不備"),
    "definitional": Sentence("definitional", "基準未満"),
    "rejected": Sentence("rejected", "差し戻し"),
    "returned": Sentence("returned", "返却（受け入れ後）"),
    "retained": Sentence("stayed", "継続"),
    "churned": Sentence("left", "解約"),
    "good": Sentence("good", "合っている"),
    "partial": Sentence("partly", "一部合う"),
    "poor": Sentence("poor", "合っていない"),
}
