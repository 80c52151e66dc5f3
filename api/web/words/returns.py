"""The words of channel return."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "A lead counts for the channel and campaign of its first touch, with all that became of it until now. Costs are those recorded for "
        "the same months. The return shows what was won beside what was spent; it does not say that the one made the other.",
        "リードは最初の接点のチャネルとキャンペーンに計上し、その後の経過は対象時点までのものです。費用は同じ月に記録されたものです。費用対効果は受注額と費用を"
        "並べたもので、因果関係を示すものではありません。",
    ),
    # Notes
    "cut_months": Sentence(
        "Costs are recorded by whole months, and this period cuts a month, so no costs are shown. Let it begin on the first of a month and "
        "end with the last day of one.",
        "費用は月単位の記録です。指定した期間が月の途中で区切られているため、費用は表示していません。月初から月末までの期間を指定してください。",
    ),
    "some_leads": Sentence(
        "These leads are chosen by more than channel and campaign, and nobody knows their part of the costs, so none are shown.",
        "チャネルとキャンペーン以外の条件で絞り込んでいるため、該当分の費用が分からず、費用は表示していません。",
    ),
    "not_in_groups": Sentence(
        "In none of the groups, but in the whole: {money}, recorded for a channel or campaign that says nothing of them.",
        "内訳に割り当てられない費用（合計には含む）：{money}",
    ),
    "rate": Sentence("Converted at {there} for {here}, the rate stated from {day} on.", "換算レート：{here} = {there}（{day}から）"),
    # Filters
    "group_by": Sentence("Grouped by", "内訳"),
    "and_by": Sentence("and by", "内訳（2つ目）"),
    "currency": Sentence("All money in (such as JPY)", "通貨をそろえる（例：JPY）"),
    # The groups
    "groups": Sentence("Leads, money and return", "リード数・金額・費用対効果"),
    "whole": Sentence("All together", "合計"),
    "lead": Sentence("lead", "リード"),
    "leads": Sentence("Leads", "リード"),
    "won": Sentence("Won", "受注"),
    "won_amount": Sentence("Amount won", "受注額"),
    "cost": Sentence("Cost", "費用"),
    "per_one": Sentence("Cost per {what}", "{what}単価"),
    "returned": Sentence("Return", "費用対効果"),
    "more": Sentence("{n} smaller groups are in the download.", "ほか{n}件の内訳はダウンロードに含まれます。"),
    "cost_per_how": Sentence(
        "the cost of the group over its leads, those that came to the stage, or those won; to the nearest minor unit",
        "内訳の費用 ÷ リード数、そのステージへの到達数、または受注数（最小通貨単位に丸め）",
    ),
    "returned_how": Sentence(
        "amount won over cost in the same currency; grey where fewer than ten were won",
        "受注額 ÷ 同じ通貨の費用。受注が10件未満のものは灰色で示します",
    ),
    # Where they were left
    "left": Sentence("Where leads were left", "ステージ別の離脱"),
    "reached": Sentence("Came this far", "到達"),
    "of_all": Sentence("Of all leads", "全リード比"),
    "lying_open": Sentence("Open here", "進行中"),
    "lying_closed": Sentence("Closed here", "ここで終了"),
    "lying_merged": Sentence("Merged here", "ここで統合"),
    "open_amounts": Sentence("Deals open here", "進行中の商談額"),
    "closed_amounts": Sentence("Deals closed here", "終了した商談額"),
    "stay": Sentence("Median stay", "滞在の中央値"),
    "age": Sentence("Median age of open", "進行中の経過"),
    "left_how": Sentence(
        "Every lead lies in one stage, the one it was last in, so the columns open, closed and merged add up to all leads. In the last "
        "stage closed means won and handed over.",
        "各リードは最後にいたステージに1回だけ数えます。「進行中」「終了」「統合」の合計は全リード数と一致します。最後のステージの「終了」は受注後の引き継ぎ完了です。",
    ),
    "formulas": Sentence("How this is counted", "算出方法"),
}
