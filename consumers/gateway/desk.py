"""An editor's connection and the newsdesk: his actions and their answers, what others do, the trail of an alert."""

import asyncio
from datetime import UTC, datetime

from alerts.alert import Action, Audit
from alerts.wire import EditorAction, ErrorCode, Ok, Trail, TrailPage
from consumers.gateway.access import Grant
from consumers.gateway.newsdesk import ANSWER_WITHIN, Away, Newsdesk
from consumers.gateway.reader import Reader
from consumers.gateway.slate import Sheet

KEEP_WAITING = 60.0  # seconds after which an answer that has not come is no longer passed on
MOST_ERRANDS = 32  # actions of one connection that wait for their answer

_CODES = frozenset({"forbidden", "not_found", "stale_revision", "conflict", "bad_request"})


def action_of(command: EditorAction, grant: Grant) -> Action:
    """The record for the desk: what the client asks, and who he is by his token."""
    return Action(
        id=command.id,
        alert=command.alert,
        revision=command.revision,
        do=command.do,
        by=grant.user,
        role=grant.role,
        at=datetime.now(UTC),
        priority=command.priority,
        headline=command.headline,
        note=command.note,
    )


def refusal(audit: Audit) -> tuple[ErrorCode, str]:
    """Code and sentence of a refusal; the desk writes `code: sentence`."""
    word, _, text = (audit.reason or "").partition(": ")
    code: ErrorCode = word if word in _CODES else "conflict"  # type: ignore[assignment]  # it is one of them
    return code, text or word.replace("_", " ")


class EditorsDesk:
    """What one connection has to do with the newsdesk. A viewer's has nothing to do."""

    __slots__ = ("_errands", "grant", "newsdesk", "reader", "seen")

    def __init__(self, newsdesk: Newsdesk, reader: Reader) -> None:
        self.newsdesk = newsdesk
        self.reader = reader
        self.grant: Grant | None = None
        self.seen = -1
        """Offset in `desk.audit` up to which this editor was told."""
        self._errands: dict[asyncio.Task[None], None] = {}

    def admit(self, grant: Grant) -> None:
        """Whoever is an editor by this token follows what the others do; the present state comes after `live`."""
        if self.grant is not None and self.grant.scope != grant.scope:
            self.start_over()  # what was out of sight, and so not told, may now be in it
        self.grant = grant
        if not grant.editor:
            self.newsdesk.editors.pop(self, None)
            return
        self.newsdesk.editors[self] = None
        self.reader.caught_up = self.catch_up
        if self.reader.live:
            self.catch_up()

    async def close(self) -> None:
        """The connection is over."""
        self.newsdesk.editors.pop(self, None)
        for errand in list(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)

    # -- what others do

    def tell_desk(self, sheet: Sheet) -> None:  # noqa: ARG002 - it, and what else is new, is asked for
        """Something changed: say so, unless the reader is behind and will catch up."""
        if self.reader.live:
            self.catch_up()

    def start_over(self) -> None:
        """All is to be said again, for the topic was made anew: its offsets are lower than those that were told."""
        self.seen = -1

    def catch_up(self) -> None:
        """Say what changed since, as far as the reader takes it."""
        if self.grant is None or not self.grant.editor:
            return
        for sheet in self.newsdesk.after(self.seen):
            if self.reader.paused or not self.reader.open:
                return
            self.seen = sheet.offset
            if self.newsdesk.visible(sheet.alert, self.grant):
                self.reader.say(sheet.frame)

    # -- what this one does

    def act(self, command: EditorAction, grant: Grant) -> None:
        """Take an action to the desk; the answer comes when it comes, and the talk goes on meanwhile."""
        if not grant.editor:
            self.reader.fault("forbidden", f"role {grant.role} may not act; editors may", command.req)
        elif not self.newsdesk.visible(command.alert, grant):
            self.reader.fault("not_found", "there is no such alert in your scope", command.req)
        elif len(self._errands) >= MOST_ERRANDS:
            self.reader.fault("limit", f"{MOST_ERRANDS} actions wait for their answer", command.req, retry=True)
        else:
            errand = asyncio.create_task(self._run(command, action_of(command, grant)), name="editor's action")
            self._errands[errand] = None
            errand.add_done_callback(self._errands.pop)

    async def _run(self, command: EditorAction, action: Action) -> None:
        try:
            answer = await self.newsdesk.ask(action)
        except Away as exc:
            self.reader.fault("unavailable", str(exc), command.req, retry=True)
            return
        try:
            await asyncio.wait({answer}, timeout=ANSWER_WITHIN)
            if not answer.done():
                self.reader.fault("pending", "the desk has not answered yet", command.req, retry=True)
            async with asyncio.timeout(KEEP_WAITING):
                audit = await answer
        except TimeoutError:
            return
        finally:
            answer.cancel()
        self._reply(command.req, audit)

    def _reply(self, req: int, audit: Audit) -> None:
        if audit.outcome == "applied":
            self.reader.tell(Ok(req=req, seq=self.reader.position, revision=audit.result_revision))
        else:
            self.reader.fault(*refusal(audit), req)

    def trail(self, command: Trail, grant: Grant) -> None:
        """Answer with what was done with one alert."""
        if not grant.editor:
            self.reader.fault("forbidden", f"role {grant.role} may not see it; editors may", command.req)
        elif not self.newsdesk.shown(command.alert, grant):
            self.reader.fault("not_found", "there is no such alert", command.req)
        else:
            items, more = self.newsdesk.slate.trail(command.alert)
            self.reader.tell(TrailPage(req=command.req, alert=command.alert, items=items, more=more))
