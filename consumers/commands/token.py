"""`alerts token`: a token for the gateway."""

import re
import time
from datetime import timedelta
from typing import Any

import click
from pydantic import ValidationError

from alerts.filters import sentence
from alerts.verdict import Priority
from consumers.gateway.access import Tokens
from consumers.settings import load

_LENGTH = re.compile(r"([0-9]{1,6})([smhd])")
_UNIT = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _length(_: click.Context, __: click.Parameter, value: str) -> timedelta:
    found = _LENGTH.fullmatch(value)
    if found is None or not int(found[1]):
        raise click.BadParameter("expected a length of time such as 30m, 12h or 7d")
    return timedelta(**{_UNIT[found[2]]: int(found[1])})


@click.command("token")
@click.option("--sub", required=True, help="Who: a person's or program's name.")
@click.option("--role", type=click.Choice(["viewer", "editor", "admin"]), default="viewer", show_default=True)
@click.option(
    "--for", "length", default="12h", show_default=True, callback=_length, help="How long, such as 12h or 7d."
)
@click.option("--regions", multiple=True, help="Only alerts on these regions (repeat for more).")
@click.option("--topics", multiple=True, help="Only alerts of these topics (repeat for more).")
@click.option("--min-priority", type=click.Choice([p.value for p in Priority]), help="Only this priority and above.")
def command(
    sub: str, role: str, length: timedelta, regions: tuple[str, ...], topics: tuple[str, ...], min_priority: str | None
) -> None:
    """Print a token for the gateway, signed with ALERTS_GATEWAY_SECRET."""
    settings = load()
    secret = settings.gateway_secret
    if secret is None or not secret.get_secret_value():
        raise click.UsageError("ALERTS_GATEWAY_SECRET is not set: set the gateway's secret here too")
    claims: dict[str, Any] = {"sub": sub, "role": role, "iat": int(time.time())}
    claims["exp"] = claims["iat"] + int(length.total_seconds())
    scope = {"regions": list(regions), "topics": list(topics), "min_priority": min_priority}
    claims |= {name: value for name, value in scope.items() if value}
    try:
        click.echo(Tokens(secret.get_secret_value(), audience=settings.gateway_audience).make(claims))
    except ValidationError as exc:
        raise click.UsageError(sentence(exc)) from None
