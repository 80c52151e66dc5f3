"""The words of the page on which one logs in."""

from __future__ import annotations

from collections.abc import Mapping

from domain.findings import Sentence

WORDS: Mapping[str, Sentence] = {
    "your_key": Sentence("Your key", "あなたのキー"),
    "how_to_get_one": Sentence(
        "A key begins with tasuki_ and is a person's own. An administrator makes one with `tasuki keys create --person`.",
        "キーはtasuki_で始まり、一人ひとりに発行されます。管理者が`tasuki keys create --person`で発行します。",
    ),
    "with_provider": Sentence("Log in with your company's account", "会社のアカウントでログイン"),
    "nothing_granted": Sentence(
        "Your company knows you, and nothing was granted to you here yet. Give an administrator this name of your account, "
        "for `tasuki roles grant`.",
        "会社のアカウントは確認できましたが、権限がまだ付与されていません。"
        "管理者に次のアカウント名を伝え、`tasuki roles grant`での付与を依頼してください。",
    ),
    "not_logged_in": Sentence("You are not logged in.", "ログインできませんでした。"),
    "logged_in_as": Sentence("You are logged in as {person}.", "{person}としてログインしています。"),
    "open_still": Sentence(
        "There is no need to log in: no key was made yet, so the service is open to this machine.",
        "ログインは不要です。キーがまだ発行されていないため、このコンピューターからは誰でも利用できます。",
    ),
    "only_https": Sentence(
        "One logs in over https only: put a proxy that speaks it in front, and name its address with --public-url.",
        "ログインにはhttpsが必要です。httpsのプロキシを前段に置き、そのアドレスを--public-urlで指定してください。",
    ),
}
