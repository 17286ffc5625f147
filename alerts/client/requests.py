"""What a program may ask of a gateway, besides alerts."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from alerts.alert import Alert, Do


class Requests(ABC):
    """Each is a request with one answer; how it gets there is a subclass's affair."""

    subscriptions: dict[str, dict[str, Any]]
    """The filters in force, by name."""

    @abstractmethod
    async def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request, again after each break, until it is answered."""

    async def subscribe(self, name: str, filters: Mapping[str, Any]) -> int:
        """Add a filter, or replace it without a gap; answers the seq from which on it holds.

        Raises:
            Refused: it is no filter, or one too many.
        """
        answer = await self._ask({"type": "subscribe", "id": name, "filter": dict(filters)})
        self.subscriptions[name] = dict(filters)
        return int(answer["seq"])

    async def unsubscribe(self, name: str) -> None:
        """Take a filter away.

        Raises:
            Refused: there is none of this name.
        """
        await self._ask({"type": "unsubscribe", "id": name})
        self.subscriptions.pop(name, None)

    async def history(
        self, *, before: int | None = None, limit: int = 50, filters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Older alerts, newest first: `{"items": [{"seq", "alert"}], "more", "next"}`; `next` is the next `before`.

        Raises:
            Refused: the filter is none, or Kafka is away.
        """
        asked = {"type": "history", "before": before, "limit": limit, "filter": dict(filters or {})}
        return await self._ask({name: value for name, value in asked.items() if value is not None})

    async def act(
        self,
        alert: Alert,
        do: Do,
        *,
        priority: str | None = None,
        headline: str | None = None,
        note: str | None = None,
        id: str | None = None,  # noqa: A002 - the protocol's name
    ) -> int | None:
        """Do something to an alert as an editor; answers the revision that it made, if it made one.

        Sent again after a break until the desk has answered; it is applied once, by its `id`.

        Raises:
            Refused: by the desk or the gateway, with the reason.
            TimeoutError: no answer in a minute; sending the same `id` again is safe.
        """
        action = {"type": "action", "id": id or secrets.token_hex(12), "alert": alert.id, "revision": alert.revision}
        action |= {"do": do, "priority": priority, "headline": headline, "note": note}
        answer = await self._ask({name: value for name, value in action.items() if value is not None})
        revision: int | None = answer.get("revision")
        return revision

    async def trail(self, alert: str) -> dict[str, Any]:
        """Who did what with an alert: `{"items": [...], "more"}`, oldest first. For editors.

        Raises:
            Refused: not an editor, or no such alert.
        """
        return await self._ask({"type": "trail", "alert": alert})
