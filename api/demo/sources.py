"""The systems that write into the demo's ledger, and how each writes."""

from __future__ import annotations

from domain.vocabulary import SourceKind

DEMO = "tasuki-demo"
MARKETO = "marketo"
SALESFORCE = "salesforce"
SALESFORCE_SYNC = "salesforce_sync"
ZOOM_PHONE = "zoom_phone"
MAIL = "mail_gateway"
ROUTER = "lead_router"
CSV = "csv"

KINDS: dict[str, SourceKind] = {
    MARKETO: "integration",
    SALESFORCE: "manual",
    SALESFORCE_SYNC: "integration",
    ZOOM_PHONE: "integration",
    MAIL: "integration",
    ROUTER: "integration",
    CSV: "import",
}
"""People type into `salesforce`; what its own automation did comes through `salesforce_sync`."""
