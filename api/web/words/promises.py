"""The words of the pages about promises: how they were kept, the clocks and the offers behind the figures."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "What the departments promised each other at each boundary, side by side. The order is that of the relay: it is no ranking.",
        "各境界で両部門が互いに交わした約束を左右に並べています。並びはリレーの順で、優劣を示すものではありません。",
    ),
    # Filters
    "month": Sentence("Month", "月"),
    "week": Sentence("Week", "週"),
    "promise": Sentence("Promise", "約束"),
    "promisor": Sentence("Promised by", "約束した部門"),
    "promisee": Sentence("Promised to", "約束の相手"),
    "by": Sentence("By", "推移の単位"),
    # Boundaries
    "boundary": Sentence("{giver} and {receiver}", "{giver}と{receiver}"),
    "to_whom": Sentence("{promisor} to {promisee}", "{promisor}から{promisee}への約束"),
    "between": Sentence("In between", "両部門の間"),
    "nothing_promised": Sentence("Nothing of this kind was due so far.", "対象となる約束はまだありません。"),
    "binding": Sentence("Binding promises", "発効済みの約束"),
    "trial": Sentence("On trial: in no total, nobody's fault", "試算：合計にも判定にも含めません"),
    "kept_formula": Sentence("kept ÷ (kept + late + missed + overdue now)", "期限内 ÷（期限内・期限後対応・未達・現在超過中の合計）"),
    "over_all": Sentence("clocks of this promise, whenever they were settled", "この約束のSLAタイマー（全期間）"),
    "over_period": Sentence("clocks settled, or falling due, in {period}", "{period}に結果が出た、または期限を迎えるSLAタイマー"),
    "over_dates": Sentence("clocks settled, or falling due, in the period asked", "指定期間に結果が出た、または期限を迎えるSLAタイマー"),
    "overdue_now": Sentence("overdue now", "現在超過中"),
    "ever_breached": Sentence("ever breached", "超過歴あり"),
    "trend": Sentence("Kept by {period}, {giver} and {receiver}", "{period}別の期限内率：{giver}と{receiver}"),
    "mark": Sentence("{what}, {period}: {percent} kept, n = {n}", "{what}、{period}：期限内{percent}、件数{n}"),
    "as_picture": Sentence("as a file", "画像ファイル"),
    # The month's volume
    "pacing": Sentence("The month's volume", "今月の量と進み具合"),
    "pacing_of": Sentence("{promisor} to {promisee}: {promise}, {month}", "{promisor}から{promisee}へ：{promise}（{month}）"),
    "actual": Sentence("Good offers so far", "条件を満たした引き継ぎ"),
    "target": Sentence("Target", "目標"),
    "expected": Sentence("At an even pace by now", "均等ペースでの目安"),
    "needed": Sentence("Still to come", "残り"),
    "needed_a_day": Sentence("On each working day left", "残り営業日1日あたり"),
    "accepted": Sentence("Accepted", "受け入れ率"),
    "offers_made": Sentence("Offers made", "引き継ぎの依頼"),
    "volume_formula": Sentence("offers over the bar, less rejections that stood", "基準を満たした依頼から、有効な差し戻しを除いた件数"),
    "offers_formula": Sentence("all offers of the month", "当月の依頼すべて"),
    "rate_formula": Sentence(
        "accepted ÷ (decided + left undecided past due), judged from n = 20",
        "受け入れ ÷（判断済みと期限超過の未判断の合計）、20件以上で判定",
    ),
    "target_formula": Sentence("as agreed", "部門間SLAの取り決め"),
    "expected_formula": Sentence(
        "target, by the share of the month's working days that are gone", "目標に、経過営業日 ÷ 当月の営業日を掛けた件数"
    ),
    "needed_formula": Sentence("target less good offers", "目標から条件を満たした依頼を引いた件数"),
    "a_day_formula": Sentence("still to come ÷ working days left", "残り ÷ 残り営業日"),
    "over_month": Sentence("offers made in {month}", "{month}の依頼"),
    "even_pace": Sentence("even pace", "均等ペース"),
    "day_mark": Sentence("{day}: {n}", "{day}：{n}件"),
    # Clocks
    "clocks": Sentence("Clocks", "SLAタイマー"),
    "clocks_n": Sentence("{n} clocks", "SLAタイマー {n}件"),
    "to_promises": Sentence("To the promises", "約束の状況へ"),
    "clock_state": Sentence("Clock", "SLAタイマーの状態"),
    "lead": Sentence("Lead", "リード"),
    "who": Sentence("By whom, to whom", "約束した部門 → 相手"),
    "who_to_whom": Sentence("{promisor} → {promisee}", "{promisor} → {promisee}"),
    "started": Sentence("Started", "開始"),
    "due": Sentence("Due", "期限"),
    "stopped": Sentence("Stopped", "停止"),
    "used": Sentence("Used", "使用時間"),
    "allowed": Sentence("Allowed", "許容時間"),
    "provisional": Sentence("on trial", "試算"),
    "only": Sentence("Only", "対象"),
    "chosen_counted": Sentence(
        "counted in a percentage: kept, late, missed or overdue", "期限内率の分母（期限内・期限後対応・未達・現在超過中）"
    ),
    "chosen_breached": Sentence("ever breached: late, missed or overdue", "超過歴あり（期限後対応・未達・現在超過中）"),
    "chosen_provisional": Sentence("on trial", "試算のみ"),
    "chosen_binding": Sentence("binding", "発効済みのみ"),
    "order_due": Sentence("First due first", "期限の早い順"),
    # Offers
    "offers": Sentence("Offers", "引き継ぎの依頼"),
    "offers_n": Sentence("{n} offers", "引き継ぎの依頼 {n}件"),
    "offered_at": Sentence("Offered", "依頼日時"),
    "answer": Sentence("Answer", "回答"),
    "passes": Sentence("Over the bar", "基準"),
    "counts": Sentence("Counts", "算入"),
    "yes": Sentence("yes", "はい"),
    "no": Sentence("no", "いいえ"),
}
