"""What an agency says of its own text in a word at its head: KILL, WITHDRAWN, CORRECTED, REFILE, REPEAT, HOLD.

Such words are instructions to desks, in capitals before the headline or the slugline (or in brackets behind), and mean
what `pubstatus` and `signal` mean where a wire has such fields. Sources: the AP's and Reuters' published filing words
("BC-Example, KILL", "CORRECTED-", "REFILE-", "RPT-", "ADVISORY-... withdrawn").
"""

import re
from typing import Literal

from alerts.article import Article

Word = Literal["kill", "hold", "corrected", "repeat"]
"""`kill`: forget the text; `hold`: do not use it for now; `corrected`: the text was wrong; `repeat`: it is sent again,
as it was or with a slip of the pen put right."""

_END = r"(?=\s*[:\-–—)\]/.(]|\s*$)"
_BEFORE = r"^\W*(?:(?:EDITORS?|EDS|URGENT|BULLETIN|FLASH|ADVISORY|MANDATORY|ATTENTION|NOTE)\b[\W\d]*)*"
_PATTERNS: tuple[tuple[Word, re.Pattern[str]], ...] = (
    (
        "kill",
        re.compile(rf"{_BEFORE}(?:MANDATORY KILL|KILL|STORY KILLED|(?:STORY )?WITHDRAWN|STORY WITHDRAWAL){_END}"),
    ),
    ("kill", re.compile(r"(?:[,;(\[–-]\s*)(?:MANDATORY )?(?:KILL|STORY KILLED|WITHDRAWN)[)\]]?\s*$")),
    ("kill", re.compile(r"^\W*ADVISORY\s*[-–:].*\b[Ww]ithdrawn?\b")),
    ("hold", re.compile(rf"{_BEFORE}(?:STORY )?HOLD(?=\s*[:\-–)\]])")),
    ("corrected", re.compile(rf"{_BEFORE}(?:CORRECTED|CORRECTION|CORRECTS|CORRECTING|COR){_END}")),
    ("corrected", re.compile(r"^(?:Correction|Corrected|Corrects):\s")),
    (
        "repeat",
        re.compile(rf"{_BEFORE}(?:REFILES?|REPEAT|REPEATS|REPEATING|RPT|RESEND|RETRANSMISSION)(?:\s*\d)?{_END}"),
    ),
)
_CAPITALS = re.compile(r"KILL|WITHDR|HOLD|CORR|Correct|COR\b|RE[FPST]|RPT|ADVISORY")


def notice_of(article: Article) -> Word | None:
    """The word at the head of its headline or slugline, if there is one."""
    for text in (article.headline, article.slugline or ""):
        if _CAPITALS.search(text):
            for word, pattern in _PATTERNS:
                if pattern.search(text):
                    return word
    return None
