"""The desk: turns candidates and editors' actions into alert revisions. Pure: no clock, no chance, no I/O.

    outputs = desk.handle(event, now)     # a Candidate or an Action
    outputs = desk.tick(now)              # what has become due
    desk.restore(key, value)              # a record of desk.state

How a record goes through it, one file each: `report` (what is kept of an article), `threads` (which story it belongs
to: versions and copies) and `events` (the same event), `story` (what is known of a story), `life` (what happens now:
the decisions), `novelty` (what is worth another interruption), `floods` (the cap of each rule), `actions` (decisions
for editors), `turn` (the effects of one event on one story), `revision` (the alert as the topic holds it), `agenda`
(what is due).

What must always hold:

- Revisions of an alert are 1, 2, ... without a hole; its reach never shrinks.
- An article version that matched is in the sources of exactly one alert, or in a `suppress` record with the reason.
- The same event twice changes nothing the second time.
- Nothing of an embargoed version is in any output but `state` before its time.
- A desk restored from its state records goes on exactly as the one that wrote them.
"""

from alerts.desk.desk import Desk
from alerts.desk.floods import is_capped
from alerts.desk.outputs import Outputs
from alerts.desk.story import BrokenState

__all__ = ["BrokenState", "Desk", "Outputs", "is_capped"]
