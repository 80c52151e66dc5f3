"""The audit trail of a lead, as JSON, as Markdown and as a page that prints."""
