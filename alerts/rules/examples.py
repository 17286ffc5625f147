"""The examples beside a rule, run: each must fire the rule, or must not, with all other rules in force."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from alerts.article import Article
from alerts.rules.rule import Rule
from alerts.rules.ruleset import RuleSet
from alerts.verdict import Outcome, Verdict

_NOON = datetime(2001, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that does not do what it shows."""

    rule: str
    expected: str
    example: str
    verdict: Verdict

    def __str__(self) -> str:
        fired = ", ".join(match.rule for match in self.verdict.matches) or "none"
        held = ", ".join(signal.name for signal in self.verdict.signals if signal.name != "undated")
        why = f" ({held})" if held else ""
        return f"{self.rule}: must {self.expected}: {self.example!r}: {self.verdict.outcome}{why}; rules: {fired}"


def failures(rules: RuleSet, *, of: Container[str] | None = None) -> Iterator[Failure]:
    """Every example that fails, in order; `of` names the rules whose examples to run, if not all.

    Age and hours are not looked at: an example has no date.
    """
    timeless = RuleSet(replace(rule, max_age=None, hours=None) for rule in rules.rules)
    for rule in rules.rules:
        if of is not None and rule.id not in of:
            continue
        for wanted, examples in ((True, rule.examples.match), (False, rule.examples.no_match)):
            for number, example in enumerate(examples):
                article = Article.from_mapping(_filled(rule, example, number))
                verdict = timeless.judge(article, article.published or _NOON, thorough=True)
                if fires(verdict, rule) is not wanted:
                    expected = "match" if wanted else "not match"
                    yield Failure(rule.id, expected, article.headline, verdict)


def fires(verdict: Verdict, rule: Rule) -> bool:
    """Whether a rule does what it is for: makes an alert, or takes one back."""
    right = verdict.outcome is Outcome.RETRACTION if rule.kind == "retraction" else verdict.fires
    return right and any(match.rule == rule.id for match in verdict.matches)


def _filled(rule: Rule, example: Any, number: int) -> dict[str, Any]:
    source = rule.sources.allow[0] if rule.sources and rule.sources.allow else "example.org"
    return {"uri": f"example:{rule.id}:{number}", "source": source, "headline": "-", **example}
