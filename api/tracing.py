"""Traces by OpenTelemetry: a span a request, a commit and a batch of the projections; off unless the environment asks for them.

Spans name routes, statuses, request ids, positions and counts: nothing personal. Where tracing is off, a span costs next to nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from starlette.types import Scope

TRACER = trace.get_tracer("tasuki")
_ASKING = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class LackingError(RuntimeError):
    """Traces are asked for, and what sends them is not installed."""


def is_asked(environment: Mapping[str, str]) -> bool:
    """Whether the environment says where traces go, and does not say that there be none."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true" or environment.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    return environment.get("OTEL_TRACES_EXPORTER") == "otlp" or any(environment.get(name) for name in _ASKING)


def configure() -> None:
    """Has the spans of this process sent where the environment's OTEL_ variables say, if they do. Raises LackingError."""
    if not is_asked(os.environ):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above
    except ImportError:
        raise LackingError("The environment asks for traces (OTEL_…); install what sends them: pip install 'tasuki[otel]'.") from None
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME", "tasuki")}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def context_of(scope: Scope) -> Context:
    """The trace that the caller's own request belongs to, by its header `traceparent`. Baggage is left where it is: anything may be
    in it."""
    return propagate.extract({name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"})
