"""The life of an alert: what a new version of an article means for its story.

    not shown --new--> live --hold--> held --update--> live
                        |  update, correction          |
                        +--withdrawal--> withdrawn     +--expiry--> expired (only remembered)

- A publisher's withdrawal can be taken back by a newer usable version that a rule matches, or by another report of
  the story that was held or under embargo: a correction that interrupts, for people were told the story is gone. An
  editors' withdrawal stands, whatever publishers send.
- A publisher's hold ends with its next usable version or with another publisher's report of the event, an editors'
  hold when they end it.
- A further report of the event interrupts where it is more urgent or says what is news (`novelty`).
- A copy never interrupts, whatever its rules say: it is the same text. Its publisher taking it back does, once; and a
  later version of it may that is found to be no copy any more, though its publisher is not counted for it.
- A story that ended is told of its late kill or correction under its old id, for people were shown it.
- A withdrawn story ends without a word: "withdrawn" is what must stay on the screen.
"""

from alerts.desk import novelty, words
from alerts.desk.item import Item
from alerts.desk.report import Report
from alerts.desk.revision import headline
from alerts.desk.story import Story
from alerts.desk.turn import Turn
from alerts.verdict import Priority


def receive(turn: Turn, item: Item, report: Report) -> None:
    """A version that is newer than any known of its item, which is already in the story."""
    _supersede(turn, item)
    if report.pubstatus == "canceled":
        _withdraw(turn, item, report)
    elif report.pubstatus == "withheld":
        _withhold(turn, item, report)
    elif report.waits(turn.now):
        _wait(turn, item, report)
    else:
        tell(turn, item, report)


def tell(turn: Turn, item: Item, report: Report) -> None:
    """A usable version that is under no embargo, or no more."""
    story = turn.story
    if story.unshown:
        _begin(turn, item, report)
    elif story.status == "withdrawn":
        _reconsider(turn, item, report)
    elif item.pubstatus == "canceled" and not report.matched:
        turn.suppress(report, words.STILL_WITHDRAWN)
    elif report.corrects:
        _correct(turn, item, report)
    else:
        _update(turn, item, report)


def overhear(turn: Turn, report: Report) -> None:
    """A report for which the story has no more room: what is urgent in it must not be lost with it."""
    story = turn.story
    if story.unshown or story.status == "withdrawn" or report.waits(turn.now) or report.pubstatus != "usable":
        return
    passing = Item(source=report.source, uri=report.uri)
    told = report.corrects or report.notice == "repeat"
    news = None if told else novelty.news(story, passing, report, rewritten=False)
    if _raise(story, passing, report):
        turn.issue("update", interrupt=True, reason=words.raised(report.source, story.priority.value, report.headline))
    elif news is not None:
        turn.interrupt(news, report)


def attend(turn: Turn) -> None:
    """What is due now in an open story: the end of an embargo, of a quiet time, or of the story's life."""
    story = turn.story
    waiting = next((item for item in story.waiting if item.waiting and not item.waiting.waits(turn.now)), None)
    if waiting is not None and waiting.waiting is not None:
        report, waiting.waiting = waiting.waiting, None
        tell(turn, waiting, report)
    elif story.pending_due is not None and story.pending_due <= turn.now:
        turn.issue("update", interrupt=True, reason=story.pending)
    elif story.quiet_due is not None and story.quiet_due <= turn.now:
        turn.issue("update", interrupt=False)
    else:
        _expire(turn)


def _begin(turn: Turn, item: Item, report: Report) -> None:
    story = turn.story
    if not report.matched:
        _shelve(turn)
        return
    for other in story.items:
        if other.role == "first":
            # An embargoed one: another publisher has its text, or a report of its event, out before it.
            other.role = "independent" if item.role == "independent" else "copy"
    item.role, item.shared = "first", ()
    story.priority = report.priority or Priority.ROUTINE
    story.published = report.published
    _show(turn, item, report)
    novelty.learn(story, report)
    turn.announce(report)


def _update(turn: Turn, item: Item, report: Report) -> None:
    story = turn.story
    released = _release(story, item)
    rises = _raise(story, item, report)
    rewritten, copied = item.shown is not None, _is_copy(item, report)
    _show(turn, item, report)
    released = _relieve(story) or released
    news = None
    if not copied and report.notice != "repeat":
        news = novelty.news(story, item, report, rewritten=rewritten) or _withheld_news(story, item)
    if rises:
        turn.issue("update", interrupt=True, reason=words.raised(item.source, story.priority.value, report.headline))
    elif released:
        turn.issue("update", interrupt=False)
    elif news is not None:
        turn.interrupt(news, report)
    else:
        turn.later(prompt=item is story.primary)


def _correct(turn: Turn, item: Item, report: Report) -> None:
    story = turn.story
    before = headline(story)
    known = item.role != "first" and any(other.shown_corrects for other in story.items if other is not item)
    _release(story, item)
    rises = _raise(story, item, report)
    _show(turn, item, report)
    _relieve(story)
    novelty.learn(story, report)
    if known and item is not story.primary and not rises:
        turn.later(prompt=False)  # the tenth publisher to say that it was a hoax tells nobody anything
        return
    if item is story.primary:
        reason = words.corrected(item.source, before, headline(story))
    else:
        reason = words.reported(item.source, report.headline)
    turn.issue("correction", interrupt=True, reason=reason)


def take_back(turn: Turn, item: Item, notice: Report) -> None:
    """Its publisher withdraws or holds an item by a notice under another uri: all of it, also what waits."""
    _supersede(turn, item)
    report = notice.model_copy(update={"source": item.source, "uri": item.uri, "version": item.version})
    if notice.pubstatus == "canceled":
        _withdraw(turn, item, report)
    else:
        _withhold(turn, item, report)


def _supersede(turn: Turn, item: Item) -> None:
    """What waits of an item will not be shown."""
    if item.waiting is not None:
        turn.suppress(item.waiting, words.SUPERSEDED)
        item.waiting = None


def _wait(turn: Turn, item: Item, report: Report) -> None:
    if turn.story.unshown and not report.matched:
        _shelve(turn)
        return
    item.waiting = report
    turn.story.closed_at = None


def _withdraw(turn: Turn, item: Item, report: Report) -> None:
    story = turn.story
    told = item.told
    if told is None or story.status == "withdrawn":
        _unseen(turn, item, report, words.WITHDRAWN_UNSHOWN)
        return
    if item.pubstatus == "canceled":
        turn.suppress(report, words.WITHDRAWN_BEFORE)
        return
    _show(turn, item, told.silenced(report))
    others = [other for other in story.items if other.stands]
    if item.role == "copy":
        if any(other.source == item.source for other in others):
            turn.later(prompt=False)  # a publisher that tidies up says nothing about the story
        else:
            turn.issue("correction", interrupt=True, reason=words.withdrew_copy(item.source))
    elif others:
        _relieve(story)
        turn.issue("correction", interrupt=True, reason=words.withdrew(item.source))
    else:
        story.status, story.withdrawn_by, story.held_by = "withdrawn", "publisher", None
        turn.issue("withdrawal", interrupt=True, reason=words.withdrawn(item.source))


def _withhold(turn: Turn, item: Item, report: Report) -> None:
    story = turn.story
    told = item.told
    if told is None or story.status == "withdrawn":
        _unseen(turn, item, report, words.WITHHELD_UNSHOWN)
        return
    _show(turn, item, told.silenced(report))
    if _has_news(story, item):
        story.pending_due = None  # it must not be quoted now
    if item.role == "copy" or story.status == "held" or any(other.stands for other in story.items):
        turn.later(prompt=True)
        return
    story.status, story.held_by = "held", "publisher"
    turn.issue("hold", interrupt=False)


def _withheld_news(story: Story, item: Item) -> str | None:
    """Why an item's report should have interrupted when it was withheld."""
    return story.pending if _has_news(story, item) and story.pending_due is None else None


def _has_news(story: Story, item: Item) -> bool:
    by = story.pending_by
    return by is not None and (by.source, by.uri) == item.identity


def _unseen(turn: Turn, item: Item, report: Report, reason: str) -> None:
    """The notice is about what nobody was shown, or knows to be withdrawn: it is only remembered."""
    story = turn.story
    if item.told is None and item.shown is not None:
        turn.suppress(item.shown, words.SUPERSEDED)
        item.unshow()
        if _has_news(story, item):
            story.pending = story.pending_by = story.pending_due = None
        if all(other.issued for other in story.items):
            story.quiet_due = None  # there is nothing left to tell
    item.pubstatus = report.pubstatus
    turn.suppress(report, words.ALERT_WITHDRAWN if story.status == "withdrawn" else reason)
    if story.unshown and item.role != "copy":
        for other in story.waiting:
            if other.role == "copy" and other.waiting is not None:
                turn.suppress(other.waiting, words.COPY_OF_TAKEN_BACK)
                other.waiting = None
    _shelve(turn)


def _reconsider(turn: Turn, item: Item, report: Report) -> None:
    """A usable version for a withdrawn story: does it bring it back?"""
    story = turn.story
    if not report.matched or story.withdrawn_by != "publisher" or item.role == "copy":
        turn.suppress(report, words.ALERT_WITHDRAWN)
        return
    # Another publisher that held its report back until now found something that the first one does not stand by.
    again = item.pubstatus == "canceled"
    reason = words.reinstated(item.source) if again else words.reported(item.source, report.headline)
    story.status, story.withdrawn_by = "live", None
    _raise(story, item, report)
    _show(turn, item, report)
    turn.issue("correction", interrupt=True, reason=reason)


def _expire(turn: Turn) -> None:
    if turn.story.status != "withdrawn":
        turn.story.status, turn.story.held_by = "expired", None
        turn.issue("expiry", interrupt=False)
    turn.story.close(turn.now)


def _shelve(turn: Turn) -> None:
    """A story that was never shown and has nothing to show is only remembered, so that late versions do not alert."""
    story = turn.story
    if story.unshown and story.open and not any(story.waiting):
        story.close(turn.now)


def _show(turn: Turn, item: Item, report: Report) -> None:
    story = turn.story
    if item.shown is not None and not item.issued:
        turn.suppress(item.shown, words.SUPERSEDED)
    item.show(report)
    story.updated = report.published or story.updated
    story.timing, story.dedup = report.timing, report.dedup


def _release(story: Story, item: Item) -> bool:
    """End a publisher's hold that this item's notice began."""
    if story.held_by != "publisher" or item.pubstatus != "withheld" or item.role == "copy":
        return False
    story.status, story.held_by = "live", None
    return True


def _relieve(story: Story) -> bool:
    """End a publisher's hold of a story that another one stands by."""
    if story.held_by != "publisher" or not any(item.stands for item in story.items):
        return False
    story.status, story.held_by = "live", None
    return True


def _is_copy(item: Item, report: Report) -> bool:
    """Whether this version says no more than what was copied. A later one may be in its publisher's own words."""
    own = report.matched and report.copy_of is None and report.dedup == "ok"
    return item.role == "copy" and not (own and item.shown is not None)


def _raise(story: Story, item: Item, report: Report) -> bool:
    """Take over a higher priority; a priority never falls."""
    if _is_copy(item, report) or report.priority is None or report.priority.rank <= story.priority.rank:
        return False
    story.priority = report.priority
    return True
