"""The desk itself: finds the story an event is about, gives it its turn, and notes what is due next."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from alerts.alert import Action, Candidate
from alerts.desk import actions, life, words
from alerts.desk.agenda import Agenda
from alerts.desk.outputs import Outputs
from alerts.desk.report import Report, report_of
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
        self._stories: dict[str, Story] = {}
        self._threads = Threads()
        self._agenda = Agenda()
        self._unread: dict[str, bytes | None] = {}

    @property
    def stories(self) -> int:
        """How many stories it remembers."""
        self._read()
        return len(self._stories)

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
            story = self._stories[due]
            if story.open:
                life.attend(self._turn(story, now, outputs))
                self._settle(story, outputs)
            else:
                self._forget(story)
                outputs.state[story.id] = None
        return outputs

    def next_due(self) -> datetime | None:
        """When `tick` next has something to do."""
        self._read()
        return self._agenda.next()

    def _action(self, action: Action, now: datetime, outputs: Outputs) -> None:
        story = self._stories.get(action.alert)
        turn = self._turn(story, now, outputs) if story else None
        audit, changed = actions.answer(turn, action)
        outputs.audit.append(audit)
        if story is not None and changed:
            self._settle(story, outputs)

    def _candidate(self, candidate: Candidate, now: datetime, outputs: Outputs) -> None:
        story = self._threads.own(candidate.article.identity)
        if story is None and not candidate.matched and _is_plain(candidate):
            return  # by far the most: the desk ignores what it does not know
        report = report_of(candidate)
        if story is None:
            self._unknown(report, now, outputs)
            return
        item = story.item(report.identity)
        if item is None or item.repeats(report):
            return
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
        story = self._threads.find(report) if usable else None
        if usable and not report.matched and not (story and report.corrects):
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
            self._add(story)
        else:
            story.items.append(item)
            self._threads.add_item(story, item)
        item.advance(report)
        life.receive(self._turn(story, now, outputs), item, report)
        self._settle(story, outputs)

    def _new_id(self, report: Report) -> str:
        """The id made from the first article; if a story we remember has it, the next generation."""
        base, generation = story_id(report.source, report.uri), 1
        if (last := self._threads.own(report.identity)) and last.id.startswith(f"{base}-"):
            generation = int(last.id.removeprefix(f"{base}-")) + 1
        while (made := base if generation == 1 else f"{base}-{generation}") in self._stories:
            generation += 1
        return made

    def _turn(self, story: Story, now: datetime, outputs: Outputs) -> Turn:
        return Turn(story, now, self._quiet, outputs)

    def _settle(self, story: Story, outputs: Outputs) -> None:
        """After a turn: what the story has become goes out, and its next turn onto the agenda."""
        outputs.state[story.id] = story.to_json()
        self._agenda.put(story.id, story.due(self._life, self._memory))
        self._threads.settle(story)

    def _add(self, story: Story) -> None:
        self._stories[story.id] = story
        self._threads.add(story)

    def _forget(self, story: Story) -> None:
        del self._stories[story.id]
        self._threads.drop(story)
        self._agenda.put(story.id, None)

    def _read(self) -> None:
        if not self._unread:
            return
        unread, self._unread = self._unread, {}
        for key, value in unread.items():
            if key in self._stories:
                self._forget(self._stories[key])
            if value is not None:
                story = Story.from_json(key, value)
                self._add(story)
                self._agenda.put(story.id, story.due(self._life, self._memory))


def _is_plain(candidate: Candidate) -> bool:
    """Whether it takes nothing back and corrects nothing."""
    article = candidate.article
    return article.pubstatus == "usable" and article.signal != "correction" and candidate.copy_of is None
