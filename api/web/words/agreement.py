"""The words of the page of the agreement."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

AGREEMENT_STATES: Mapping[str, Sentence] = {
    "trial": Sentence("on trial", "試算"),
    "proposed": Sentence("proposed", "起案"),
    "signed": Sentence("signed", "署名済み（発効前）"),
    "in_force": Sentence("in force", "発効"),
    "superseded": Sentence("superseded", "改定済み"),
    "withdrawn": Sentence("withdrawn", "取り下げ"),
}
WORDS: Mapping[str, Sentence] = {
    "what": Sentence(
        "What the departments promised each other, in force once every one of them has signed.",
        "部門間で合意した約束です。全部門の署名により発効します。",
    ),
    "shown": Sentence("{agreement}: {state}", "{agreement}：{state}"),
    "provisional": Sentence(
        "It is not in force: what is measured by it is provisional and stands in no total.",
        "未発効のため、この部門間SLAによる計測は速報（試算）であり、集計に含みません。",
    ),
    # Versions
    "versions": Sentence("Versions", "版の一覧"),
    "version": Sentence("Version", "版"),
    "proposed_by": Sentence("Proposed by", "起案者"),
    "in_force_from": Sentence("In force from", "発効日時"),
    "in_force_until": Sentence("Until", "終了日時"),
    "wanting": Sentence("Signatures wanting", "未署名の部門"),
    "withdrawn_by": Sentence("Withdrawn by {by}: {reason}", "{by}が取り下げ：{reason}"),
    "built_in": Sentence("comes with Tasuki", "標準"),
    "by_import": Sentence("an import", "データ取り込み"),
    # Signatures
    "signatures": Sentence("Signatures", "署名"),
    "party": Sentence("Department", "部門"),
    "by": Sentence("By", "署名者"),
    "at": Sentence("When", "日時"),
    "proof": Sentence("Proof", "証明"),
    "event": Sentence("Event", "記録"),
    # Terms
    "terms": Sentence("Terms", "条項"),
    "relay": Sentence("Stages and handoffs", "ステージと引き継ぎ"),
    "promises": Sentence("Promises", "約束"),
    "relays": Sentence("End-to-end targets", "全体期限"),
    "rules": Sentence("What else holds", "共通の取り決め"),
    "calendar": Sentence("Business time", "営業時間"),
    "as_document": Sentence("As a document (YAML)", "文書（YAML）"),
    # Differences
    "differences": Sentence("What differs between two versions", "版の変更点"),
    "before": Sentence("Before", "変更前"),
    "after": Sentence("After", "変更後"),
    "term": Sentence("Term", "条項"),
    "compare": Sentence("Compare", "比較"),
    "same": Sentence("They say the same.", "変更点はありません。"),
    "exactly": Sentence("Term by term, as the documents have it", "文書上の変更点"),
    # Acts
    "acts": Sentence("Propose, sign, withdraw", "起案・署名・取り下げ"),
    "only_now": Sentence("Agreements are made in the present alone.", "起案・署名は現在の表示でのみ行えます。"),
    "no_keys": Sentence(
        "There are no keys yet: whoever reaches this page acts under the name that they give, and the ledger keeps it for ever.",
        "認証はまだありません。入力した名前で台帳に記録され、取り消せません。",
    ),
    "sign": Sentence("Sign", "署名する"),
    "sign_what": Sentence("Sign {agreement}", "{agreement}に署名する"),
    "withdraw": Sentence("Withdraw", "取り下げる"),
    "withdraw_what": Sentence("Withdraw {agreement}", "{agreement}を取り下げる"),
    "why": Sentence("Why", "理由"),
    "propose": Sentence("Propose", "起案する"),
    "propose_new": Sentence("Propose a version", "新しい版を起案する"),
    "document": Sentence("The document, in YAML", "文書（YAML）"),
    "or_file": Sentence("Or a file", "またはファイル"),
    "from_day": Sentence("In force from (once all have signed)", "発効日（全部門の署名後）"),
    "refused": Sentence("This was not recorded.", "記録できませんでした。"),
    # What-if
    "try": Sentence("Try a draft on history", "草案の試算"),
    "try_how": Sentence(
        "Every event is read as if the draft had been in force; nothing is written.",
        "草案が発効していたものとして全記録を読み直します。台帳には何も記録しません。",
    ),
    "try_it": Sentence("Try", "試算する"),
    "tried": Sentence("{agreement} beside today's, over {leads} leads", "{agreement}と現行の比較（リード{leads}件）"),
    "promise": Sentence("Promise", "約束"),
    "today_kept": Sentence("Kept today", "現行の達成率"),
    "draft_kept": Sentence("Kept under the draft", "草案での達成率"),
    "today_n": Sentence("Today's n", "現行の件数"),
    "draft_n": Sentence("Draft's n", "草案の件数"),
    "today_broken": Sentence("Broken today", "現行の未達"),
    "draft_broken": Sentence("Broken under the draft", "草案での未達"),
    "points": Sentence("Difference (points)", "差（ポイント）"),
    "differing": Sentence("{n} promises of {leads} leads stand otherwise", "{leads}件のリードの約束{n}件の状態が変わります"),
    "first_of": Sentence("The first {shown} of them:", "先頭の{shown}件："),
    "lead": Sentence("Lead", "リード"),
    "today": Sentence("Today", "現行"),
    "draft": Sentence("Under the draft", "草案"),
    "none": Sentence("none", "なし"),
    "not_tried": Sentence("The draft was not tried.", "試算できませんでした。"),
}
