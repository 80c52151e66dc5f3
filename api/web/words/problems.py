"""What kind of problem it is, and what to do about it, for people: the sentence with the particulars is the API's own."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "malformed": Sentence("What was sent cannot be read.", "送信内容を読み取れません。"),
    "invalid": Sentence("What was sent says something that cannot be.", "指定の内容が成り立ちません。"),
    "ahead": Sentence("The time lies in the future.", "日時が未来になっています。"),
    "protocol": Sentence(
        "The act breaks the handoff protocol. Look at the lead as it is now.",
        "引き継ぎの手順に合わない操作です。リードの最新の状態をご確認ください。",
    ),
    "reused": Sentence("The source and id are taken.", "同じ発行元とIDの記録がすでにあります。"),
    "erased": Sentence("The personal data of this subject was erased.", "この方の個人情報は消去済みです。"),
    "atomic": Sentence("All were to be recorded or none.", "一括で記録する指定のため、すべて記録しませんでした。"),
    "version": Sentence("The lead has moved on. Load the page again.", "リードはすでに更新されています。ページを再読み込みしてください。"),
    "not-found": Sentence("There is no such thing here.", "該当するものがありません。"),
    "method": Sentence("This cannot be done here.", "ここではこの操作はできません。"),
    "media-type": Sentence("What was sent is of another kind.", "送信内容の形式が違います。"),
    "too-large": Sentence("What was sent is too long.", "送信内容が大きすぎます。"),
    "too-slow": Sentence("It took too long to arrive. Send it again.", "受信に時間がかかりすぎました。もう一度お送りください。"),
    "unavailable": Sentence(
        "The ledger cannot answer now. Try again shortly.", "台帳が応答できません。しばらくしてから再度お試しください。"
    ),
    "unauthorized": Sentence("Nobody is let in without a key.", "ログインまたはAPIキーが必要です。"),
    "forbidden": Sentence("Your rights do not go so far.", "この操作の権限がありません。"),
    "too-many": Sentence("Too many requests at once. Wait a moment.", "リクエストが多すぎます。少し待ってから再度お試しください。"),
    "internal": Sentence(
        "Something went wrong in Tasuki itself. Sending it again is safe.",
        "Tasuki内部で問題が発生しました。もう一度お送りいただいても重複しません。",
    ),
}
"""By the last part of a problem's type."""
