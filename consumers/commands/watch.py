"""`alerts watch`: the live feed in a terminal."""

import asyncio
import contextlib
import json
import os
import random
import signal
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import click
from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from alerts.filters import Filter, InvalidFilter, sentence
from alerts.verdict import Priority
from alerts.wire import CloseCode, may_reconnect
from consumers.settings import Bind, load

HINT_AFTER = 3
FIRST_WAIT, LONGEST_WAIT = 0.5, 20.0  # seconds; drawn at random below a bound that doubles at each failure
GRACE = 10.0  # seconds over one heartbeat without a frame: the connection is dead
COLOUR = {"flash": "red", "bulletin": "yellow", "urgent": "magenta", "routine": "white"}
AXES = ("regions", "topics", "rules", "languages", "sources")


class Stopped(click.ClickException):
    """The gateway will not have us: coming back would not help."""


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
    watcher = Watcher(url or _default_url(), token, cursor, wanted)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_show(watcher, as_json=as_json, count=count))


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


async def _show(watcher: "Watcher", *, as_json: bool, count: int | None) -> None:
    seen = 0
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None  # noqa: S101 - asyncio.run made it
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        async for frame in watcher.alerts():
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


class Watcher:
    """Follows a gateway through breaks, resuming where it was."""

    def __init__(self, url: str, token: str | None, cursor: str | None, wanted: dict[str, Any]) -> None:
        if urlsplit(url).scheme not in {"ws", "wss"}:
            raise click.UsageError(f"--url {url}: expected ws:// or wss://")
        self._url = url
        self._token = token
        self._cursor = cursor
        self._wanted = wanted
        self._epoch = ""
        self._seq = -1
        self._spread: list[int] | None = None
        self._why = ""
        self._failures = 0
        self._shown: dict[str, int] = {}

    async def alerts(self) -> AsyncIterator[dict[str, Any]]:
        """Alert frames, each revision once. Raises Stopped where coming back would not help."""
        while True:
            try:
                async with connect(self._url, compression=None, max_size=None, open_timeout=10) as socket:
                    async for frame in self._converse(socket):
                        yield frame
            except ConnectionClosed as exc:
                self._check(exc.rcvd.code if exc.rcvd else CloseCode.ABNORMAL)
            except InvalidStatus as exc:
                if exc.response.status_code < 500:
                    reason = bytes(exc.response.body or b"").decode(errors="replace").strip()
                    raise Stopped(f"{self._url}: {exc.response.status_code} {reason}") from None
            except (OSError, InvalidHandshake, TimeoutError) as exc:
                self._why = str(exc) or type(exc).__name__
            await self._wait()

    def _check(self, code: int) -> None:
        if not may_reconnect(code) or code == CloseCode.TOKEN_EXPIRED:
            raise Stopped(f"{self._url}: closed with {code}: {self._why or 'see protocol.md for the code'}")

    async def _wait(self) -> None:
        """Full jitter, unless the server said when to come back."""
        bound = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._failures, 10))
        least, most = (ms / 1000 for ms in self._spread) if self._spread else (0.0, bound)
        wait = random.uniform(least, most)  # noqa: S311 - spreads load, guards nothing
        hint = "; is a gateway there? `alerts doctor` tells" if self._failures == HINT_AFTER else ""
        click.echo(f"alerts: reconnecting in {wait:.1f} s {self._why and f'({self._why})'}{hint}", err=True)
        self._failures += 1
        self._spread, self._why = None, ""
        await asyncio.sleep(wait)

    async def _converse(self, socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
        hello = {"type": "hello", "version": 1, "client": f"alerts-watch/{os.getpid()}", "token": self._token}
        hello |= {"cursor": self._cursor, "subscriptions": {"watch": self._wanted}}
        await socket.send(json.dumps({name: value for name, value in hello.items() if value is not None}))
        patience = 10.0
        while True:
            try:
                async with asyncio.timeout(patience):
                    frame = json.loads(await socket.recv())
            except TimeoutError:
                self._why = f"no news for {patience:.0f} s"
                raise
            if frame["type"] == "welcome":
                patience = frame["heartbeat"] + GRACE
            if frame["type"] == "alert" and self._new(frame["alert"]):
                yield {"seq": frame["seq"], "alert": frame["alert"]}
            self._note(frame)

    def _new(self, alert: dict[str, Any]) -> bool:
        """Delivery is at least once: only a higher revision is news."""
        if self._shown.get(alert["id"], 0) >= alert["revision"]:
            return False
        self._shown[alert["id"]] = alert["revision"]
        if len(self._shown) > 100_000:
            self._shown.pop(next(iter(self._shown)))
        return True

    def _note(self, frame: dict[str, Any]) -> None:
        """Keep the cursor; say what must not be silent."""
        kind = frame["type"]
        if kind == "welcome":
            self._epoch, self._failures = frame["epoch"], 0
            if frame["resume"]["ok"]:
                self._move(frame["resume"]["from"])
        elif kind == "gap":
            click.echo(f"alerts: alerts may be missing ({frame['why']}): see {frame['url']}", err=True)
            self._move(frame["next"] - 1)
        elif kind in {"alert", "heartbeat", "live"}:
            self._move(max(self._seq, frame["seq"]))
        elif kind == "bye":
            self._spread, self._why = frame.get("retry_ms"), frame["why"]
        elif kind == "error":
            self._why = frame["message"]

    def _move(self, seq: int) -> None:
        self._seq = seq
        self._cursor = f"{self._epoch}:{seq}"
