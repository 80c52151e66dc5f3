"""A seeded, believable Japanese B2B company that sells by relay. Everything in it is invented.

`generate` writes its history as the company's own systems would have sent it, commit by commit.
"""

from api.demo.generate import generate
from api.demo.season import last_day, last_instant

__all__ = ["generate", "last_day", "last_instant"]
