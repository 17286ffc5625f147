"""What editors did, alert by alert, as `desk.audit` tells it: who claimed, who dismissed, what was noted.

Every gateway reads the same topic, so that any of them knows the same.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import takewhile
from typing import get_args

from alerts.alert import Audit, Do
from alerts.desk.story import MAX_ANSWERS
from alerts.wire import Desk

MOST_ALERTS = 10_000
MOST_IN_TRAIL = 50

_DO = frozenset(get_args(Do))
# The desk refuses these before it looks into the story, and does not remember its answer.
_NOT_KEPT = ("forbidden", "not_found")


@dataclass(slots=True)
class Sheet:
    """One alert's part of the slate.

    `offset` is that of the record that changed it last, `frame` the JSON that says so to editors. Until an editor did
    something there is none: then only the trail holds anything.
    """

    alert: str
    offset: int = -1
    claimed_by: str | None = None
    dismissed: bool = False
    note: str | None = None
    frame: bytes = b""
    trail: list[Audit] = field(default_factory=list)
    entries: int = 0
    """How many there ever were."""
    answered: dict[tuple[str, str, str], None] = field(default_factory=dict)

    def hear(self, audit: Audit) -> bool:
        """Take a record of this alert; answers whether it tells of anything new that was done.

        An action sent twice is answered twice, and was done once: the desk keeps so many answers, and so do we.
        """
        if audit.do not in _DO:
            self._write(audit)
            return False
        if (audit.reason or "").startswith(_NOT_KEPT):
            return False
        key = (audit.by, audit.action, audit.do)
        if key in self.answered:
            return False
        self.answered[key] = None
        while len(self.answered) > MAX_ANSWERS:
            del self.answered[next(iter(self.answered))]
        self._write(audit)
        if audit.outcome == "refused":
            return False
        self._apply(audit)
        return True

    def _write(self, audit: Audit) -> None:
        self.trail = [*self.trail[1 - MOST_IN_TRAIL :], audit]
        self.entries += 1

    def _apply(self, audit: Audit) -> None:
        match audit.do:
            case "claim":
                self.claimed_by = audit.by
            case "release":
                self.claimed_by = None
            case "dismiss" | "restore":
                self.dismissed = audit.do == "dismiss"
        self.note = audit.note or self.note
        self.frame = self._message(audit.do, audit.by, audit.at).to_json()

    def _message(self, do: str, by: str, at: datetime) -> Desk:
        state = "dismissed" if self.dismissed else "open"
        return Desk.model_validate(
            {
                "alert": self.alert,
                "claimed_by": self.claimed_by,
                "note": self.note,
                "state": state,
                "do": do,
                "by": by,
                "at": at,
            }
        )


class Slate:
    """The sheets of the alerts that were last dealt with, the latest last."""

    def __init__(self, most: int = MOST_ALERTS) -> None:
        self._most = most
        self._sheets: OrderedDict[str, Sheet] = OrderedDict()
        # Those of which editors are told, by offset: what the desk kept out may be thousands of others in between.
        self._told: OrderedDict[str, Sheet] = OrderedDict()
        self.head = -1

    def __len__(self) -> int:
        return len(self._sheets)

    def hear(self, offset: int, audit: Audit) -> Sheet | None:
        """Take the record at `offset`; answers the alert's sheet if editors are to be told."""
        self.head = offset
        sheet = self._sheets.setdefault(audit.alert, Sheet(audit.alert))
        told = sheet.hear(audit)
        if told:
            sheet.offset = offset
            self._told[audit.alert] = sheet
            self._told.move_to_end(audit.alert)
        if told or not sheet.frame:
            self._sheets.move_to_end(audit.alert)
        while len(self._sheets) > self._most:
            gone, _ = self._sheets.popitem(last=False)
            self._told.pop(gone, None)
        return sheet if told else None

    def after(self, offset: int) -> Sequence[Sheet]:
        """Sheets that changed after `offset`, the latest last."""
        return list(takewhile(lambda sheet: sheet.offset > offset, reversed(self._told.values())))[::-1]

    def trail(self, alert: str) -> tuple[tuple[Audit, ...], bool]:
        """What was done with an alert, oldest first, and whether there was more that is forgotten."""
        sheet = self._sheets.get(alert)
        return ((), False) if sheet is None else (tuple(sheet.trail), sheet.entries > len(sheet.trail))
