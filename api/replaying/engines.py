"""What all engines share: how one says that it could not do its work."""

from __future__ import annotations


class EngineFailedError(RuntimeError):
    """The engine could not finish, or not begin; the message is a sentence."""
