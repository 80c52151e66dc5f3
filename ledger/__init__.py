"""The append-only book: canonical bytes, dense positions, a hash tree, and one writer for many callers."""
