"""The words of the page of personas: the document, whether those handed over are those who buy, and the forms."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "Whom we sell to is agreed on by both sides. Where a persona's share of those won is below its share of {stage}, marketing hands "
        "over many who do not buy; where it is above, few who do.",
        "誰に売るかは両部門で合意します。{stage}に占める割合より受注に占める割合が低いペルソナは「渡しているが買わない相手」、高いペルソナは「渡し足りない相手」です。",
    ),
    "document_signed": Sentence("Whom we agreed on", "合意した相手"),
    "in_force": Sentence(
        "{document} is in force since {since}, signed by {parties}.", "{document}が{since}から有効です（署名：{parties}）。"
    ),
    "none_in_force": Sentence("No persona document is signed by all sides yet.", "全部門が署名したペルソナ文書はまだありません。"),
    "who": Sentence("Personas", "ペルソナ"),
    "in_ledger": Sentence("In the ledger", "台帳での値"),
    "wants": Sentence("Wants", "求めること"),
    "worries": Sentence("Worries about", "気にすること"),
    "icp": Sentence("Companies that are ours (ICP)", "対象企業（ICP）"),
    "companies": Sentence("Companies", "企業"),
    "whichever": Sentence("whichever", "問わない"),
    # Fit
    "fit": Sentence("Those handed over, and those who buy", "引き継いだ相手と買った相手"),
    "fit_how": Sentence(
        "Leads by what they are said to be now; the period is that in which their latest run began. The gap is the share of won less "
        "the share of {stage}. Fewer than 10 at {stage} are greyed.",
        "リードの現在の属性で数えます。期間は最新の回の開始日です。差は、受注に占める割合から{stage}に占める割合を引いたものです。{stage}が10件未満は灰色で示します。",
    ),
    "by_persona": Sentence("By persona", "ペルソナ別"),
    "by_company": Sentence("By industry and company size", "業種・企業規模別"),
    "agreed": Sentence("Agreed", "合意"),
    "yes": Sentence("yes", "はい"),
    "no": Sentence("no", "いいえ"),
    "of_stage": Sentence("Of all at {stage}", "{stage}に占める割合"),
    "won": Sentence("Won", "受注"),
    "of_won": Sentence("Of all won", "受注に占める割合"),
    "gap": Sentence("Gap", "差"),
    "points": Sentence(" pp", "pt"),
    "won_rate": Sentence("Won of them", "受注率"),
    "more": Sentence("{n} more groups are in the files.", "ほか{n}グループはファイルにあります。"),
    # Drift
    "drift": Sentence("How that changes", "割合の推移"),
    "drift_how": Sentence(
        "Share of {stage}, and behind it the share of those won, each with how many, of leads whose latest run began in the period. Late "
        "periods still have leads that may be won.",
        "{stage}に占める割合、続いて受注に占める割合（括弧内は件数）。最新の回が期間内に始まったリードが対象です。最近の期間には、これから受注するリードが残っています。",
    ),
    "both_shares": Sentence("{mql}, won {won}", "{mql}、受注{won}"),
    "shares": Sentence("Shares", "割合"),
    "drift_by": Sentence("Periods", "期間の単位"),
    "month": Sentence("months", "月"),
    "quarter": Sentence("quarters", "四半期"),
    # Feedback
    "feedback": Sentence("What whoever sold to them says", "営業からの報告"),
    "feedback_how": Sentence(
        "How a lead fits its persona, as reported with its outcome. Each number counts leads.",
        "結果報告に添えられた、ペルソナへの適合です。数はリードの件数です。",
    ),
    "fit_good": Sentence("good fit", "合っている"),
    "fit_partial": Sentence("partly", "一部合う"),
    "fit_poor": Sentence("poor fit", "合っていない"),
    # Versions and forms
    "versions": Sentence("Versions", "版の一覧"),
    "version": Sentence("Version", "版"),
    "proposed_by": Sentence("Proposed by", "起案者"),
    "event": Sentence("Event", "記録"),
    "signed": Sentence("Signed by", "署名済み"),
    "missing": Sentence("Signatures wanting", "未署名"),
    "only_now": Sentence("Documents are signed in the present alone.", "起案・署名は現在の表示でのみ行えます。"),
    "correct": Sentence("Propose a correction", "修正を起案する"),
    "correct_how": Sentence(
        "The form holds the signed document under the next number. Until all have signed the correction, the signed one holds.",
        "署名済みの文書を次の版番号で表示しています。全部門が修正に署名するまで、現在の版が有効です。",
    ),
    "propose": Sentence("Propose", "起案する"),
    "propose_new": Sentence("Propose a document", "文書を起案する"),
    "document": Sentence("The document, in YAML", "文書（YAML）"),
    "sign": Sentence("Sign", "署名する"),
    "sign_what": Sentence("Sign {document}", "{document}に署名する"),
    "withdraw": Sentence("Withdraw", "取り下げる"),
    "withdraw_what": Sentence("Withdraw {document}", "{document}を取り下げる"),
    "why": Sentence("Why", "理由"),
    "refused": Sentence("This was not recorded.", "記録できませんでした。"),
}
