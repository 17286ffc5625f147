"""`AlertStream`: a subscription that survives whatever happens to the connection."""

import asyncio
import contextlib
import inspect
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Literal, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from alerts.alert import Alert
from alerts.client.backoff import Backoff
from alerts.client.ends import LOST, End, Stopped, end_of
from alerts.client.inbox import Inbox, Item
from alerts.client.questions import Questions
from alerts.client.requests import Requests
from alerts.client.store import CursorStore, MemoryStore
from alerts.wire import SUBPROTOCOL, VERSION, CloseCode

State = Literal["connecting", "catching-up", "live", "waiting", "closed"]
Token = str | Callable[[], str | Awaitable[str]] | None

OPEN_WITHIN = 10.0
WELCOME_WITHIN = 30.0  # a gateway may wait twice 10 s, and for Kafka, to get where our cursor is; it serves us then
GRACE = 10.0  # seconds over one heartbeat without a frame: the connection is dead
ANSWER_WITHIN = 60.0
LARGEST = 8 * 1024 * 1024  # bytes of a frame; a page of history is the largest
REMEMBERED = 20_000  # alerts whose newest revision is remembered, to leave out what comes twice


class _Connect(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        """Follow none, as browsers do: hello holds the token, which is for nobody but the gateway that was named."""
        return exc


class AlertStream(Requests):
    """Alerts from a gateway, in order; each revision once, though the connection may break at any time.

    Iterate inside `async with`. The cursor counts an alert as done when the next one is asked for, so after a crash
    the one in hand comes again: delivery is at least once, by (`alert.id`, `alert.revision`).
    """

    def __init__(  # noqa: PLR0913 - all but the address have a default, and a name
        self,
        url: str,
        *,
        token: Token = None,
        filters: Mapping[str, Any] | None = None,
        subscriptions: Mapping[str, Mapping[str, Any]] | None = None,
        store: CursorStore | None = None,
        start: str | None = None,
        on_gap: Callable[[dict[str, Any]], object] | None = None,
        on_desk: Callable[[dict[str, Any]], object] | None = None,
        on_state: Callable[[State, str], object] | None = None,
        gap_policy: Literal["replay", "live", "fail"] = "replay",
        client: str = "alerts.client/1",
        backoff: Backoff | None = None,
    ) -> None:
        """Nothing happens yet.

        Args:
            url: `ws://` or `wss://HOST/v1/stream`.
            token: or a function, possibly async, that makes a fresh one for each connection. If it raises OSError or
                TimeoutError it is asked again later; anything else ends the stream.
            filters: one filter; absent: everything.
            subscriptions: several filters by name, instead of `filters`; if there are none, nothing.
            store: where the cursor is kept; absent: in memory.
            start: where to begin if the store holds no cursor: `oldest`, a time such as `-15m`, or a cursor.
                Absent: live.
            on_gap: told, with the `gap` frame, when alerts may have been missed.
            on_desk: told, with each `desk` frame, what editors do (editors' tokens only). Nothing is read meanwhile, so
                it must not wait for an answer from this stream.
            on_state: told each change of state, with a word why.
            gap_policy: what to do after a gap; see `on_gap` in the protocol.
            client: the program's name, for the gateway's log.
            backoff: how long to wait before coming back.
        """
        self.url = url
        self.state: State = "closed"
        self.retry_in = 0.0
        """Seconds of the wait before the next connection, while `waiting`."""
        self.session: dict[str, Any] = {}
        """The last `welcome`: user, role, limits, ..."""
        self.store = store or MemoryStore()
        wanted = {"main": filters or {}} if subscriptions is None else subscriptions
        self.subscriptions = {name: dict(each) for name, each in wanted.items()}
        self._token = token
        self._start = start
        self._hooks = {"gap": on_gap, "desk": on_desk}
        self.on_state = on_state
        self._gap_policy = gap_policy
        self._client = client
        self._backoff = backoff or Backoff()
        self._inbox = Inbox()
        self._task: asyncio.Task[None] | None = None
        self._socket: ClientConnection | None = None
        self._cursor: str | None = None  # everything up to here is in the inbox, or handled
        self._epoch, self._seq = "", -1
        self._spread: tuple[int, int] | None = None
        self._why = ""
        self._questions = Questions()
        self._known: OrderedDict[str, int] = OrderedDict()

    # -- from outside

    async def __aenter__(self) -> Self:
        """Connect, in the background."""
        if self._task is None:
            self._cursor = self.store.load() or self._start
            self._inbox = Inbox()
            self._task = asyncio.create_task(self._run(), name=f"alerts from {self.url}")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._tell("closed", "")  # it may not have begun

    def __aiter__(self) -> AsyncGenerator[Alert, None]:  # noqa: PYI058 - who stops early may close it
        """Alerts as they come; connects by itself outside `async with`."""
        return self._alerts()

    async def _alerts(self) -> AsyncGenerator[Alert, None]:
        async with contextlib.aclosing(self.frames()) as frames:
            async for frame in frames:
                yield Alert.model_validate_json(json.dumps(frame["alert"]))

    async def frames(self) -> AsyncGenerator[dict[str, Any], None]:
        """As iterating over the stream, but `{"seq", "alert"}` as they came.

        Raises:
            Stopped: the gateway will not have us.
        """
        async with contextlib.AsyncExitStack() as stack:
            if self._task is None:
                await stack.enter_async_context(self)
            while True:
                item = await self._inbox.get()
                frame = item.frame
                if frame is not None and frame["type"] == "gap":
                    if frame["why"] == "epoch":
                        self._known.clear()  # the log was made anew, and so may be its revisions
                    await self._call("gap", frame)
                elif frame is not None and self._is_news(frame["alert"]):
                    handled = frame["alert"]["id"], frame["alert"]["revision"]
                    yield {"seq": frame["seq"], "alert": frame["alert"]}
                    self._remember(*handled)
                self.store.save(item.cursor)  # after what came with it was handled

    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._task is None:
            raise RuntimeError("not connected: use `async with`")
        if self._inbox.closed is not None:
            raise self._inbox.closed  # nobody is there to answer, nor will be
        request, answer = self._questions.add(request)
        self._inbox.ask(1)
        try:
            if self._socket is not None and self.session:
                await self._send(self._socket, request)
            async with asyncio.timeout(ANSWER_WITHIN):
                return await answer
        finally:
            self._inbox.ask(-1)
            self._questions.drop(request)

    async def _send(self, socket: ClientConnection, frame: Mapping[str, Any]) -> None:
        with contextlib.suppress(ConnectionClosed):  # what was asked is asked again after the break
            await socket.send(json.dumps({name: value for name, value in frame.items() if value is not None}))

    # -- the connection

    async def _run(self) -> None:
        """Stay connected until cancelled, or told not to come back."""
        try:
            while True:
                self._tell("connecting", self._why)
                self.retry_in = await self._once()
                self._tell("waiting", self._why or "connection lost")
                self._why = ""
                await asyncio.sleep(self.retry_in)
        except asyncio.CancelledError:
            self._end(Stopped("closed", 1000))
            raise
        except Exception as exc:  # noqa: BLE001 - not swallowed: whoever iterates or waits gets it
            self._end(exc)

    def _end(self, why: Exception) -> None:
        self._inbox.close(why)
        self._questions.end(why)
        self._tell("closed", str(why))

    async def _once(self) -> float:
        """One connection from beginning to end; answers the seconds to wait before the next.

        Raises:
            Stopped: there is to be no next.
        """
        end = End("")
        try:
            token = await self._fresh_token()  # before there is a connection: a gateway waits 5 s for hello
            async with _Connect(
                self.url,
                subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # a NewType of str
                open_timeout=OPEN_WITHIN,
                close_timeout=1.0,
                ping_interval=None,  # the gateway pings, and we watch its heartbeat
                max_size=LARGEST,
            ) as socket:
                try:
                    await self._converse(socket, token)
                except asyncio.CancelledError:  # the program leaves, which is no fault: left alone it would say 1011
                    await socket.close(CloseCode.GOING_AWAY)
                    raise
        except LOST as exc:
            end = end_of(self.url, exc, self._why, renewable=callable(self._token))
        finally:
            self._socket = None
        self._why = end.why
        spread, self._spread = self._spread, None
        return self._backoff.wait(asyncio.get_running_loop().time(), spread, end.at_least)

    async def _converse(self, socket: ClientConnection, token: str | None) -> None:
        self.session = {}
        hello = {"type": "hello", "version": VERSION, "client": self._client, "token": token}
        hello |= {"cursor": self._cursor, "on_gap": self._gap_policy, "subscriptions": self.subscriptions}
        self._socket = socket
        await self._send(socket, hello)
        patience = WELCOME_WITHIN
        while True:
            await self._inbox.room()
            try:
                async with asyncio.timeout(patience):
                    frame: dict[str, Any] = json.loads(await socket.recv())
            except TimeoutError:
                self._why = f"nothing heard for {patience:.0f} s"
                raise
            if frame["type"] == "welcome":
                patience = frame["heartbeat"] + GRACE
                await self._welcomed(socket, frame)
            else:
                await self._hear(socket, frame)

    async def _fresh_token(self) -> str | None:
        token = self._token() if callable(self._token) else self._token
        return await token if inspect.isawaitable(token) else token

    async def _welcomed(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        again = bool(self.session)
        self.session, self._epoch = frame, frame["epoch"]
        self._backoff.connected(asyncio.get_running_loop().time())
        self._seq = frame["resume"]["from"]
        if frame["resume"]["ok"]:
            self._mark(self._seq)
        if again:
            return  # only the epoch is new
        self._tell("catching-up", "")
        for request in self._questions:
            await self._send(socket, request)

    async def _hear(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "alert":
                self._mark(frame["seq"], frame)
            case "heartbeat":
                self._mark(frame["seq"])
            case "live":
                self._mark(frame["seq"])
                self._tell("live", "")
            case "gap":
                self._seq = frame["next"] - 1
                self._mark(self._seq, frame)
            case "lag":
                self._tell("catching-up", f"{frame['behind']} behind")
            case "desk":
                await self._call("desk", frame)
            case "expiring":
                if callable(self._token):
                    await self._send(socket, {"type": "auth", "req": 0, "token": await self._fresh_token()})
            case "bye":
                self._spread, self._why = frame.get("retry_ms"), frame["why"]
            case _:
                self._why = self._questions.answer(frame) or self._why

    def _mark(self, seq: int, frame: dict[str, Any] | None = None) -> None:
        self._seq = max(self._seq, seq)
        self._cursor = f"{self._epoch}:{self._seq}"
        self._inbox.put(Item(self._cursor, frame))

    # -- small change

    def _is_news(self, alert: dict[str, Any]) -> bool:
        """Whether this revision is newer than what was given out."""
        revision: int = alert["revision"]
        return self._known.get(alert["id"], 0) < revision

    def _remember(self, alert: str, revision: int) -> None:
        """It was handled: one that was in hand when the stream was left comes again to who enters it again."""
        self._known[alert] = revision
        self._known.move_to_end(alert)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def _call(self, name: str, frame: dict[str, Any]) -> None:
        hook = self._hooks[name]
        if hook is not None and inspect.isawaitable(answer := hook(frame)):
            await answer

    def _tell(self, state: State, why: str) -> None:
        if state != self.state:
            self.state = state
            if self.on_state is not None:
                self.on_state(state, why)
