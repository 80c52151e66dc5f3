"""A seeded, believable Japanese B2B company that sells by relay. Everything in it is invented.

`generate` writes its history as the company's own systems would have sent it, commit by commit.
"""

from api.demo.generate import generate

__all__ = ["generate"]
