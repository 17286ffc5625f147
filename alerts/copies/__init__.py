"""Copies: the same text or address under another uri, found by locality-sensitive hashing and then checked.

    claim = Claim.of(article, received, copies=verdict.fires)   # names the version, says what its text is like
    answer = memory.check(claim)                                # done before? a copy of which article?
    memory.confirm(claim)                                       # once the candidate is safe

`Memory` is the store in one process, for `alerts backtest`; in Redis it is `consumers.backends.claims`.

A copy is the same page, the same text (whole, shortened or lightly edited, with any headline), or, where there is
nothing but a headline, the same headline. What must not be one: this week's report in last week's words, and the same
report about another company; so the numbers and the names of both texts must agree, and both must be of the same days.

Only versions that fire are sketched. A text whose first version fires nobody's rule is unknown here, so its first copy
that fires is an original, and later copies are copies of *that* one: of the first that the desk heard of. Were it
otherwise, the first alert would point to an article that no subscriber can be shown.
"""

from alerts.copies.keys import canonical_url
from alerts.copies.likeness import is_copy
from alerts.copies.memory import Answer, Claim, Memory
from alerts.copies.sketch import Sketch, sketch_of

__all__ = ["Answer", "Claim", "Memory", "Sketch", "canonical_url", "is_copy", "sketch_of"]
