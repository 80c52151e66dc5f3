"""The words of the page of imports."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "what": Sentence(
        "Upload a log, say what its rows mean, look at what they would become, and record them. What is recorded stays for ever; "
        "what is there already is skipped, so the same file may be imported again.",
        "ファイルをアップロードし、行の意味を指定し、内容を確認してから記録します。記録は取り消せません。記録済みの行は二重に記録されません。",
    ),
    "kinds": Sentence(
        "CSV, XLSX, Parquet or XES, or NDJSON of CloudEvents; up to {most} MB. Larger ones: the command tasuki import.",
        "CSV・XLSX・Parquet・XES、またはCloudEventsのNDJSON（{most} MBまで）。より大きいファイルは tasuki import をご利用ください。",
    ),
    "personal": Sentence(
        "Leave out names, addresses and telephone numbers of customers: columns that no mapping names are not recorded.",
        "お客様の氏名・連絡先は含めないでください。対応付けのない列は記録されません。",
    ),
    "only_now": Sentence("Files are imported in the present alone.", "取り込みは現在の表示でのみ行えます。"),
    "file": Sentence("File", "ファイル"),
    "upload": Sentence("Upload", "アップロード"),
    "uploaded": Sentence("The file {name}", "ファイル {name}"),
    "removed": Sentence(
        "It is kept for an hour at most, and removed once it is imported.", "ファイルは最長1時間保管し、取り込み後に削除します。"
    ),
    "refused": Sentence("This was not done.", "処理できませんでした。"),
    # Mapping
    "mapping": Sentence("What the rows mean", "行の意味（対応付け）"),
    "no_mapping_needed": Sentence("CloudEvents say themselves what they are.", "CloudEventsのため、対応付けは不要です。"),
    "first_rows": Sentence("How the file begins", "ファイルの先頭"),
    "by_columns": Sentence("Map columns", "列を対応付ける"),
    "stages": Sentence("What the file's words for stages are called here", "ステージ名の対応"),
    "as_it_stands": Sentence("as it stands", "そのまま"),
    "shipped": Sentence("Choose a shipped mapping", "用意された対応付けを選ぶ"),
    "own": Sentence("Paste or mend a mapping (YAML)", "対応付け（YAML）を貼り付け・修正する"),
    "use": Sentence("Use it", "適用"),
    "none": Sentence("none", "なし"),
    "lead": Sentence("The lead's key", "リードのキー"),
    "time": Sentence("When it happened", "発生日時"),
    "stage": Sentence("The stage it came to", "ステージ"),
    "actor": Sentence("Who did it", "記録者"),
    "department": Sentence("Of which department, where the column does not say", "部門（列に含まれない場合）"),
    "channel": Sentence("Channel", "チャネル"),
    "campaign": Sentence("Campaign", "キャンペーン"),
    "source": Sentence("Name of the source", "記録元の名前"),
    "zone": Sentence(
        "Times without an offset are read on the wall clock of {zone}, days as their midnight.",
        "時差のない時刻は{zone}の現地時刻、日付のみは午前0時として読みます。",
    ),
    # Preview
    "preview": Sentence("What the first rows would become", "先頭行の取り込み結果（確認）"),
    "line": Sentence("Line", "行"),
    "event": Sentence("Event", "記録"),
    "of_lead": Sentence("Lead", "リード"),
    "happened": Sentence("Happened", "発生日時"),
    "by": Sentence("By", "記録者"),
    "data": Sentence("Says", "内容"),
    "unused": Sentence("of no concern", "対象外"),
    "rejected": Sentence("rejected", "不採用"),
    "record": Sentence("Record all rows", "全行を記録する"),
    "discard": Sentence("Discard the file", "ファイルを破棄する"),
    # Running and done
    "running": Sentence("Recording", "記録中"),
    "so_far": Sentence("{done} rows so far", "{done}行まで処理しました"),
    "of_rows": Sentence("{done} of {total} rows", "{total}行中{done}行を処理しました"),
    "refreshes": Sentence("This page refreshes itself.", "このページは自動的に更新されます。"),
    "done": Sentence("Done", "完了"),
    "stopped": Sentence("It stopped", "中断しました"),
    "stopped_how": Sentence(
        "What is recorded stays; upload the file again and it goes on from there.",
        "記録済みの行は残ります。再度アップロードすると続きから取り込みます。",
    ),
    "own_fault": Sentence("The reason is in the server's log.", "原因はサーバーのログを確認してください。"),
    "rows": Sentence("Rows", "行数"),
    "recorded": Sentence("Events recorded", "記録した件数"),
    "duplicates": Sentence("Already there", "記録済み"),
    "refused_n": Sentence("Refused by the ledger", "台帳が拒否した件数"),
    "unused_n": Sentence("Rows of no concern", "対象外の行"),
    "rejected_n": Sentence("Rows rejected", "不採用の行"),
    "why_rejected": Sentence("What was rejected, and why (CSV)", "不採用の行と理由（CSV）"),
    "see_events": Sentence("The newest events", "最新の記録"),
    "another": Sentence("Import another file", "別のファイルを取り込む"),
}
