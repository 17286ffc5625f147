"""What editors ask of the desk, and what it answers.

Who may look only is refused (`forbidden`); so is what is unknown or not yet public (`not_found`), an order given while
looking at an earlier revision (`stale_revision`), what another editor or the alert's status stands against
(`conflict`), and what lacks a part (`bad_request`). After the word, if anything: a colon and why.

The audit of an action that comes again is the first one's again, for its sender may still wait for the answer.
"""

from base64 import b64encode
from collections.abc import Callable
from hashlib import blake2b

from alerts.alert import Action, Audit, Status
from alerts.desk import words
from alerts.desk.reading import shortened
from alerts.desk.report import MAX_HEADLINE
from alerts.desk.revision import headline
from alerts.desk.story import MAX_ANSWERS, Answer, Story
from alerts.desk.turn import Turn

# Orders change the alert, so they are given for one revision, and only while the alert is in one of these states.
_ORDERS: dict[str, frozenset[Status]] = {
    "escalate": frozenset({"live", "held", "expired"}),
    "correct": frozenset({"live", "held", "expired"}),
    "withdraw": frozenset({"live", "held", "expired"}),
    "hold": frozenset({"live", "expired"}),
    "unhold": frozenset({"held"}),
}


class _Refused(Exception):
    """Carries the reason."""


def answer(turn: Turn | None, action: Action) -> tuple[Audit, bool]:
    """Carry out an action, or refuse it.

    Args:
        turn: of the alert's story; None if there is no such alert.
        action: what is asked.

    Returns:
        The one audit record, and whether the story changed.
    """
    if action.role == "viewer":
        return _audit(action, Answer(outcome="refused", reason="forbidden: viewers only look")), False
    if turn is None or turn.story.unshown:
        return _audit(action, Answer(outcome="refused", reason="not_found")), False
    answers, key = turn.story.answers, _key(action)
    if key in answers:
        return _audit(action, answers[key]), False
    try:
        before = turn.story.revision
        _check(turn.story, action)
        _DO[action.do](turn, action)
        made = turn.story.revision if turn.story.revision > before else None
        given = Answer(outcome="applied", result_revision=made)
    except _Refused as refused:
        given = Answer(outcome="refused", reason=str(refused))
    answers[key] = given
    while len(answers) > MAX_ANSWERS:
        del answers[next(iter(answers))]
    return _audit(action, given), True


def _check(story: Story, action: Action) -> None:
    allowed = _ORDERS.get(action.do)
    if allowed is None:
        return
    if action.revision < story.revision:
        raise _Refused(f"stale_revision: the alert is at revision {story.revision}")
    if story.status not in allowed:
        raise _Refused(f"conflict: the alert is {story.status}")


def _claim(turn: Turn, action: Action) -> None:
    _theirs(turn.story, action)
    turn.story.claimed_by = action.by


def _release(turn: Turn, action: Action) -> None:
    if action.role != "admin":
        _theirs(turn.story, action)
    turn.story.claimed_by = None


def _theirs(story: Story, action: Action) -> None:
    if story.claimed_by not in (None, action.by):
        raise _Refused(f"conflict: claimed by {story.claimed_by}")


def _dismiss(turn: Turn, _: Action) -> None:
    turn.story.dismissed = True


def _restore(turn: Turn, _: Action) -> None:
    turn.story.dismissed = False


def _note(_: Turn, action: Action) -> None:
    if not (action.note or "").strip():
        raise _Refused("bad_request: a note needs text")


def _escalate(turn: Turn, action: Action) -> None:
    if action.priority is None:
        raise _Refused("bad_request: escalate needs a priority")
    if action.priority.rank <= turn.story.priority.rank:
        raise _Refused(f"bad_request: the alert is {turn.story.priority} already")
    turn.story.priority = action.priority
    turn.issue("update", interrupt=True)


def _correct(turn: Turn, action: Action) -> None:
    wanted = shortened(action.headline or "", MAX_HEADLINE)
    if not wanted:
        raise _Refused("bad_request: correct needs a headline")
    story = turn.story
    before = headline(story)
    story.headline, story.headline_over = None, None
    story.headline, story.headline_over = wanted, headline(story)
    turn.issue("correction", interrupt=True, reason=words.corrected_by_editors(before, wanted))


def _withdraw(turn: Turn, _: Action) -> None:
    story = turn.story
    story.status, story.withdrawn_by, story.held_by = "withdrawn", "editor", None
    turn.issue("withdrawal", interrupt=True, reason=words.WITHDRAWN_BY_EDITORS)


def _hold(turn: Turn, _: Action) -> None:
    turn.story.status, turn.story.held_by = "held", "editor"
    turn.issue("hold", interrupt=False)


def _unhold(turn: Turn, _: Action) -> None:
    turn.story.status, turn.story.held_by = "live", None
    turn.issue("update", interrupt=False)


_DO: dict[str, Callable[[Turn, Action], None]] = {
    "claim": _claim,
    "release": _release,
    "dismiss": _dismiss,
    "restore": _restore,
    "note": _note,
    "escalate": _escalate,
    "correct": _correct,
    "withdraw": _withdraw,
    "hold": _hold,
    "unhold": _unhold,
}


def _key(action: Action) -> str:
    """Ids are the clients' own: two editors' may be the same."""
    text = f"{action.by}\0{action.id}\0{action.do}"
    return b64encode(blake2b(text.encode(), digest_size=9).digest()).decode()


def _audit(action: Action, given: Answer) -> Audit:
    return Audit(
        action=action.id,
        by=action.by,
        at=action.at,
        alert=action.alert,
        revision=action.revision,
        do=action.do,
        outcome=given.outcome,
        reason=given.reason,
        result_revision=given.result_revision,
        note=action.note,
    )
