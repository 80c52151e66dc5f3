"""The digest: what became of the leads, told back to whoever gave them, as JSON, as a list, and as Markdown."""
