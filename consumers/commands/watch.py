"""`alerts watch`: the live feed in a terminal."""

import asyncio
import contextlib
import json
import os
import signal
from typing import Any
from urllib.parse import urlsplit

import click
from pydantic import ValidationError

from alerts.client import AlertStream, State, Stopped
from alerts.filters import Filter, InvalidFilter, sentence
from alerts.verdict import Priority
from consumers.settings import Bind, load

HINT_AFTER = 3
COLOUR = {"flash": "red", "bulletin": "yellow", "urgent": "magenta", "routine": "white"}
AXES = ("regions", "topics", "rules", "languages", "sources")


@click.command("watch")
@click.option("--url", help="The gateway's stream. Default: ws://ALERTS_GATEWAY_BIND/v1/stream.")
@click.option("--token", envvar="ALERTS_TOKEN", help="Token, where the gateway wants one (see `alerts token`).")
@click.option("--cursor", help="Where to start: epoch:seq, 'oldest', or a time such as -15m. Default: live only.")
@click.option("--regions", multiple=True, help="Region, country or group such as central-asia (repeat for more).")
@click.option("--topics", multiple=True, help="Topic (repeat for more).")
@click.option("--rules", multiple=True, help="Rule id (repeat for more).")
@click.option("--languages", multiple=True, help="Language such as en (repeat for more).")
@click.option("--sources", multiple=True, help="Publisher (repeat for more).")
@click.option("--min-priority", type=click.Choice([p.value for p in Priority]), help="This priority and above.")
@click.option("--text", help="Expression in the rule language, over headline and lead.")
@click.option(
    "--filter", "filter_", help="A whole filter as JSON, as the protocol has it; instead of the options above."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: {seq, alert}.")
@click.option("--count", type=click.IntRange(min=1), help="Stop after so many alerts.")
def command(url: str | None, token: str | None, cursor: str | None, **options: Any) -> None:
    """Show alerts as they come; reconnects and resumes by itself. Ctrl-C ends it."""
    as_json, count = options.pop("as_json"), options.pop("count")
    wanted = _filter(options)
    url = url or _default_url()
    if urlsplit(url).scheme not in {"ws", "wss"}:
        raise click.UsageError(f"--url {url}: expected ws:// or wss://")
    stream = AlertStream(
        url, token=token, start=cursor, filters=wanted, client=f"alerts-watch/{os.getpid()}", on_gap=_gap
    )
    stream.on_state = Complaints(stream).hear
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_show(stream, as_json=as_json, count=count))
    except Stopped as exc:
        raise click.ClickException(str(exc)) from None


def _default_url() -> str:
    bind = Bind(load().gateway_bind)
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(bind.host, bind.rpartition(":")[0])  # noqa: S104 - not bound to
    return f"ws://{host}:{bind.port}/v1/stream"


def _filter(options: dict[str, Any]) -> dict[str, Any]:
    """The filter as JSON, checked here so that a slip is told before anything is connected."""
    whole = options.pop("filter_")
    axes = {name: list(value) if name in AXES else value for name, value in options.items() if value}
    if whole is not None and axes:
        raise click.UsageError("--filter or single axes, not both")
    try:
        wanted = Filter.model_validate_json(whole) if whole is not None else Filter.model_validate(axes, strict=False)
    except ValidationError as exc:
        raise click.UsageError(f"filter: {sentence(exc)}") from None
    except InvalidFilter as exc:
        raise click.UsageError(f"filter: {exc}") from None
    checked: dict[str, Any] = wanted.model_dump(mode="json", by_alias=True, exclude_none=True)
    return checked


def _gap(gap: dict[str, Any]) -> None:
    """What must not be silent."""
    click.echo(f"alerts: alerts may be missing ({gap['why']}): see {gap['url']}", err=True)


class Complaints:
    """Says on standard error why there is nothing to see, and when that is over."""

    def __init__(self, stream: AlertStream) -> None:
        self._stream = stream
        self._failures = 0

    def hear(self, state: State, why: str) -> None:
        """Take a change of state."""
        if state == "live" and self._failures:
            self._failures = 0
            click.echo("alerts: connected", err=True)
        if state != "waiting":
            return
        self._failures += 1
        hint = "; is a gateway there? `alerts doctor` tells" if self._failures == HINT_AFTER else ""
        click.echo(f"alerts: reconnecting in {self._stream.retry_in:.1f} s ({why}){hint}", err=True)


async def _show(stream: AlertStream, *, as_json: bool, count: int | None) -> None:
    seen = 0
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - asyncio.run made it
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async with contextlib.aclosing(stream.frames()) as frames:
            async for frame in frames:
                click.echo(json.dumps(frame, ensure_ascii=False) if as_json else _lines(frame["alert"]))
                seen += 1
                if count is not None and seen >= count:
                    return


def _lines(alert: dict[str, Any]) -> str:
    """One alert for people: what, where, who says so, and why."""
    priority = click.style(f"{alert['priority'].upper():8}", fg=COLOUR.get(alert["priority"]), bold=True)
    word = {"withdrawal": "WITHDRAWN ", "correction": "CORRECTED ", "hold": "HELD "}.get(alert["op"], "")
    headline = click.style(_safe(alert["headline"]), bold=True, strikethrough=alert["status"] == "withdrawn")
    regions = ", ".join(_safe(region["name"]) for region in alert.get("regions") or ()) or "region unknown"
    sources = ", ".join(_safe(name) for name in alert.get("independent_sources") or ())
    lines = [
        f"{alert['issued'][11:19]}  {priority}  {word}{headline}",
        f"{'':20}{regions}  {sources}  {alert['id']} rev. {alert['revision']}",
    ]
    if alert.get("reason"):
        lines.append(f"{'':20}{_safe(alert['reason'])}")
    if reasons := _reasons(alert.get("why") or ()):
        lines.append(click.style(f"{'':20}{reasons}", dim=True))
    return "\n".join(lines)


def _reasons(why: Any) -> str:
    words: dict[str, list[str]] = {}
    for one in why:
        name = f"rule {one['rule']}" if one.get("rule") else f"region {one.get('region')}"
        found = words.setdefault(name, [])
        if (quoted := f"'{_safe(one['text'])}'") not in found:
            found.append(quoted)
    return "; ".join(f"{_safe(name)}: {' ... '.join(found)}" for name, found in words.items())


def _safe(text: str) -> str:
    """Headlines are others' text: control characters could steer the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
