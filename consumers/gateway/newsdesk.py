"""Editors' side of the gateway: their actions go to the desk, its answers come back, and all editors see what is done.

The desk answers on `desk.audit`, which every gateway reads from end to end: whoever asked there gets the answer, and
the others learn what changed.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

from alerts.alert import Action, Audit
from alerts.filters import EVERYTHING, matcher
from consumers.gateway import metrics
from consumers.gateway.access import Grant
from consumers.gateway.hub import Hub
from consumers.gateway.slate import Sheet, Slate

log = logging.getLogger(__name__)

ANSWER_WITHIN = 5.0  # seconds after which an action counts as pending
MOST_PENDING = 10_000

_Key = tuple[str, str, str, str]


class Away(ConnectionError):
    """The desk cannot be asked now; nothing, or nothing certain, was sent."""


class Outbox(Protocol):
    """Takes actions to the desk."""

    async def send(self, action: Action) -> None:
        """Write the action to topic `desk`; returns once it is durable.

        Raises:
            Away: it cannot be written now.
        """


class Editor(Protocol):
    """One who is told what editors do."""

    def tell_desk(self, sheet: Sheet) -> None:
        """Something changed; who is behind asks `Newsdesk.after` later."""

    def start_over(self) -> None:
        """Offsets begin anew: what was told counts no more."""


class Newsdesk:
    """Asks the desk for editors, and tells them of each other."""

    def __init__(self, hub: Hub, outbox: Outbox | None = None) -> None:
        self.hub = hub
        self.outbox = outbox
        self.slate = Slate()
        self.editors: dict[Editor, None] = {}
        self._waiting: defaultdict[_Key, list[asyncio.Future[Audit]]] = defaultdict(list)

    # -- asking

    async def ask(self, action: Action) -> "asyncio.Future[Audit]":
        """Send an action; the answer comes in the future. Whoever stops waiting cancels it.

        Raises:
            Away: the desk cannot be asked now. The same action may be sent again: it is applied once.
        """
        if self.outbox is None:
            raise Away("this gateway has no way to the desk")
        if sum(map(len, self._waiting.values())) >= MOST_PENDING:
            raise Away("too many actions wait for their answer")
        key = (action.alert, action.id, action.by, action.do)
        answer: asyncio.Future[Audit] = asyncio.get_running_loop().create_future()
        # Before it is sent: the answer may be faster than the acknowledgement.
        self._waiting[key].append(answer)
        answer.add_done_callback(lambda done: self._forget(key, done))
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self.outbox.send(action)
        except TimeoutError:
            answer.cancel()
            raise Away("Kafka did not take the action in time") from None
        except BaseException:
            answer.cancel()
            raise
        metrics.actions.labels(action.do).inc()
        return answer

    def _forget(self, key: _Key, answer: "asyncio.Future[Audit]") -> None:
        waiting = self._waiting[key]
        waiting.remove(answer)
        if not waiting:
            del self._waiting[key]

    def visible(self, alert: str, grant: Grant) -> bool:
        """Whether an editor may see and handle this alert; one whose token has a scope, only inside it."""
        if grant.scope == EVERYTHING:
            return True
        view = self.hub.feed.view(alert)
        return view is not None and matcher(grant.scope).matches(view)

    def shown(self, alert: str, grant: Grant) -> bool:
        """Whether the alert was shown to subscribers at all, and may be seen by this editor."""
        return self.hub.feed.view(alert) is not None and self.visible(alert, grant)

    # -- hearing

    def restart(self) -> None:
        """The topic is read again from its start."""
        self.slate = Slate()
        for editor in self.editors:
            editor.start_over()

    def hear(self, offset: int, audit: Audit) -> None:
        """Take a record of `desk.audit`: tell who asked, and all editors if something was done."""
        if offset <= self.slate.head:
            return
        sheet = self.slate.hear(offset, audit)
        for answer in list(self._waiting.get((audit.alert, audit.action, audit.by, audit.do), ())):
            if not answer.done():
                answer.set_result(audit)
        if sheet is not None:
            for editor in list(self.editors):
                editor.tell_desk(sheet)

    def after(self, offset: int) -> Sequence[Sheet]:
        """What changed after `offset`, the latest last."""
        return self.slate.after(offset)
