"""Logging in with a browser: somebody's own key, the pages as that person, and out again; in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import Settings
from ledger.book import Book
from ledger.granting import KeyTerms, key_grant
from tests.api.serving import serving

WORDS = {"en": ("Your key", "Log in", "Log out", "Sign"), "ja": ("あなたのキー", "ログイン", "ログアウト", "署名")}


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """A server that is open to nobody without a key: its address, the key of somebody of marketing, and its database."""
    database = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Book.open(database) as book:
        terms = KeyTerms(("read", "append:marketing", "agree:marketing"), None, "marketing:tanaka")
        key, claims = key_grant(terms, book.shared(), None, book.clock())
        book.append(claims)
    with serving(Settings(database=database, poll_seconds=0.1, heartbeat_seconds=0.5)) as address:
        yield address, key.text, database


@pytest.mark.parametrize("language", ["en", "ja"])
def test_somebody_logs_in_signs_and_logs_out(closed, window, language):
    address, key, database = closed
    your_key, log_in, log_out, sign = WORDS[language]
    watched = window(address, language)
    page = watched.open("/agreement")
    assert page.url.startswith(f"{address}/login?to=")
    assert watched.violations() == []
    page.get_by_label(your_key).fill(key)
    page.get_by_role("button", name=log_in).click()
    page.wait_for_url("**/agreement")
    assert "marketing:tanaka" in page.locator("header.site").inner_text()
    assert watched.violations() == []
    page.locator("details.act summary", has_text=sign).first.click()
    assert page.locator('details.act[open] input[name="person"]').count() == 0
    page.locator("details.act[open] button").click()
    page.wait_for_url("**/agreement?version=**")
    with Book.open(database) as book:
        assert book.shared().agreed.versions["the-model@1"].signatures.keys() == {"marketing"}
    page.get_by_role("button", name=log_out).click()
    page.wait_for_url("**/login")
    assert watched.complaints == []


def test_on_a_telephone_the_account_fits_into_the_window(closed, window):
    address, key, _ = closed
    watched = window(address, "ja", viewport={"width": 375, "height": 740})
    page = watched.open("/login")
    assert not watched.overflows()
    page.get_by_label(WORDS["ja"][0]).fill(key)
    page.get_by_role("button", name=WORDS["ja"][1]).click()
    page.wait_for_url(f"{address}/")
    assert not watched.overflows()
    assert watched.violations() == []
