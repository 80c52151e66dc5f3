"""Logging in to the pages: sessions, forms of a session, and what another site can do with them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.access.sessions import HOURS, Sessions
from api.settings import ProviderSettings, Settings
from api.web.login import own_address
from domain.vocabulary import SECOND
from ledger.book import Book
from ledger.entry import Receipt
from ledger.granting import KeyTerms, key_grant, key_revocation, login_of, role_grant
from tests.access.providing import CLIENT, Pretender, providing
from tests.api.serving import serving

TEMPLATES = Path(__file__).resolve().parents[2] / "api" / "web" / "templates"
HTML = {"accept": "text/html"}
_FORM = re.compile(r'<form[^>]*method="post".*?</form>', re.DOTALL)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def book(database: str) -> Iterator[Book]:
    with Book.open(database) as book:
        yield book


def made(book: Book, *scopes: str, person: str | None = "marketing:tanaka", source: str | None = None) -> str:
    key, claims = key_grant(KeyTerms(scopes, source, person), book.shared(), None, book.clock())
    assert all(isinstance(answer, Receipt) for answer in book.append(claims))
    return key.text


@pytest.fixture
def key(book: Book) -> str:
    """The key of somebody of marketing who reads, appends and signs; made before the server starts."""
    return made(book, "read", "append:marketing", "agree:marketing")


@pytest.fixture
def browser(database: str, key: str) -> Iterator[httpx.Client]:
    with (
        serving(Settings(database=database, poll_seconds=0.1)) as address,
        httpx.Client(base_url=address, headers={**HTML, "origin": address, "host": urlsplit(address).netloc}, timeout=10) as browser,
    ):
        yield browser


def token_of(page: httpx.Response) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def logged_in(browser: httpx.Client, key: str) -> httpx.Response:
    answer = browser.post("/login", data={"key": key, "to": "/agreement"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/agreement")
    return answer


def test_a_page_leads_to_the_login_and_back(browser: httpx.Client, key: str) -> None:
    answer = browser.get("/leads?stage=mql")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?to=%2Fleads%3Fstage%3Dmql")
    login = browser.get(answer.headers["location"])
    assert 'value="/leads?stage=mql"' in login.text
    assert "Position" not in login.text, "who is not let in is told nothing of the ledger"
    logged_in(browser, key)
    assert browser.get("/leads?stage=mql").status_code == 200


def test_the_cookie_is_out_of_the_reach_of_scripts_and_other_sites(browser: httpx.Client, key: str) -> None:
    cookie = logged_in(browser, key).headers["set-cookie"]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert key not in cookie


def test_behind_https_the_cookie_goes_over_https_to_this_host_alone(database: str, key: str) -> None:
    settings = Settings(database=database, public_url="https://ledger.example")
    with serving(settings) as address:
        headers = {"host": "ledger.example", "origin": "https://ledger.example"}
        answer = httpx.post(f"{address}/login", data={"key": key}, headers=headers)
    assert answer.headers["set-cookie"].startswith("__Host-tasuki=")
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_over_plain_http_from_elsewhere_nobody_logs_in(database: str, key: str) -> None:
    with serving(Settings(database=database)) as address:
        headers = {"host": "ledger.example", "origin": "http://ledger.example"}
        assert httpx.post(f"{address}/login", data={"key": key}, headers=headers).status_code == 401
        assert "https" in httpx.get(f"{address}/login", headers={**HTML, "host": "ledger.example"}).text


def test_what_opens_nothing_begins_no_session_and_is_not_repeated(browser: httpx.Client, key: str) -> None:
    answer = browser.post("/login", data={"key": key[:-1]})
    assert answer.status_code == 401
    assert key[:-1] not in answer.text
    assert "set-cookie" not in answer.headers


def test_a_program_s_key_begins_no_session(browser: httpx.Client, book: Book) -> None:
    program = made(book, "read", person=None, source="crm")
    deadline = time.monotonic() + 10
    while (answer := browser.post("/login", data={"key": program})).status_code == 401:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_whoever_is_logged_in_acts_as_themselves_whatever_a_form_says(browser: httpx.Client, key: str, book: Book) -> None:
    logged_in(browser, key)
    page = browser.get("/agreement")
    assert "marketing:tanaka" in page.text
    assert 'name="person"' not in page.text
    forged = {"act": "sign", "version": "the-model@1", "department": "inside_sales", "person": "sato", "form_token": token_of(page)}
    assert browser.post("/agreement/acts", data=forged).status_code == 303
    assert book.shared().agreed.versions["the-model@1"].signatures.keys() == {"marketing"}


def test_a_form_of_another_site_is_refused_with_the_cookie_and_without_the_token(browser: httpx.Client, key: str, book: Book) -> None:
    logged_in(browser, key)
    token = token_of(browser.get("/agreement"))
    form = {"act": "sign", "version": "the-model@1"}
    statuses = [
        browser.post("/agreement/acts", data=form).status_code,
        browser.post("/agreement/acts", data={**form, "form_token": "x"}).status_code,
        browser.post("/agreement/acts", data={**form, "form_token": token}, headers={"origin": "https://evil.example"}).status_code,
        browser.post("/agreement/acts", data={**form, "form_token": token}, headers={"sec-fetch-site": "cross-site"}).status_code,
    ]
    assert statuses == [403] * 4
    assert not book.shared().agreed.versions["the-model@1"].signatures


def test_a_session_writes_nothing_through_the_api(browser: httpx.Client, key: str) -> None:
    """A browser sends its cookie along with whatever asks it to: who writes there shows a key."""
    logged_in(browser, key)
    assert browser.get("/v1/leads").status_code == 200
    answer = browser.post("/v1/agreements/the-model@1/sign", json={"actor": "marketing:tanaka"})
    assert answer.status_code == 401


def test_a_revoked_key_ends_its_sessions(browser: httpx.Client, key: str, book: Book) -> None:
    logged_in(browser, key)
    book.append([key_revocation(key.split("_")[1], "lost", None, book.clock())])
    deadline = time.monotonic() + 10
    while browser.get("/agreement").status_code != 303:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_logging_out_ends_the_session_here(browser: httpx.Client, key: str) -> None:
    logged_in(browser, key)
    assert browser.post("/logout", data={"x": "x"}).status_code == 403
    assert browser.post("/logout", data={"form_token": token_of(browser.get("/agreement"))}).status_code == 303
    assert browser.get("/agreement").status_code == 303


def test_who_may_only_read_is_shown_no_forms_and_told_why(browser: httpx.Client, book: Book) -> None:
    reader = made(book, "read", person="field_sales:ito")
    deadline = time.monotonic() + 10
    while browser.post("/login", data={"key": reader}).status_code != 303:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    page = browser.get("/agreement")
    assert 'action="/agreement/acts' not in page.text
    assert "agree:&lt;department&gt;" in page.text
    assert browser.get("/import").status_code == 403


def test_every_form_that_writes_carries_the_token_of_its_session() -> None:
    forms = [form for file in TEMPLATES.glob("*.html") for form in _FORM.findall(file.read_text("utf-8"))]
    assert len(forms) > 5
    assert [form for form in forms if not re.search(r'ui\.(token|acting)\(|action="/login"', form)] == []


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/a\nb", ""])
def test_a_login_leads_to_no_other_host(to: str) -> None:
    assert own_address(to) == "/"


def test_a_cookie_that_was_altered_or_made_for_another_use_or_is_over_says_nothing() -> None:
    sessions, now = Sessions(b"s" * 32, is_secure=True), 1_000 * SECOND
    token = sessions.begin("du4ac7ovaq", now)
    kept = sessions.read(token, now)
    assert kept is not None
    assert kept.holder == "du4ac7ovaq"
    body, mac = token.split(".")
    assert sessions.read(f"{body[:-2]}AA.{mac}", now) is None
    assert sessions.read(body, now) is None
    assert sessions.read("", now) is None
    assert sessions.read("é.é", now) is None
    assert sessions.read(token, now + HOURS * 3_600 * SECOND) is None
    assert Sessions(b"t" * 32, is_secure=True).read(token, now) is None
    assert sessions.read(sessions.signed("login", kept), now) is None


# At the company's identity provider


@pytest.fixture
def provider() -> Iterator[Pretender]:
    with providing() as provider:
        yield provider


@pytest.fixture
def elsewhere(database: str, book: Book, provider: Pretender) -> Iterator[httpx.Client]:
    """The browser of somebody whose company has a provider."""
    company = ProviderSettings(provider.issuer, None, CLIENT)
    settings = Settings(database=database, poll_seconds=0.1, public_url="http://127.0.0.1", provider=company)
    with serving(settings) as address, httpx.Client(base_url=address, headers=HTML, timeout=10) as browser:
        yield browser


def sent_to(browser: httpx.Client, to: str = "/agreement") -> str:
    answer = browser.get("/login/provider", params={"to": to})
    assert answer.status_code == 303
    return answer.headers["location"]


def test_somebody_logs_in_with_their_company_s_account(elsewhere: httpx.Client, provider: Pretender, book: Book) -> None:
    claim = role_grant(login_of(provider.issuer, "u-1"), "marketing:tanaka", ["reader", "signer"], book.shared(), None, book.clock())
    book.append([claim])
    time.sleep(0.3)
    asked = parse_qs(urlsplit(sent_to(elsewhere)).query)
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == (["code"], ["S256"], ["openid"])
    code, state = provider.code(sent_to(elsewhere))
    answer = elsewhere.get("/login/callback", params={"code": code, "state": state, "session_state": "whatever"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/agreement")
    assert "marketing:tanaka" in elsewhere.get("/agreement").text


def test_who_is_known_there_and_not_here_is_told_what_to_ask_for(elsewhere: httpx.Client, provider: Pretender) -> None:
    code, state = provider.code(sent_to(elsewhere))
    answer = elsewhere.get("/login/callback", params={"code": code, "state": state})
    assert answer.status_code == 403
    assert login_of(provider.issuer, "u-1") in answer.text
    assert elsewhere.get("/agreement").status_code == 303


def test_a_login_that_another_browser_began_is_not_finished(elsewhere: httpx.Client, provider: Pretender) -> None:
    code, state = provider.code(sent_to(elsewhere))
    with httpx.Client(base_url=elsewhere.base_url, headers=HTML) as another:
        assert "set-cookie" not in another.get("/login/callback", params={"code": code, "state": state}).headers
    for told in (
        {"code": code, "state": "x"},
        {"code": code},
        {"state": state},
        {"code": code, "state": state, "iss": "https://evil.example"},
    ):
        assert "tasuki=" not in elsewhere.get("/login/callback", params=told).headers.get("set-cookie", "")


def test_a_code_of_another_login_is_refused(elsewhere: httpx.Client, provider: Pretender) -> None:
    """A code that somebody else got, put into one's own login: its token names another nonce, and its challenge another verifier."""
    stolen, _ = provider.code(sent_to(elsewhere))
    _, state = provider.code(sent_to(elsewhere))
    answer = elsewhere.get("/login/callback", params={"code": stolen, "state": state})
    assert answer.status_code == 401
    assert "tasuki=ey" not in answer.headers.get("set-cookie", "")
