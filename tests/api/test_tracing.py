"""Traces: what is in them, and that there are none where nobody asked."""

from __future__ import annotations

import pytest

from api import tracing

sdk = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra `otel` is not installed")


@pytest.fixture
def spans(monkeypatch):
    """Where the spans of the service go."""
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415 - as above

    kept, provider = InMemorySpanExporter(), sdk.TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(tracing, "TRACER", provider.get_tracer("tasuki"))
    return kept


def test_a_request_its_commit_and_what_the_projections_read_are_spans(spans, client, event):
    """The request goes on with the caller's trace, and the commit refers to the requests that it is of."""
    sent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage": "person=sato", "x-request-id": "mine-1"}
    body = event(source="hubspot:sato", data={"channel": "web", "contact": {"name": "Sato Hanako"}})
    assert client.post("/v1/events?wait=true", json=body, headers=sent).status_code == 201
    told = spans.get_finished_spans()
    found = {span.name: span for span in told}
    request, commit, batch = found["POST /v1/events"], found["commit"], found["projections"]
    assert f"{request.context.trace_id:x}" == "af7651916cd43dd8448eb211c80319c"
    assert dict(request.attributes) == {
        "http.request.method": "POST", "http.route": "/v1/events", "http.response.status_code": 201, "tasuki.request_id": "mine-1",
    }  # fmt: skip
    assert [link.context.span_id for link in commit.links] == [request.context.span_id]
    assert dict(commit.attributes) == {"tasuki.requests": 1, "tasuki.events": 1, "tasuki.position": 1}
    assert dict(batch.attributes) == {"tasuki.after": 0, "tasuki.position": 1}
    assert not any(word in span.to_json() for span in told for word in ("sato", "Sato", "L-1"))


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
        ({"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, False),
    ],
)
def test_traces_are_sent_only_where_the_environment_says_so(environment, expected):
    assert tracing.is_asked(environment) is expected
