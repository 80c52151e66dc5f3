"""The page of the agreement: its terms in words, who signed, what differs; proposed and signed by forms, drafts tried."""

import re

import httpx
import pytest

from domain.the_model import TERMS
from ledger.documents import write_document
from ledger.terms import written

HTML = {"accept": "text/html", "accept-language": "en"}
OURS = {"sec-fetch-site": "same-origin"}
DOCUMENT = write_document(written(TERMS))
STRICTER = DOCUMENT.replace("version: 1", "version: 2", 1).replace(
    "leg: mql, within: {business_hours: 1}", "leg: mql, within: {business_minutes: 30}"
)


@pytest.fixture
def client(address_of_an_empty_ledger):
    with httpx.Client(base_url=address_of_an_empty_ledger, headers=HTML | OURS, timeout=30) as client:
        yield client


def act(client, **fields):
    return client.post("/agreement/acts", data={"department": "marketing", "person": "tanaka", **fields})


def test_every_term_is_said_in_both_languages(client):
    english, japanese = client.get("/agreement?lang=en").text, client.get("/agreement?lang=ja").text
    assert "Inside sales makes its first attempt on a lead accepted at mql within 1 h 00 min of business time." in english
    assert "MQL（引き継ぎ対象）で受け入れたリードに営業時間で1時間以内に初回アプローチします。" in japanese
    assert len(re.findall("<li>", english)) == len(re.findall("<li>", japanese))


def test_a_version_is_proposed_and_signed_by_forms_without_a_script(client, window):
    """The last signature puts it in force; each act is an event of the book, by whoever sent the form."""
    page = window(str(client.base_url).rstrip("/"), "ja", java_script_enabled=False).open("/agreement")
    page.get_by_text("新しい版を起案する").click()
    form = page.locator("form", has=page.locator("input[value=propose]"))
    form.locator("textarea").fill(STRICTER)
    form.locator("input[name=person]").fill("tanaka")
    form.locator("button").click()
    assert "the-model@2：試算" in page.locator("#shown").inner_text()
    for department in ("marketing", "inside_sales", "field_sales", "customer_success", "operations"):
        page.get_by_text("the-model@2に署名する").click()
        form = page.locator("form", has=page.locator("input[value=sign]"))
        form.locator("select").select_option(department)
        form.locator("input[name=person]").fill("sato")
        form.locator("button").click()
    assert "the-model@2：発効" in page.locator("#shown").inner_text()
    events = client.get("/v1/events").json()["events"]
    assert [event["type"] for event in events] == ["agreement.proposed", *["agreement.signed"] * 5]
    assert [event["actor"] for event in events[:3]] == ["marketing:tanaka", "marketing:sato", "inside_sales:sato"]


def test_a_proposal_with_faults_comes_back_as_it_was_written_with_all_of_them(client):
    faulty = STRICTER.replace("leg: mql, within: {business_minutes: 30}", "leg: nowhere, within: {business_minutes: 30}", 1)
    faulty = faulty.replace("min_score: 60", "min_score: high")
    answer = act(client, act="propose", document=faulty)
    assert answer.status_code == 422
    assert "min_score: high" in answer.text
    assert len(re.findall("<li><code>/", answer.text)) >= 2
    assert client.get("/v1/events").json()["position"] == 0


def test_what_is_no_yaml_is_said_on_the_page(client):
    answer = act(client, act="propose", document="name: [")
    assert answer.status_code == 400
    assert "Not YAML" in answer.text


def test_a_version_is_withdrawn_and_says_why(client):
    assert act(client, act="propose", document=STRICTER).status_code == 303
    assert act(client, act="withdraw", version="the-model@2", reason="Too <short>.").status_code == 303
    text = client.get("/agreement?version=the-model@2").text
    assert "Withdrawn by marketing:tanaka: Too &lt;short&gt;." in text
    assert 'value="sign"' not in text


@pytest.mark.parametrize("path", ["/agreement/acts", "/agreement/draft"])
def test_a_form_of_another_site_is_refused(client, path):
    assert client.post(path, data={"act": "propose"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_two_versions_are_laid_beside_each_other_in_words(client):
    act(client, act="propose", document=STRICTER)
    for language, before, after in (
        ("en", "1 h 00 min of business time", "30 min of business time"),
        ("ja", "営業時間で1時間", "営業時間で30分"),
    ):
        text = client.get(f"/agreement?before=the-model@1&after=the-model@2&lang={language}").text
        table = text.partition('id="differences"')[2].partition("</table>")[0]
        assert before in table
        assert after in table
    assert "within 1 business hour -&gt; 30 business minutes" in text
    assert "They say the same" in client.get("/agreement?before=the-model@1&after=the-model@1&lang=en").text


def test_a_version_that_is_not_there_is_not_found(client):
    assert client.get("/agreement?version=the-model@9").status_code == 404


def test_before_it_was_proposed_a_version_is_unknown(client):
    act(client, act="propose", document=STRICTER)
    assert "the-model@2" in client.get("/agreement").text
    past = client.get("/agreement?known_at=0").text
    assert "the-model@2" not in past
    assert "in the present alone" in past


def test_a_draft_is_tried_on_history_from_a_file_or_pasted_and_nothing_is_written(served):
    with httpx.Client(base_url=served, headers=HTML | OURS, timeout=60) as client:
        position = client.get("/v1/events").json()["position"]
        file = client.post("/agreement/draft", files={"file": ("draft.yaml", STRICTER.encode())})
        pasted = client.post("/agreement/draft", files={"document": (None, STRICTER)})
        told = client.post("/v1/what-if", content=STRICTER, headers={"content-type": "application/yaml"}).json()
        assert client.get("/v1/events").json()["position"] == position
    assert file.status_code == pasted.status_code == 200
    assert f"{told['n']} promises of {told['leads_differing']} leads stand otherwise" in file.text
    assert f"beside today&#39;s, over {told['leads']} leads" in pasted.text
    assert told["differences"][0]["lead"] in file.text


def test_a_draft_with_faults_is_not_tried(served):
    answer = httpx.post(f"{served}/agreement/draft", files={"document": (None, "name: x")}, headers=HTML | OURS)
    assert answer.status_code == 422
    assert "The draft was not tried" in answer.text


def test_everybody_can_use_it(served, window):
    watched = window(served, "ja", color_scheme="dark")
    page = watched.open("/agreement?before=the-model@1&after=the-model@1")
    for summary in page.locator("main summary").all():
        summary.click()
    assert watched.violations() == []
    page.set_viewport_size({"width": 375, "height": 740})
    assert not watched.overflows()
    assert watched.complaints == []
