"""The pages of personas and content: every number opens exactly as many leads, and the forms write."""

from collections.abc import Iterator

import httpx
import pytest

from api.settings import Settings
from tests.api.serving import serving
from tests.web.opening import HTML, numbers, rows


@pytest.mark.parametrize(
    "page", ["/personas", "/personas?channel=web&by=quarter", "/content", "/content?touch=first", "/content?touch=last"]
)
def test_every_number_opens_exactly_as_many_leads(client: httpx.Client, moment: str, page: str) -> None:
    found = {
        address: n
        for address, n in dict(numbers(client.get(f"{page}{'&' if '?' in page else '?'}{moment}").text, "/leads")).items()
        if address
    }
    assert len(found) > 5
    for address, n in list(found.items())[::4]:
        assert rows(client, address) == n, address


@pytest.mark.parametrize(("language", "said"), [("en", "An association, and no cause"), ("ja", "因果関係ではありません")])
def test_the_page_of_content_claims_no_cause(client: httpx.Client, language: str, said: str) -> None:
    assert said in client.get(f"/content?lang={language}").text


@pytest.mark.parametrize(("language", "said"), [("en", "Propose a correction"), ("ja", "修正を起案する")])
def test_a_correction_begins_with_the_signed_document(client: httpx.Client, language: str, said: str) -> None:
    text = client.get(f"/personas?lang={language}").text
    assert said in text
    assert "version: 2" in text


@pytest.fixture
def empty(tmp_path) -> Iterator[httpx.Client]:  # type: ignore[no-untyped-def]
    with (
        serving(Settings(database=f"sqlite:///{tmp_path / 'ledger.db'}", poll_seconds=0.1)) as address,
        httpx.Client(base_url=address, headers={**HTML, "origin": address}) as client,
    ):
        yield client


def test_a_document_is_proposed_and_signed_on_the_page(empty: httpx.Client) -> None:
    document = "name: buyers\nsigned_by: [marketing, inside_sales]\npersonas: [{id: director}]\n"
    who = {"department": "marketing", "person": "tanaka"}
    refused = empty.post("/personas/acts", data={**who, "act": "propose", "document": document.replace("inside_sales", "legal")})
    assert (refused.status_code, "no department legal" in refused.text) == (422, True)
    assert empty.post("/personas/acts", data={**who, "act": "propose", "document": document}).status_code == 303
    for department in ("marketing", "inside_sales"):
        signed = {"department": department, "person": "a", "act": "sign", "version": "buyers@1"}
        assert empty.post("/personas/acts", data=signed).status_code == 303
    assert empty.get("/v1/personas", headers={"accept": "application/json"}).json()["document"] == "buyers@1"


def test_content_is_asked_for_and_registered_on_the_page(empty: httpx.Client) -> None:
    asked = {"act": "request", "department": "field_sales", "person": "ito", "title": "Security", "content": "sheet"}
    assert empty.post("/content/acts", data=asked).status_code == 303
    made = {**asked, "act": "register", "kind": "document", "author_marketing": "1", "department": "marketing"}
    assert empty.post("/content/acts", data=made).status_code == 303
    (row,) = empty.get("/v1/content", headers={"accept": "application/json"}).json()["content"]
    assert (row["state"], row["co_authors"], row["requested_by"]) == ("made", ["marketing"], "field_sales")
