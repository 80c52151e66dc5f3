"""The words of the chain of figures."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "One chain for all departments: what each was to bring, what came, and where a gap arose. What one department brings is what the "
        "next one starts from.",
        "全部門で共有する一本の指標です。各部門の目標と実績、不足がどこで生じたかを示します。前の部門の実績が次の部門の分母になります。",
    ),
    "period": Sentence("Period", "期間"),
    "before": Sentence("Period before", "前の期間"),
    "after": Sentence("Period after", "次の期間"),
    "passed": Sentence("{percent} of its business hours have passed.", "営業時間の{percent}が経過しました。"),
    "short": Sentence("{n} short at the stage {stage}.", "{stage}：{n}件不足しています。"),
    "ahead": Sentence("The target of the stage {stage} is met, with {n} more.", "{stage}：目標を達成しています（{n}件超過）。"),
    "no_target": Sentence(
        "There is no target for the last stages of this period: set them below.",
        "この期間の後半のステージに目標がありません。下で設定できます。",
    ),
    "chain": Sentence("The chain", "指標の連鎖"),
    "target": Sentence("Target", "目標"),
    "actual": Sentence("Actual", "実績"),
    "expected": Sentence("By now, evenly", "現時点の均等進捗"),
    "forecast": Sentence("If it goes on so", "このまま進んだ場合"),
    "rate": Sentence("Went on", "移行率"),
    "target_rate": Sentence("Was to go on", "目標移行率"),
    "gap": Sentence("Gap", "不足"),
    "denominator_short": Sentence("Denominator short", "母数不足"),
    "conversion_short": Sentence("Conversion short", "転換率不足"),
    "of_the_last": Sentence("Of the last gap", "最終不足への影響"),
    "to_move": Sentence("Leads to move", "動かせるリード"),
    "open_there": Sentence("open leads", "進行中のリード"),
    "brings": Sentence("Brought by", "担当部門"),
    "gap_how": Sentence(
        "Gap: target less actual. Denominator short: what is missing because the stage before brought less than its target, at the "
        "targeted rate. Conversion short: the rest, because a smaller share went on. Of the last gap: how much of the gap at the last "
        "stage arose here; these add up to it.",
        "不足：目標から実績を引いた数。母数不足：前のステージが目標に届かなかったことによる不足（目標移行率で換算）。転換率不足：残り、移行した割合が小さかったことによる不足。"
        "最終不足への影響：最後のステージの不足のうちここで生じた分で、合計すると一致します。",
    ),
    "worth": Sentence("Won in the period", "期間内の受注額"),
    "segments": Sentence("By {what}", "{what}別"),
    "segment": Sentence("Segment", "区分"),
    "group_by": Sentence("By segment", "区分別"),
    "needed": Sentence("What a revenue takes", "売上目標からの逆算"),
    "needed_how": Sentence(
        "Revenue ÷ deal size ÷ the rates of {since} to {until}, back to the first stage. Give rates of your own to try them.",
        "売上 ÷ 案件単価 ÷ {since}〜{until}の移行率で、最初のステージまで逆算します。移行率を入力すると試算できます。",
    ),
    "revenue": Sentence("Revenue (minor units: yen, cents)", "売上（最小通貨単位：円、セント）"),
    "currency": Sentence("Currency", "通貨"),
    "deal_size": Sentence("Deal size (of late, if empty)", "案件単価（空欄は直近の実績）"),
    "rates": Sentence("Rates in percent, such as sal:35,won:12.5", "移行率（パーセント、例：sal:35,won:12.5）"),
    "count_back": Sentence("Count back", "逆算する"),
    "deals": Sentence("{deals} deals of {size} each", "{size}の案件が{deals}件必要です"),
    "entries": Sentence("Entries needed", "必要件数"),
    "rate_used": Sentence("Rate", "移行率"),
    "given": Sentence("given", "入力値"),
    "set": Sentence("Set a target", "目標を設定する"),
    "set_how": Sentence(
        "A target is an event in the ledger: a later one about the same takes its place, and the earlier one stays readable.",
        "目標は台帳の記録です。同じ対象の新しい目標が優先され、以前の目標も参照できます。",
    ),
    "n_entries": Sentence("Entries", "件数"),
    "agreed_by": Sentence("Agreed by", "合意した部門"),
    "of_value": Sentence("Only where it is", "値"),
    "of_all": Sentence("All leads", "すべてのリード"),
    "save": Sentence("Set the target", "目標を設定する"),
    "refused": Sentence("It was not recorded.", "記録されませんでした。"),
    "decide": Sentence("Record a decision", "決定を記録する"),
    "verdicts": Sentence("What stood in the way", "未達の要因を見る"),
}
