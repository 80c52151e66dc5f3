"""Every door: HTTP for clients, auditors and dashboards, the command line, and the importers."""
