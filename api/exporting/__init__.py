"""Copies of the ledger for other programs: the book itself as Parquet, NDJSON and CSV, and its runs as event logs."""
