"""The words of the pages, a module for each page; here are those that stand on every one of them. In a template they are
`w.<name>`; one that is wanting fails, as does one without the other language. Domain's words are in `api.words`."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

EVERYWHERE: Mapping[str, Sentence] = {
    # Around the page
    "skip": Sentence("Skip to the content", "本文へ移動"),
    "page_groups": Sentence("Groups of pages", "ページの分類"),
    "pages": Sentence("Pages", "ページ"),
    "other_language": Sentence("日本語", "English"),
    "find_lead": Sentence("Open a lead", "リードを開く"),
    "lead_key": Sentence("Key of a lead", "リードのキー"),
    "open": Sentence("Open", "開く"),
    "no_appraisal": Sentence(
        "It shows where work stood between departments, and is no basis for appraising people.",
        "部門間の引き継ぎの経緯を示すものであり、個人の評価には用いません。",
    ),
    # The moment
    "moment": Sentence("Moment", "時点"),
    "as_of": Sentence("As of", "対象時点"),
    "known_at": Sentence("As known at", "記録時点"),
    "position": Sentence("Position", "台帳の位置"),
    "show": Sentence("Show", "表示"),
    "present": Sentence("Back to the present", "現在に戻る"),
    "not_present": Sentence("This is not the present.", "現在の状態ではありません。"),
    "held": Sentence(
        "As of {as_of}, as known at {known_at} (position {position}).", "対象時点 {as_of}、記録時点 {known_at}（台帳の位置 {position}）。"
    ),
    "in_meeting": Sentence("Weekly meeting: the figures stay as they are.", "週次定例：表示中の数値は固定されています。"),
    "meeting": Sentence("Weekly meeting", "週次定例"),
    "meeting_how": Sentence("Hold the figures at this moment", "この時点の数値に固定する"),
    "share": Sentence("Link to this moment", "この時点へのリンク"),
    "times_are": Sentence("Times are on the wall clock of {zone}.", "時刻は{zone}の現地時刻です。"),
    "local_time": Sentence("Times without an offset are on the wall clock of {zone}.", "時差の指定がない時刻は{zone}の現地時刻です。"),
    "news": Sentence("{n} new in the ledger: refresh", "台帳に新しい記録{n}件：更新する"),
    # Who acts
    "log_in": Sentence("Log in", "ログイン"),
    "log_out": Sentence("Log out", "ログアウト"),
    "your_department": Sentence("Your department", "あなたの部門"),
    "your_name": Sentence("Your name in the ledger", "台帳でのあなたの名前"),
    "you_act_as": Sentence("You act as {person}; the ledger keeps it for ever.", "{person}として台帳に記録され、取り消せません。"),
    "lacks_scope": Sentence(
        "You may look at this, and not act on it: that takes {scope}. An administrator grants it.",
        "閲覧のみ可能です。操作には{scope}の権限が必要です。管理者に付与を依頼してください。",
    ),
    # Filters
    "filters": Sentence("Filters", "絞り込み"),
    "apply": Sentence("Apply", "適用"),
    "clear": Sentence("Clear", "解除"),
    "not_applied": Sentence("These filters change nothing on this page", "このページでは次の絞り込みは適用されません"),
    "everything": Sentence("Any", "すべて"),
    "unsaid": Sentence("nobody said it", "記録なし"),
    "since": Sentence("From", "開始"),
    "until": Sentence("Until", "終了"),
    "basis": Sentence("Counted", "集計方法"),
    "basis_now": Sentence("everything that ever came", "全期間"),
    "basis_cohort": Sentence("what came in the period", "期間内に流入したリード"),
    "basis_period": Sentence("what happened in the period", "期間内の移動"),
    "stage": Sentence("Stage", "ステージ"),
    "state": Sentence("State", "状態"),
    "outcome": Sentence("Outcome", "結果"),
    "channel": Sentence("Channel", "チャネル"),
    "campaign": Sentence("Campaign", "キャンペーン"),
    "persona": Sentence("Persona", "ペルソナ"),
    "industry": Sentence("Industry", "業種"),
    "company_size": Sentence("Company size", "企業規模"),
    "region": Sentence("Region", "地域"),
    "department": Sentence("Department", "部門"),
    "owner": Sentence("Owner", "担当者"),
    "agreement": Sentence("Agreement", "部門間SLA"),
    "open_leads": Sentence("open", "進行中"),
    "closed_leads": Sentence("closed", "終了"),
    "merged_leads": Sentence("merged", "統合済み"),
    # Between words
    "colon": Sentence(": ", "："),
    "comma": Sentence(", ", "、"),
    "in_brackets": Sentence(" ({what})", "（{what}）"),
    # Figures and lists
    "how": Sentence("How this is counted", "算出方法"),
    "formula": Sentence("Formula", "算式"),
    "counted_over": Sentence("Counted over", "対象"),
    "n_of": Sentence("{n} of {of}", "{of}件中{n}件"),
    "n": Sentence("n", "件数"),
    "small_n": Sentence("few cases: read with care", "件数が少ないため参考値"),
    "download": Sentence("Download", "ダウンロード"),
    "next_page": Sentence("Next page", "次のページ"),
    "first_page": Sentence("First page", "最初のページ"),
    "chart_scrolls": Sentence("chart, can be scrolled", "図（横にスクロールできます）"),
    # States
    "nothing": Sentence("Nothing to show", "表示するものがありません"),
    "error": Sentence("This cannot be shown", "表示できません"),
    "loading": Sentence("One moment", "準備中です"),
    "loading_how": Sentence(
        "The figures are being worked out from the ledger. This page tries again by itself.",
        "台帳から数値を算出しています。このページは自動的に再読み込みされます。",
    ),
    "not_allowed": Sentence("Not allowed", "権限がありません"),
    "not_found": Sentence("Not found", "見つかりません"),
    "start": Sentence("To the start page", "トップページへ"),
    "again": Sentence("Try again", "再試行"),
    "asked_wrong": Sentence("What was asked wrongly", "確認が必要な指定"),
}
