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
