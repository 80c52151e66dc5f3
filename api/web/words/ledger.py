"""The words of the page of the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

SOURCE_KINDS: Mapping[str, Sentence] = {
    "manual": Sentence("people type", "手入力"),
    "integration": Sentence("a system sends", "システム連携"),
    "import": Sentence("imported", "取り込み"),
}
WORDS: Mapping[str, Sentence] = {
    "what": Sentence(
        "Every event stands here for ever. What is signed and witnessed cannot be changed without somebody seeing it.",
        "すべての記録は永久に残ります。署名と立会いのある範囲は、気付かれずに変更できません。",
    ),
    # The checkpoint
    "checkpoint": Sentence("The newest checkpoint", "最新のチェックポイント"),
    "unsigned": Sentence("Nothing is signed yet; a checkpoint follows within a second.", "まだ署名がありません。1秒ほどで署名されます。"),
    "signed_at": Sentence("Signed", "署名日時"),
    "size": Sentence("Entries", "記録数"),
    "root": Sentence("Root of the tree", "ハッシュ木の根"),
    "key": Sentence("Key of the log", "台帳の公開鍵"),
    "note": Sentence("The signed note", "署名付きの文面"),
    "signatures_are_now": Sentence(
        "Signatures are shown as they are now, for the entries known at the moment asked.",
        "署名は現時点のもので、対象時点までの記録について示します。",
    ),
    # Who vouches
    "ranges": Sentence("Who vouches for what", "記録の保証範囲"),
    "range": Sentence("Entries", "記録の範囲"),
    "n_entries": Sentence("Number", "件数"),
    "standing": Sentence("How they stand", "状態"),
    "from_to": Sentence("{begin} to {end}", "{begin}〜{end}"),
    "is_witnessed": Sentence("witnessed: whoever changes them is seen", "立会い済み：変更すれば発覚します"),
    "is_signed": Sentence(
        "signed by the log, and not witnessed: whoever has the log's key could have changed them",
        "署名済み・立会い前：台帳の鍵を持つ者は変更できた可能性があります",
    ),
    "is_unsigned": Sentence(
        "not vouched for yet: they are as recorded, or as somebody rewrote them", "未署名：記録のままとは保証されません"
    ),
    "witnesses": Sentence("Witnesses", "立会人"),
    "witness": Sentence("Witness", "立会人"),
    "cosigned_to": Sentence("Has cosigned up to", "連署済みの位置"),
    "cosigned_at": Sentence("When", "連署日時"),
    "behind": Sentence("Behind by", "未連署の件数"),
    "never": Sentence("nothing yet", "まだありません"),
    "no_witness": Sentence(
        "Nobody witnesses this ledger. A department that runs a witness makes every later change visible.",
        "立会人がいません。各部門が立会人を運用すると、以後の変更が必ず発覚します。",
    ),
    "authority": Sentence("Time stamped by {authority}, {at}", "タイムスタンプ：{authority}（{at}）"),
    # How to verify
    "verify": Sentence("How to verify", "検証の方法"),
    "verify_book": Sentence(
        "The whole book, from a copy of its file, without this server:", "台帳全体（ファイルの写しから、このサーバーなしで）："
    ),
    "verify_keep": Sentence(
        "Keep a checkpoint outside of this machine, and check against it later:", "チェックポイントを別の場所に保管し、後日照合する："
    ),
    "verify_one": Sentence("One event: its proof leads from its bytes to the signed root:", "記録1件（本体から署名済みの根までの証明）："),
    "verify_key": Sentence(
        "Take the log's key and the witnesses' keys from whoever runs them, not from this page.",
        "公開鍵はこのページではなく、運用者から直接入手してください。",
    ),
    # Events
    "newest": Sentence("The newest events", "最新の記録"),
    "events": Sentence("Events", "記録一覧"),
    "all_events": Sentence("{n} events", "{n}件の記録"),
    "event": Sentence("Event", "記録"),
    "lead": Sentence("Lead", "リード"),
    "happened": Sentence("Happened", "発生日時"),
    "recorded": Sentence("Recorded", "記録日時"),
    "by": Sentence("By", "記録者"),
    "source": Sentence("Source", "記録元"),
    "hash": Sentence("Hash", "ハッシュ"),
    "proof": Sentence("Proof", "証明"),
    "older": Sentence("Older", "以前の記録"),
    "back": Sentence("Back to the ledger", "台帳に戻る"),
    # Sources
    "sources": Sentence("Sources", "記録元"),
    "kind": Sentence("How it writes", "記録の方法"),
    "window": Sentence("May reach back", "遡及できる期間"),
    "days": Sentence("{n} days", "{n}日"),
    "unlimited": Sentence("without limit", "制限なし"),
    "cut_over": Sentence("Its times are all there is until", "切替日"),
    "undeclared": Sentence("A source that nobody declared is taken as typed by people.", "未宣言の記録元は手入力として扱います。"),
    # Claims
    "claims": Sentence("Late claims that wait for another department", "確認待ちの遡及申告"),
    "claims_how": Sentence(
        "They reach further back than their source may, and count for nothing until another department confirms them.",
        "記録元の期間を超えて遡るため、他部門が確認するまで集計に含みません。",
    ),
    "claimant": Sentence("Claimed by", "申告部門"),
}
