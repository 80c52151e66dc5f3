"""Options that name the company's identity provider."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.commands.options import misused
from api.settings import ProviderSettings

VARIABLES = "TASUKI_OIDC_"

Issuer = Annotated[
    str | None,
    typer.Option("--oidc-issuer", envvar=f"{VARIABLES}ISSUER", metavar="URL", help="The company's identity provider (OpenID Connect)."),
]
Audience = Annotated[
    str | None,
    typer.Option("--oidc-audience", envvar=f"{VARIABLES}AUDIENCE", help="What bearer tokens are made out to; none are taken if not given."),
]
ClientId = Annotated[
    str | None,
    typer.Option("--oidc-client-id", envvar=f"{VARIABLES}CLIENT_ID", help="What this service is called there; people log in if given."),
]
ClientSecret = Annotated[
    Path | None,
    typer.Option("--oidc-client-secret", envvar=f"{VARIABLES}CLIENT_SECRET", help="The file of the client's secret, where it has one."),
]
Jwks = Annotated[
    str | None,
    typer.Option(
        "--oidc-jwks",
        envvar=f"{VARIABLES}JWKS",
        metavar="FILE|URL",
        help="Its keys, where its own description is not to be asked.",
    ),
]


def provider_of(
    issuer: str | None, audience: str | None, client_id: str | None, client_secret: Path | None, jwks: str | None
) -> ProviderSettings | None:
    """The identity provider that the options name. Ends the command where they do not go together."""
    if issuer is None:
        if audience or client_id or client_secret or jwks:
            misused("--oidc-audience, --oidc-client-id, --oidc-client-secret and --oidc-jwks go with --oidc-issuer.")
        return None
    if not audience and not client_id:
        misused("--oidc-issuer goes with --oidc-audience (for the tokens of programs), --oidc-client-id (for people to log in), or both.")
    for url in (issuer, jwks or ""):
        if "://" in url and not url.startswith(("https://", "http://127.0.0.1", "http://localhost", "http://[::1]")):
            misused("An identity provider is asked over https alone.")
    if "://" not in issuer:
        misused("--oidc-issuer takes an address, such as https://id.example.jp.")
    try:
        secret = None if client_secret is None else client_secret.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        misused("--oidc-client-secret names a file that cannot be read.")
    return ProviderSettings(issuer, audience, client_id, secret, jwks)
