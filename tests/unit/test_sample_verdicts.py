"""The default rules on the sample wire: what a first visitor sees must be right."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.article import Article
from alerts.rules import RuleSet, default_rules
from alerts.verdict import Outcome
from consumers.sample.wire import lines

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EXPECTED = {
    "alert": {Outcome.BREAKING},
    "quiet": {Outcome.NONE, Outcome.HELD_BACK},
    "retraction": {Outcome.RETRACTION},
    "embargoed": {Outcome.EMBARGOED},
}
LINES = [pytest.param(line, id=f"{line['at']:02}-{line['expect']}") for line in lines() if "expect" in line]


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return default_rules()


@pytest.mark.parametrize("line", LINES)
def test_the_default_rules_take_it_as_meant(line: dict[str, Any], rules: RuleSet) -> None:
    """News alerts, look-alikes do not, corrections are no new alert."""
    embargoed = NOON + timedelta(seconds=line["embargo"]) if "embargo" in line else None
    article = Article.from_mapping({**line["article"], "published": NOON, "embargoed": embargoed})
    assert rules.judge(article, NOON).outcome in EXPECTED[line["expect"]]
