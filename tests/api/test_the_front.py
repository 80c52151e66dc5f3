"""What somebody meets who only knows the address, and what the log says of waiting."""

import asyncio

import pytest
from structlog.testing import capture_logs

from api.app import create_app
from api.door import Door
from api.security import Caller
from api.settings import Settings


def test_the_address_alone_shows_where_to_go_on(client):
    index = client.get("/").json()
    assert index["name"] == "Tasuki"
    assert index["version"]
    for path in index["links"].values():
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_loads_anything_from_another_host(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "/openapi.json" in answer.json()["detail"]


def test_the_description_speaks_to_those_who_call_it():
    about = create_app().openapi()["info"]["description"]
    assert "POST /v1/events" in about
    assert "framework" not in about


def test_what_names_a_person_is_described_as_personal():
    schemas = create_app().openapi()["components"]["schemas"]
    for shape, field in (("Contact", "email"), ("ActivityLogged", "note"), ("Briefing", "note")):
        assert schemas[shape]["properties"][field]["description"] == (
            "Personal: sealed before it is recorded, shown to whoever may read personal data, and erased with its subject's key."
        )
    assert "description" not in schemas["LeadScored"]["properties"]["score"]


class Behind:
    """As much of a service as the door needs: open, and with metrics that count nothing."""

    settings, limits = Settings(), None

    @property
    def guard(self):
        return self

    @property
    def metrics(self):
        return self

    async def caller(self, _scope):
        return Caller(is_open=True)

    def answered(self, *_figures):
        pass


@pytest.mark.parametrize(("status", "level"), [(200, "info"), (503, "info"), (500, "error")])
def test_that_something_is_not_available_yet_is_no_error_in_the_log(status, level):
    async def application(_scope, _receive, send):
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(_message):
        pass

    with capture_logs() as lines:
        scope = {"type": "http", "path": "/v1/leads", "method": "GET", "headers": []}
        asyncio.run(Door(application, application, Behind)(scope, None, send))
    assert [(line["log_level"], line["status"]) for line in lines] == [(level, status)]


def test_a_commit_is_a_line_in_the_log_with_the_positions_of_each_request(client, event):
    """Nothing else of the events is in it; what was recorded before, or refused, is not recorded again."""
    headers = {"x-request-id": "mine-1"}
    with capture_logs() as lines:
        batch = [event(id=str(n), source="hubspot:tanaka@example.co.jp") for n in range(3)]
        for _ in range(2):
            answer = client.post("/v1/events", json=batch, headers=headers | {"content-type": "application/cloudevents-batch+json"})
            assert answer.status_code == 201
        assert client.post("/v1/events", json=event(type="lead.unheard.of"), headers=headers).status_code == 422
    recorded = [line for line in lines if line["event"] == "recorded"]
    assert recorded == [
        {"event": "recorded", "log_level": "info", "requests": [{"request_id": "mine-1", "first": 1, "last": 3, "events": 3}]}
    ]
