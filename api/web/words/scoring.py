"""The words of scoring: the model in force, how well scores foretell, another bar, and the runs behind a figure."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "Each run counts once, with the score by which its first offer at {stage} was judged. Of what was never offered nothing is known.",
        "各回を一度だけ、{stage}での最初の依頼時点のスコアで数えます。依頼されなかったリードの結果は分かりません。",
    ),
    # The model
    "model": Sentence("The scoring model", "スコアリングモデル"),
    "in_force": Sentence(
        "{model} is in force since {since}, signed by {parties}; its bar is {bar}.",
        "{model}が{since}から有効です（署名：{parties}、基準{bar}点）。",
    ),
    "none_in_force": Sentence("No scoring model is in force.", "有効なスコアリングモデルはありません。"),
    "rules": Sentence("What gives or takes points", "加点・減点の規則"),
    "rule": Sentence("Rule", "規則"),
    "points": Sentence("Points", "点数"),
    "fades": Sentence("Halved every … days", "半減期（日）"),
    "at_most": Sentence("At most", "上限"),
    # Calibration
    "calibration": Sentence("How often runs are won, by score", "スコア別の受注率"),
    "calibration_how": Sentence(
        "The rate is won ÷ ended; open runs pull it neither way. Fewer than 10 ended are greyed.",
        "受注率は、終了した回に占める受注の割合です。進行中は含みません。終了10件未満は灰色で示します。",
    ),
    "band": Sentence("Score", "スコア"),
    "unscored": Sentence("none", "なし"),
    "n_offered": Sentence("Offered", "依頼"),
    "n_won": Sentence("Won", "受注"),
    "n_ended": Sentence("Ended otherwise", "その他の終了"),
    "n_open": Sentence("Open", "進行中"),
    "rate": Sentence("Won of those ended", "受注率"),
    # Another bar
    "what_if": Sentence("Another bar, tried", "基準を変えた場合（試算）"),
    "bar": Sentence("Bar", "基準点"),
    "try_it": Sentence("Try", "試算する"),
    "agreed_bar": Sentence("agreed: {bar}", "合意済み：{bar}"),
    "tried_bar": Sentence("tried: {bar}", "試算：{bar}"),
    "side": Sentence("Side of the bar", "区分"),
    "over": Sentence("{bar}: over it", "{bar}（基準以上）"),
    "under": Sentence("{bar}: held back", "{bar}（基準未満）"),
    # Runs
    "runs_n": Sentence("{n} runs that were offered", "引き継ぎを依頼した回 {n}件"),
    "runs": Sentence("Runs that were offered", "引き継ぎを依頼した回"),
    "to_scoring": Sentence("To scoring", "スコアリングへ"),
    "lead": Sentence("Lead", "リード"),
    "offered_at": Sentence("Offered", "依頼日時"),
    "given_by": Sentence("Given by", "スコアの出所"),
    "briefing": Sentence("the briefing", "引き継ぎ情報"),
    "outcome": Sentence("Became", "結果"),
    "still_open": Sentence("open", "進行中"),
}
