"""The rule lab, the part that knows: what an edited rule would have done, by the live matcher and the live desk.

tail      the newest articles, without what nobody may see
book      the rules in force as text; what an author writes becomes a draft, or problems with their place
splice    the draft put back into its file
sieve     which articles are worth asking about at all
trial     where the edited rules fire, and where they nearly do
effect    which alerts of the day come and go
telling   all of it as JSON values; nothing of it is more than the page needs
"""

from alerts.lab.book import Book, Draft, opinions
from alerts.lab.effect import Effect, Snapshot, effect
from alerts.lab.splice import spliced
from alerts.lab.tail import Entry, Tail
from alerts.lab.trial import Fired, Near, Tell, Trial

__all__ = [
    "Book",
    "Draft",
    "Effect",
    "Entry",
    "Fired",
    "Near",
    "Snapshot",
    "Tail",
    "Tell",
    "Trial",
    "effect",
    "opinions",
    "spliced",
]
