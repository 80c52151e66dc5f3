"""The words of the pages of faults."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "what": Sentence(
        "Which promises between departments were broken, where, and by which rule. Each figure opens the verdicts behind it.",
        "部門間の約束がどこで、どの規則により未達となったかを示します。各数値から根拠の判定を開けます。",
    ),
    "overlooked": Sentence(
        "These filters choose among leads, and do nothing here: {names}.", "次の絞り込みはこのページでは無効です：{names}。"
    ),
    # Columns
    "boundary": Sentence("Handoff", "引き継ぎ"),
    "no_boundary": Sentence("at no handoff", "引き継ぎ以外"),
    "code": Sentence("Code", "区分"),
    "party": Sentence("Party", "部門"),
    "final": Sentence("Final", "確定"),
    "disputed": Sentence("Disputed", "異議申立て中"),
    "provisional": Sentence("Provisional", "速報（試算）"),
    "overturned": Sentence("Overturned", "判定取消"),
    "shares": Sentence("Shares", "要因割合の合計"),
    "overrun": Sentence("Over by", "超過時間"),
    "stake": Sentence("At stake", "対象金額"),
    "month": Sentence("Month", "月"),
    "week": Sentence("Week", "週"),
    "reason": Sentence("Reason", "理由"),
    "associated": Sentence("Found before", "失注前の判定"),
    "promise": Sentence("Promise", "約束"),
    "n_clocks": Sentence("Promises", "約束の件数"),
    "in_budget": Sentence("Within budget", "期限内の時間"),
    "over_budget": Sentence("Over budget", "超過時間"),
    "paused": Sentence("Paused", "保留中"),
    # Headings
    "in_all": Sentence("In all", "全体"),
    "by_place": Sentence("By handoff and code", "引き継ぎ・区分別"),
    "by_party": Sentence("By department", "部門別"),
    "by_party_how": Sentence(
        "A verdict that several bear is counted for each of them. The order is that of the names, and no ranking.",
        "複数部門にまたがる判定は各部門で数えます。名称順であり、順位ではありません。",
    ),
    "by_person": Sentence("Who had it in hand, within {party}", "{party}の担当者別"),
    "over_time": Sentence("Over time", "推移"),
    "by_month": Sentence("by month", "月別"),
    "by_week": Sentence("by week", "週別"),
    "newest": Sentence("The newest {n}; a period in the filters shows others.", "直近{n}件。期間の絞り込みで他の期間を表示できます。"),
    "time": Sentence("Where time went", "時間の内訳"),
    "as_table": Sentence("As a table, by promise", "約束別の表"),
    "time_how": Sentence(
        "What each department used of the time it was given, whether a promise was broken in the end or not, each in its "
        "promise's own time. Trials are left out. Of the filters, period, department, channel and month apply.",
        "約束の達否にかかわらず、各部門が使った時間です（単位は各約束の計測時間）。試算は含みません。絞り込みは期間・部門・チャネル・月が有効です。",
    ),
    "rates": Sentence("How often verdicts are overturned", "判定取消の割合"),
    "rates_how": Sentence(
        "Of all rulings; a rate above 20 % says that the rule, or the record it rests on, is worth a look.",
        "裁定に占める割合です。20%を超える区分は、規則または記録の見直しの目安です。",
    ),
    "rate": Sentence("Overturned of ruled", "取消の割合"),
    "flagged": Sentence("worth a look", "要確認"),
    "of_code": Sentence("By code", "区分別"),
    "of_department": Sentence("By department charged", "対象部門別"),
    "opened": Sentence("Opened", "申立て"),
    "pending": Sentence("Open", "未裁定"),
    "withdrawn": Sentence("Taken back", "取り下げ"),
    "ruled": Sentence("Ruled on", "裁定済み"),
    "upheld": Sentence("Upheld", "判定維持"),
    "split": Sentence("Split anew", "割合変更"),
    "to_rule": Sentence("Disputes that wait", "未裁定の異議申立て"),
    "to_rule_n": Sentence("{n} in all", "全{n}件"),
    "losses": Sentence("Lost deals with a fault before", "失注との関連"),
    "losses_how": Sentence(
        "Faults that stood before a deal was lost. This is an association: it does not say why the deal was lost.",
        "失注前に有効だった判定との関連です。失注の原因とは断定しません。",
    ),
    "rejection": Sentence("turning a lead down", "差し戻し"),
    "no_code": Sentence("cleared before", "解消済みの判定"),
    # How figures are made
    "final_how": Sentence("verdicts that count: neither disputed, overturned nor on trial", "異議・取消・試算を除く確定した判定の件数"),
    "disputed_how": Sentence("verdicts about which a dispute is open", "異議申立て中の判定の件数"),
    "provisional_how": Sentence("verdicts under an agreement that was not in force", "未発効の部門間SLAによる判定の件数"),
    "overrun_how": Sentence(
        "seconds beyond what was agreed, added up, each in its promise's own time", "合意した時間を超えた分の合計（各約束の計測時間）"
    ),
    "stake_how": Sentence("amounts of the leads' deals, by share", "対象リードの商談金額を要因割合で按分した合計"),
    "shares_how": Sentence("1 is one whole verdict", "1件の判定全体を1とする"),
    "over_verdicts": Sentence("verdicts that began in the period, by the filters", "絞り込みに該当し、期間内に生じた判定"),
    # The verdicts
    "verdicts": Sentence("Verdicts", "判定一覧"),
    "all_n": Sentence("{n} verdicts", "{n}件の判定"),
    "back": Sentence("Back to the figures", "集計に戻る"),
    "lead": Sentence("Lead", "リード"),
    "since": Sentence("Since", "発生日時"),
    "status": Sentence("Status", "状態"),
    "standing": Sentence("Counted as", "集計区分"),
    "sentence": Sentence("Verdict", "判定"),
    "summed_up": Sentence(
        "What sums up other verdicts (E1, L1) stands in no figure unless its code is asked for.",
        "他の判定をまとめる区分（E1・L1）は、区分を指定した場合にのみ集計します。",
    ),
    # The disputes
    "disputes": Sentence("What was disputed", "異議申立て一覧"),
    "all_disputed": Sentence("{n} things disputed", "{n}件"),
    "about": Sentence("About", "対象"),
    "whole_month": Sentence("a whole month", "月全体"),
    "by": Sentence("Opened by", "申立て部門"),
    "until_when": Sentence("Due", "期限"),
    "verdict_link": Sentence("verdict", "判定"),
    # The promises behind where time went
    "clocks": Sentence("Promises behind where time went", "時間の内訳の約束一覧"),
    "all_clocks": Sentence("{n} promises", "{n}件の約束"),
    "due": Sentence("Due", "期限"),
    "used": Sentence("Used", "使用時間"),
    "allowed": Sentence("Allowed", "合意した時間"),
}
