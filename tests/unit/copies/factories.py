"""Articles and claims; override what matters."""

from datetime import UTC, datetime
from typing import Any

from alerts.article import Article
from alerts.copies import Claim

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STORY = (
    "A dam above the town of Valdora broke on Monday after three days of rain, the mayor said. At least 14 people are "
    "missing and 2,300 left their homes along the river Tamin. Soldiers from Corvia brought boats and tents, and the "
    "road to Pelasgo is closed. Engineers had warned the ministry in January that the wall showed cracks, said Ines "
    "Morante, who leads the union of engineers. The ministry answered that repairs were planned for the summer."
)


def make_article(**fields: Any) -> Article:
    """An article with a headline and a text of its own."""
    values = {"uri": "u:1", "source": "a.example", "headline": "Dam breaks above Valdora", "body_text": STORY}
    return Article.model_validate({**values, **fields})


def make_claim(*, copies: bool = True, **fields: Any) -> Claim:
    """The claim of `make_article(...)`, received at noon."""
    return Claim.of(make_article(**fields), NOW, copies=copies)
