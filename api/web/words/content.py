"""The words of the page of content: the register, the association, what is wanted, and the forms."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "What content there is, who made it for whom, how leads that had to do with it fared, and what was asked for.",
        "どのコンテンツを誰が誰のために作ったか、触れたリードがどうなったか、何が求められているかを示します。",
    ),
    "association": Sentence("What is associated with content", "コンテンツとの関連"),
    "association_how": Sentence(
        "An association, and no cause: leads that had to do with a piece differ from others in more than that. Touches are activities that "
        "name the piece; only those before a lead's latest run reached the stage, or was won, count. The others are the rest of "
        "{leads} leads. Fewer than 10 leads are greyed.",
        "関連を示すもので、因果関係ではありません。触れたリードは、ほかの点でも他のリードと異なります。接触は、コンテンツ名が記録された活動です。"
        "最新の回で到達または受注する前の接触だけを数えます。「その他」は全{leads}件の残りです。10件未満は灰色で示します。",
    ),
    "touch": Sentence("Which touch", "対象の接触"),
    "touch_first": Sentence("first of the run", "最初の接触"),
    "touch_last": Sentence("last before the end", "到達直前の接触"),
    "touch_any": Sentence("any before the end", "いずれかの接触"),
    "piece": Sentence("Content", "コンテンツ"),
    "touched_before": Sentence("Leads touched ({end})", "接触したリード：{end}"),
    "reached": Sentence("Came to {end}", "{end}に到達"),
    "rate": Sentence("Share ({end})", "割合：{end}"),
    "others": Sentence("Others ({end})", "その他：{end}"),
    "difference": Sentence("Difference ({end})", "差：{end}"),
    "points": Sentence(" pp", "pt"),
    # The register
    "register": Sentence("What there is", "コンテンツ一覧"),
    "wanted": Sentence("Asked for, and nobody made it", "要望があり、未作成のもの"),
    "in_ledger": Sentence("In the ledger", "台帳での名前"),
    "kind": Sentence("Kind", "種類"),
    "co_authors": Sentence("Made by", "作成部門"),
    "requested_by": Sentence("Asked for by", "要望した部門"),
    "since_when": Sentence("Since", "要望日時"),
    "why": Sentence("Why", "理由"),
    "event": Sentence("Event", "記録"),
    # Forms
    "register_one": Sentence("Register content", "コンテンツを登録する"),
    "request_one": Sentence("Ask for content", "コンテンツを要望する"),
    "name": Sentence("Name in the ledger, as activities say it", "台帳での名前（活動の記録と同じ名前）"),
    "title_of": Sentence("Title", "題名"),
    "for_stage": Sentence("For leads in", "対象ステージ"),
    "for_persona": Sentence("For persona", "対象ペルソナ"),
    "nobody": Sentence("nobody in particular", "指定なし"),
    "save": Sentence("Record", "記録する"),
    "refused": Sentence("This was not recorded.", "記録できませんでした。"),
    "replaces": Sentence(
        "A later record of the same name takes the place of an earlier one, and makes what was asked for under it.",
        "同じ名前の記録は以前の記録に置き換わり、その名前の要望は作成済みになります。",
    ),
}
