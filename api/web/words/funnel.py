"""The words of the funnel and of the runs behind it."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "intro": Sentence(
        "A run is one episode of a lead, from its beginning to its outcome. The stages are those of {agreement}.",
        "集計単位はエピソード（リードの開始から結果まで）です。ステージは{agreement}のものです。",
    ),
    # Filters
    "mode": Sentence("Stages", "ステージの数え方"),
    "mode_all": Sentence("only where every one before was entered in order", "順番どおりに通過したもののみ"),
    "group_by": Sentence("Grouped by", "内訳"),
    # Charts
    "came": Sentence("How far runs came", "到達したステージ"),
    "are": Sentence("Where open leads are", "進行中リードの現在のステージ"),
    "came_mark": Sentence("{stage}: {n}", "{stage}：{n}件"),
    "as_picture": Sentence("as a file", "画像ファイル"),
    # Tables
    "stages": Sentence("Stage by stage", "ステージ別"),
    "stages_of": Sentence("Stage by stage: {group}", "ステージ別：{group}"),
    "groups": Sentence("By {group}", "{group}別"),
    "present": Sentence("Here now", "現在"),
    "entered": Sentence("Entered", "到達"),
    "next": Sentence("On to the next", "次への転換率"),
    "overall": Sentence("From the first stage", "累積転換率"),
    "immature": Sentence("Still in time", "判定待ち"),
    "median": Sentence("Median stay, business time", "滞在の中央値（営業時間）"),
    "stays": Sentence("Stays", "滞在件数"),
    "formulas": Sentence("How this is counted", "算出方法"),
    "present_how": Sentence("open leads in the stage at this moment", "対象時点でそのステージにある進行中のリード"),
    "entered_how": Sentence(
        "runs that entered the stage for the first time (in the period, if one is asked)",
        "そのステージに初めて到達したエピソード（期間指定時は期間内）",
    ),
    "next_how": Sentence(
        "of those, runs that reached the next stage as well; counted by period: entries to the next stage over entries to this one, which "
        "may exceed 100 %",
        "そのうち次のステージにも到達したエピソード。期間内の移動では「次への到達 ÷ 到達」で、100%を超えることがあります",
    ),
    "overall_how": Sentence(
        "of the runs that entered the first stage, those that came this far; counted by period: entries over entries",
        "最初のステージに入ったエピソードのうち、ここまで到達したもの。期間内の移動で数える場合は到達 ÷ 最初のステージへの到達",
    ),
    "median_how": Sentence(
        "median business time of completed stays (ended in the period, if one is asked)",
        "完了した滞在の営業時間の中央値（期間指定時は期間内に終了）",
    ),
    # Runs
    "to_funnel": Sentence("To the funnel", "ファネルへ"),
    "runs_n": Sentence("{n} runs", "エピソード {n}件"),
    "runs": Sentence("Runs", "エピソード"),
    "lead": Sentence("Lead", "リード"),
    "episode": Sentence("Episode", "エピソード"),
    "entered_at": Sentence("Entered the stage", "ステージ到達"),
    "left_at": Sentence("Left it", "離脱"),
    "stayed": Sentence("Stay, business time", "滞在（営業時間）"),
    "figure_entered": Sentence("entered {stage}", "{stage}に到達"),
    "figure_next": Sentence("went on from {stage} to the next stage", "{stage}から次のステージに到達"),
    "figure_immature": Sentence("entered {stage} and still have time to go on", "{stage}に到達し、次への期限内"),
    "figure_overall": Sentence(
        "of the runs that entered the first stage, came to {stage}", "最初のステージに入ったもののうち{stage}に到達"
    ),
    "figure_stays": Sentence("completed stays in {stage}", "{stage}での完了した滞在"),
}
