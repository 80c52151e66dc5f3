"""What an operator watches of the notifier, among the other figures of `/metrics`."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from api.notifying.outbox import DeliveryState


class Figures:
    """Messages written and attempts made."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._notices = Counter("tasuki_notices", "Messages written into the outbox, by kind of notice.", ["kind"], registry=registry)
        sentence = "Attempts to deliver a message, by what it came to: delivered, pending (to be tried again), dead."
        self._attempts = Counter("tasuki_webhook_attempts", sentence, ["state"], registry=registry)

    def written(self, kind: str) -> None:
        """Counts a message written."""
        self._notices.labels(kind).inc()

    def tried(self, state: DeliveryState) -> None:
        """Counts an attempt."""
        self._attempts.labels(state).inc()
