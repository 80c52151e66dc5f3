"""A served ledger of a generated company, and a browser to look at its pages with."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from api.commands.demo import generate
from api.settings import Settings
from domain.vocabulary import instant
from ledger.book import Book
from tests.api.serving import serving
from tests.conftest import Needs
from tests.web.opening import HTML

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "axe" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
LEADS, SEED = 200, 7


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database of a company whose history ends a moment ago."""
    database = f"sqlite:///{tmp_path_factory.mktemp('company') / 'ledger.db'}"
    with Book.open(database) as book:
        for _ in book.append_groups(generate(LEADS, SEED, instant(datetime.now(UTC) - timedelta(minutes=1)))):
            pass
    return database


@pytest.fixture(scope="session")
def served(company: str) -> Iterator[str]:
    """The address of the company's server."""
    with serving(Settings(database=company, poll_seconds=0.1, sign_seconds=0.5, heartbeat_seconds=0.5)) as address:
        yield address


@pytest.fixture(scope="session")
def past(served: str) -> str:
    """How an address of the company asks for forty days ago, as known at two thirds of its ledger."""
    position = httpx.get(f"{served}/v1/events").json()["position"] * 2 // 3
    return f"as_of={datetime.now(UTC) - timedelta(days=40):%Y-%m-%dT%H:%M:%SZ}&known_at={position}"


@pytest.fixture(scope="module")
def _launch() -> Iterator[Callable[[], Browser]]:
    """Starts the browser when the first test of a module asks for it. While it runs, so does its event loop in this thread,
    and tests elsewhere that start one of their own would fail: therefore not for the whole session."""
    with sync_playwright() as playwright:
        started: list[Browser] = []

        def launch() -> Browser:
            if not started:
                started.append(playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]))
            return started[0]

        yield launch
        for browser in started:
            browser.close()


class Watched:
    """A page of a browser that may only talk to its server, and what it complained about."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._leaves(request.url))

    def open(self, path: str) -> Page:
        """The page under an address of the server."""
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.ok, f"{path} answers {answer.status}"
        return self.page

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it stands."""
        assert sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256, "axe is vendored as published; `make vendor` fetches it"
        self.page.evaluate(AXE.read_text("utf-8"))  # As a script of the page it would be refused by the page's policy.
        found: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}" for rule in found["violations"] for node in rule["nodes"]]

    def overflows(self) -> bool:
        """Whether the page is wider than its window."""
        wider: bool = self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        return wider

    def _leaves(self, url: str) -> None:
        if not url.startswith(f"{self.address}/"):
            self.complaints.append(f"A request leaves the host: {url}")


class Open(Protocol):
    """Opens a browser window at a server; the options are those of a browser context."""

    def __call__(self, address: str, language: str = "en", **options: Any) -> Watched: ...


@pytest.fixture
def window(needs: Needs, _launch: Callable[[], Browser]) -> Iterator[Open]:
    """`window(address, "ja", java_script_enabled=False)`."""
    needs("browser", CHROMIUM.exists())
    opened: list[BrowserContext] = []

    def make(address: str, language: str = "en", **options: Any) -> Watched:
        locale = {"en": "en-US", "ja": "ja-JP"}[language]
        context = _launch().new_context(**{"locale": locale, "viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(10_000)
        opened.append(context)
        return Watched(context.new_page(), address)

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def address_of_an_empty_ledger(tmp_path: Path) -> Iterator[str]:
    """A server whose ledger a test may write into."""
    with serving(Settings(database=f"sqlite:///{tmp_path / 'ledger.db'}", poll_seconds=0.1, heartbeat_seconds=0.5)) as address:
        yield address


@pytest.fixture
def client(served: str) -> Iterator[httpx.Client]:
    """What asks for the company's pages as a browser does."""
    with httpx.Client(base_url=served, headers=HTML, timeout=30) as client:
        yield client


@pytest.fixture(params=["present", "past"])
def moment(request: pytest.FixtureRequest, past: str) -> str:
    """What an address asks to be told as of now, and as of then."""
    return past if request.param == "past" else ""
