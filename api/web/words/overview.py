"""The words of the overview."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "what": Sentence(
        "Who held each lead and when, who owed the next move, which promises were kept, and the entries that show it.",
        "誰がいつリードを保有し、誰が次に動くことになっていたか、どの約束が守られたかを、記録とともに示します。",
    ),
    "week_of": Sentence("this week ({name})", "今週（{name}）"),
    "month_of": Sentence("this month ({name})", "今月（{name}）"),
    "by_week": Sentence("Week", "週"),
    "by_month": Sentence("Month", "月"),
    "window": Sentence("Period", "期間"),
    "trial": Sentence(
        "No agreement is in force: every figure of promises and faults is on trial.",
        "発効中の部門間SLAがないため、約束と要因の数値はすべて試算です。",
    ),
    "api": Sentence("The API, described", "APIの仕様"),
    # Decisions
    "decisions": Sentence("What was decided, and what became of it", "前回までの決定とその後"),
    "decision": Sentence("Decision", "決定"),
    "due": Sentence("Due", "期限"),
    "expected": Sentence("Expected", "目標"),
    "at_meeting": Sentence("At the meeting", "決定時点"),
    "now": Sentence("Now", "現在"),
    "became": Sentence("Became", "結果"),
    "reached": Sentence("reached", "達成"),
    "open_decision": Sentence("not yet due", "期限前"),
    "not_reached": Sentence("not reached", "未達成"),
    "unmeasured": Sentence("no figure was named", "数値目標なし"),
    "figure_kept": Sentence("{promise}: kept", "{promise}：期限内の割合"),
    "figure_overdue": Sentence("{promise}: overdue", "{promise}：超過中の件数"),
    "figure_verdicts": Sentence("{party}: verdicts", "{party}：判定の件数"),
    "all_promises": Sentence("All promises", "すべての約束"),
    "record": Sentence("Record a decision", "決定を記録する"),
    "decided_what": Sentence("What was decided", "決定した内容"),
    "owner_department": Sentence("Who sees to it", "担当する部門"),
    "owner_name": Sentence("Person (may be left out)", "担当者（省略可）"),
    "measure": Sentence("Figure that is to show it", "確認する数値"),
    "no_measure": Sentence("none", "なし"),
    "expected_value": Sentence("Expected value (% or count)", "目標値（%または件数）"),
    "outlook": Sentence("What is hoped for, in words", "期待する変化"),
    "refused": Sentence("It was not recorded.", "記録されませんでした。"),
    "held_at": Sentence(
        "It is recorded with the moment that this page shows (position {position}), and read again next time.",
        "この画面の時点（台帳の位置 {position}）とともに記録され、次回あらためて確認されます。",
    ),
    "free_text": Sentence(
        "It stands in the ledger for ever, in the clear. Leave names and addresses of customers out.",
        "台帳に平文のまま永久に残ります。お客様の氏名や連絡先は書かないでください。",
    ),
    # How sure
    "sure": Sentence("How sure the data are", "データの確かさ"),
    "typed": Sentence("Typed by hand", "手入力の割合"),
    "typed_how": Sentence(
        "entries of sources that people type into (kind manual) ÷ all entries", "人が入力する記録元（manual）からの記録 ÷ すべての記録"
    ),
    "late_synced": Sentence("Synced late", "連携の遅れ"),
    "late_synced_how": Sentence(
        "entries of integrations that came later than the agreement allows ÷ all of integrations",
        "連携システムからの記録のうち、許容時間より遅れて届いたもの ÷ 連携システムからの記録",
    ),
    "over_entries": Sentence("entries recorded in {window}", "{window}に台帳へ記録されたもの"),
    "undetermined": Sentence("Undetermined", "判定不能"),
    "undetermined_how": Sentence(
        "verdicts that say that the record contradicts itself (U1)", "記録どうしが矛盾しているとした判定（U1）の件数"
    ),
    "disputed": Sentence("Disputed", "異議申立て中"),
    "disputed_how": Sentence("verdicts that somebody contests now", "現在、異議が申し立てられている判定の件数"),
    "provisional": Sentence("On trial", "速報（試算）"),
    "provisional_how": Sentence("verdicts under an agreement that did not bind", "発効していない部門間SLAによる判定の件数"),
    "over_verdicts": Sentence("verdicts that began in {window}", "{window}に始まった判定"),
    # Promises
    "promises": Sentence("What each side promised the other", "互いの約束"),
    "promise": Sentence("Promise", "約束"),
    "to_whom": Sentence("{promisor} to {promisee}", "{promisor} → {promisee}"),
    "boundary": Sentence("{first} and {second}", "{first}と{second}"),
    "between": Sentence("Between them", "両者の間"),
    "kept": Sentence("Kept", "期限内"),
    "settled": Sentence("n", "件数"),
    "change": Sentence("Change, points", "前期比（ポイント）"),
    "overdue": Sentence("Overdue now", "現在超過中"),
    "promises_how": Sentence(
        "Kept = kept ÷ n; n are the promises settled in {window}: kept, late, missed or overdue. The change is against {before}.",
        "期限内 = 期限内の件数 ÷ 件数。件数は{window}に結果が決まった約束（期限内・期限後対応・未達・超過中）です。前期は{before}です。",
    ),
    "pacing": Sentence("Pacing", "進み具合"),
    "pacing_row": Sentence(
        "{actual} of {target}; even progress would be {expected} by now", "目標{target}に対し{actual}（均等に進んだ場合 {expected}）"
    ),
    "rate_row": Sentence("{actual} against {target}, n = {n}", "目標{target}に対し{actual}（件数 {n}）"),
    "nothing_promised": Sentence("Nothing was promised in this direction.", "この方向の約束はありません。"),
    # Moves
    "moves": Sentence("Leads to move today", "今日動かすリード"),
    "lead": Sentence("Lead", "リード"),
    "who": Sentence("Who", "約束した部門"),
    "stake": Sentence("At stake", "案件金額"),
    "due_at": Sentence("Due", "期限"),
    "moves_how": Sentence(
        "Open promises due before {until}, a lead once, the largest deals first.",
        "{until}までに期限を迎える約束があるリード。案件金額の大きい順です。",
    ),
    # The one move
    "best": Sentence("Where one change would help most", "最も効果が見込める改善"),
    "best_said": Sentence(
        "{percent} of the time over what was agreed lies with {code} {name} at {boundary}: {over} in {n} verdicts.",
        "合意を超えた時間の{percent}は、{boundary}の{code} {name}によるものです（{n}件で{over}）。",
    ),
    "no_best": Sentence("Nothing ran over what was agreed in {window}.", "{window}に合意を超えた時間はありません。"),
    "best_next": Sentence(
        "What another limit would have changed, history under a draft shows.",
        "期限を変えた場合の結果は、改定案を過去の記録に当てはめて試算できます。",
    ),
    "best_try": Sentence("Try a draft", "改定案を試算する"),
    "everywhere": Sentence("no handoff", "引き継ぎ以外"),
    # Funnel
    "funnel": Sentence("Funnel", "ファネル"),
    "present": Sentence("There now", "現在"),
    "entered": Sentence("Ever entered", "到達数"),
    "next": Sentence("To the next", "次への移行率"),
    "overall": Sentence("From the first", "累計の到達率"),
    "median": Sentence("Median stay, business time", "滞在時間の中央値（営業時間）"),
    "funnel_how": Sentence(
        "All that ever came, by {agreement}. To the next = runs that reached the next stage ÷ runs that entered this one; from the first = "
        "runs that came this far ÷ runs that began.",
        "全期間、{agreement}による集計。次への移行率 = 次のステージに到達した数 ÷ このステージに到達した数。"
        "累計の到達率 = ここまで到達した数 ÷ 開始した数。",
    ),
    # Overdue
    "soon": Sentence("Overdue now, and by the end of tomorrow if nobody acts", "現在超過中と、対応がない場合の明日末の見込み"),
    "department": Sentence("Department", "部門"),
    "tomorrow": Sentence("By the end of tomorrow", "明日末の見込み"),
    # Turned down
    "turned_down": Sentence("Rejected and returned", "差し戻しと返却"),
    "turned_down_how": Sentence("Recorded in {window}, as it was recorded.", "{window}に記録されたもの（記録時の内容）。"),
    "what_happened": Sentence("What", "区分"),
    "rejected": Sentence("rejected", "差し戻し"),
    "returned": Sentence("returned", "返却（受け入れ後）"),
    "kind": Sentence("Kind", "種類"),
    "reason": Sentence("Reason", "理由"),
    "count": Sentence("Leads", "件数"),
    "procedural": Sentence("procedural", "手続き"),
    "clerical": Sentence("clerical", "情報不備"),
    "definitional": Sentence("definitional", "基準未満"),
    "at": Sentence("When", "日時"),
    "by": Sentence("By", "記録者"),
    "turned_down_n": Sentence("{n} rejected or returned", "差し戻し・返却 {n}件"),
    # Channels
    "channels": Sentence("Channels", "チャネル"),
    "leads": Sentence("Leads", "リード数"),
    "won": Sentence("Won", "受注"),
    "amount": Sentence("Amount won", "受注金額"),
    "channels_how": Sentence(
        "Leads by the channel of their first touch, how many ever reached each stage, and what was won.",
        "最初に接触したチャネルごとのリード数、各ステージへの到達数、受注件数と金額。",
    ),
    # Heat
    "heat": Sentence("Promises not kept, by department and week", "守られなかった約束の割合（部門・週別）"),
    "heat_mark": Sentence("{department}, {week}, not kept: {percent} n={n}", "{department}、{week}、守られなかった割合：{percent} n={n}"),
    "heat_how": Sentence(
        "Late, missed and overdue ÷ n. People are looked at within their department, behind each cell.",
        "（期限後対応・未達・超過中）÷ 件数。担当者別の内訳は各部門の一覧で確認できます。",
    ),
}
