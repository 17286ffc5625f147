"""The desk itself: finds the story an event is about, gives it its turn, and notes what is due next."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.alert import Action, Candidate
from alerts.desk import actions, life, words
from alerts.desk.agenda import Agenda
from alerts.desk.outputs import Outputs
from alerts.desk.report import Report, content_of, report_of
from alerts.desk.shelf import Shelf
from alerts.desk.story import MAX_ITEMS, SCHEMA, Item, Story
from alerts.desk.threads import Threads
from alerts.desk.turn import Turn
from alerts.fingerprint import story_id

QUIET = timedelta(seconds=30)
LIFE = timedelta(hours=24)
MEMORY = timedelta(days=8)


class Desk:
    """Turns candidates and editors' actions into alert revisions.

    Whatever it answers follows from its state, the event and `now`; all its state is in the `state` it puts out.
    """

    def __init__(self, *, quiet: timedelta = QUIET, life: timedelta = LIFE, memory: timedelta = MEMORY) -> None:
        """Start with nothing.

        Args:
            quiet: at most one quiet update of a story in this time.
            life: a story without news for so long expires.
            memory: ids and articles of ended stories are remembered for so long.
        """
        self._quiet, self._life, self._memory = quiet, life, memory
        self._shelf = Shelf()
        self._threads = Threads(self._shelf.is_open)
        self._agenda = Agenda()
        self._unread: dict[str, bytes | None] = {}

    @property
    def stories(self) -> int:
        """How many stories it remembers."""
        self._read()
        return len(self._shelf)

    def restore(self, key: str, value: bytes | None) -> None:
        """Take a record of `desk.state`, in the topic's order; None is a tombstone.

        It is read when the desk is first asked something, which raises BrokenState if it cannot be: of the many
        records a key may have, only the last is worth reading.
        """
        self._unread[key] = value

    def handle(self, event: Candidate | Action, now: datetime) -> Outputs:
        """What follows from one record of topic `desk`."""
        self._read()
        outputs = Outputs()
        if isinstance(event, Action):
            self._action(event, now, outputs)
        else:
            self._candidate(event, now, outputs)
        return outputs

    def tick(self, now: datetime) -> Outputs:
        """Everything that is due by now, in order of time."""
        self._read()
        outputs = Outputs()
        while (due := self._agenda.pop(now)) is not None:
            story = self._shelf.get(due) if self._shelf.is_open(due) else None
            if story is not None:
                life.attend(self._turn(story, now, outputs))
                self._settle(story, outputs)
            else:
                self._forget(due)
                outputs.state[due] = None
        return outputs

    def next_due(self) -> datetime | None:
        """When `tick` next has something to do."""
        self._read()
        return self._agenda.next()

    def _action(self, action: Action, now: datetime, outputs: Outputs) -> None:
        story = self._shelf.get(action.alert)
        turn = self._turn(story, now, outputs) if story else None
        audit, changed = actions.answer(turn, action)
        outputs.audit.append(audit)
        if story is not None and changed:
            self._settle(story, outputs)

    def _candidate(self, candidate: Candidate, now: datetime, outputs: Outputs) -> None:
        owner = self._threads.own(candidate.article.identity)
        if owner is None and not candidate.matched and _is_plain(candidate):
            return  # by far the most: the desk ignores what it does not know
        story = self._shelf.get(owner) if owner else None
        item = story.item(candidate.article.identity) if story else None
        if story is None or item is None:
            self._unknown(report_of(candidate), now, outputs)
        elif not item.knows(candidate.article.version, content_of(candidate), candidate.article.published):
            self._known(story, item, report_of(candidate), now, outputs)

    def _known(self, story: Story, item: Item, report: Report, now: datetime, outputs: Outputs) -> None:
        """A version not heard of before, of an item of a story, open or ended."""
        turn = self._turn(story, now, outputs)
        if item.is_newer_than(report):
            item.hear(report)
            turn.suppress(report, words.OLDER)
        elif story.open or story.unshown or report.pubstatus != "usable" or report.corrects:
            item.advance(report)
            life.receive(turn, item, report)
        elif not report.matched:
            item.advance(report)
        elif report.content == item.content:
            item.advance(report)
            turn.suppress(report, words.TEXT_OF_ENDED)
        else:
            item.moved = True
            self._unknown(report, now, outputs, seen=item.seen)
        self._settle(story, outputs)

    def _unknown(self, report: Report, now: datetime, outputs: Outputs, seen: Iterable[str] = ()) -> None:
        """An article that is an item of no story: it joins one, begins one, or is none of our business."""
        usable = report.pubstatus == "usable"
        found = self._threads.find(report) if usable else None
        story = self._shelf.get(found) if found else None
        if usable and not report.matched and not (story and _is_about(report, story)):
            return
        if story is not None and len(story.items) >= MAX_ITEMS:
            self._turn(story, now, outputs).suppress(report, words.CROWDED)
            return
        # A kill or hold of what we never heard of begins a story too, one that is only remembered: the version it
        # takes back may still be on its way.
        item = Item(source=report.source, uri=report.uri, role="copy" if story else "first", seen=list(seen))
        if story is None:
            alias = report.copy_of if usable else None
            story = Story(schema_=SCHEMA, id=self._new_id(report), items=[item], alias=alias, news_at=now)
            self._threads.alias(story.id, alias)
        else:
            story.items.append(item)
        self._threads.add(story.id, (item.identity,))
        item.advance(report)
        life.receive(self._turn(story, now, outputs), item, report)
        self._settle(story, outputs)

    def _new_id(self, report: Report) -> str:
        """The id made from the first article; if a story we remember has it, the next generation."""
        base, generation = story_id(report.source, report.uri), 1
        if (last := self._threads.own(report.identity)) and last.startswith(f"{base}-"):
            generation = int(last.removeprefix(f"{base}-")) + 1
        while (made := base if generation == 1 else f"{base}-{generation}") in self._shelf:
            generation += 1
        return made

    def _turn(self, story: Story, now: datetime, outputs: Outputs) -> Turn:
        return Turn(story, now, self._quiet, outputs)

    def _settle(self, story: Story, outputs: Outputs) -> None:
        """After a turn: what the story has become goes out, and its next turn onto the agenda."""
        record = outputs.state[story.id] = story.to_json()
        self._shelf.put(story, record)
        self._agenda.put(story.id, story.due(self._life, self._memory))
        if not story.open:
            self._threads.alias(story.id, None)

    def _forget(self, story: str) -> None:
        self._threads.drop(story, self._shelf.heading(story).identities)
        self._shelf.drop(story)
        self._agenda.put(story, None)

    def _read(self) -> None:
        if not self._unread:
            return
        unread, self._unread = self._unread, {}
        for key, record in unread.items():
            if key in self._shelf:
                self._forget(key)
            if record is not None:
                self._restore(key, record)

    def _restore(self, key: str, record: bytes) -> None:
        heading = self._shelf.restore(key, record)
        self._threads.add(key, heading.identities)
        if heading.closed_at is not None:
            self._agenda.put(key, heading.closed_at + self._memory)
        elif (story := self._shelf.get(key)) is not None:
            self._threads.alias(key, story.alias)
            self._agenda.put(key, story.due(self._life, self._memory))


def _is_plain(candidate: Candidate) -> bool:
    """Whether it takes nothing back and corrects nothing."""
    article = candidate.article
    return article.pubstatus == "usable" and article.signal != "correction" and candidate.copy_of is None


def _is_about(report: Report, story: Story) -> bool:
    """Whether what matches no rule says something of a story it joins: it corrects, and did not come before it."""
    return report.corrects and not story.items[0].came_after(report)
