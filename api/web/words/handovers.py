"""The words of the handovers and of the changes behind them."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "How often a lead came from one holder to the next, and how long the giver had held it. The order is that of the relay: it is no "
        "ranking.",
        "リードの保有が移った回数と、渡した側の保有時間です。並びはリレーの順で、優劣を示すものではありません。",
    ),
    "party": Sentence("From or to", "対象の部門"),
    "all_changes": Sentence("Handovers", "引き継ぎの回数"),
    "all_how": Sentence("changes between consecutive custodians of a run", "エピソード内で保有部門が移った回数"),
    "over": Sentence("everything until the moment, or in the period asked", "対象時点までの全期間、または指定期間"),
    "came_back": Sentence("Went straight back", "すぐに戻った引き継ぎ"),
    "came_back_how": Sentence("A to B to A: back to who had given, with nobody in between", "渡した部門にそのまま戻った回数（A→B→A）"),
    "share_how": Sentence("went straight back ÷ handovers", "すぐに戻った引き継ぎ ÷ 引き継ぎの回数"),
    "share": Sentence("Share that went straight back", "すぐに戻った割合"),
    "chart": Sentence("Handovers between departments", "部門間の引き継ぎ"),
    "onward": Sentence("went on", "次の部門へ"),
    "mark": Sentence("{giver} to {receiver}, {what}: {n}", "{giver}から{receiver}、{what}：{n}"),
    "pair": Sentence("{giver} → {receiver}", "{giver} → {receiver}"),
    "as_picture": Sentence("as a file", "画像ファイル"),
    "matrix": Sentence("Who hands over to whom", "引き継ぎの組み合わせ"),
    "from_to": Sentence("From (down), to (across)", "渡した部門（縦）・受け取った部門（横）"),
    "median": Sentence("held for {held} (median)", "保有の中央値 {held}"),
    "back_n": Sentence("straight back", "すぐに戻り"),
    "held_how": Sentence(
        "Held: from when the giver came to hold the lead to when the receiver did, by the wall clock; the median.",
        "保有時間：渡した側が保有してから受け取った側が保有するまでの実時間（中央値）。",
    ),
    "people_of": Sentence("By person, within {department}", "担当者別：{department}"),
    "people_how": Sentence(
        "In the order of names: it is no ranking, and no basis for appraising people.",
        "名前順です。個人の評価には用いません。",
    ),
    "choose": Sentence("By person: choose a department", "担当者別は部門を選んでください"),
    "giver": Sentence("From", "渡した側"),
    "receiver": Sentence("To", "受け取った側"),
    "n_changes": Sentence("Handovers", "回数"),
    "held_median": Sentence("Held, median", "保有の中央値"),
    "ping_pong": Sentence("Leads that went straight back", "すぐに戻ったリード"),
    "all_of_them": Sentence("All {n}", "全{n}件"),
    # Changes
    "to_handovers": Sentence("To the handovers", "引き継ぎへ"),
    "changes_n": Sentence("{n} handovers", "引き継ぎ {n}件"),
    "changes": Sentence("Handovers", "引き継ぎ"),
    "lead": Sentence("Lead", "リード"),
    "at": Sentence("When", "日時"),
    "held": Sentence("Held before", "渡すまでの保有時間"),
    "back": Sentence("Straight back", "すぐに戻り"),
    "yes": Sentence("yes", "はい"),
    "between": Sentence("Between", "単位"),
    "department_level": Sentence("departments", "部門"),
    "owner_level": Sentence("persons", "担当者"),
    "only_onward": Sentence("only what did not go straight back", "すぐに戻らなかったもののみ"),
    "only_back": Sentence("only what went straight back", "すぐに戻ったもののみ"),
}
