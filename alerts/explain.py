"""The verdict on one article as `alerts explain` prints it."""

from collections.abc import Iterable
from typing import Any

from alerts.article import Article, InvalidArticle
from alerts.classify import reasons
from alerts.verdict import Outcome, RegionHit, Verdict


def explanation(article: Article, verdict: Verdict) -> dict[str, Any]:
    """A line with all keys; `priority` is None unless the article is breaking."""
    return {
        "uri": article.uri,
        "source": article.source,
        "version": article.version,
        "outcome": verdict.outcome.value,
        "rules": [match.rule for match in verdict.matches] if verdict.fires else [],
        "regions": _places(verdict.regions),
        "mentioned": _places(verdict.mentioned),
        "priority": verdict.priority if verdict.outcome is Outcome.BREAKING else None,
        "why": [why.model_dump(exclude_none=True) for why in reasons(article, verdict)],
        "signals": [
            {
                "name": signal.name,
                "evidence": [
                    {"field": span.field, "start": span.start, "end": span.end, "text": span.text}
                    for span in signal.spans
                ],
            }
            for signal in verdict.signals
        ],
        "error": None,
    }


def refusal(exc: InvalidArticle) -> dict[str, Any]:
    """The same line for what is not an article."""
    return {
        "uri": exc.uri,
        "source": None,
        "version": None,
        "outcome": Outcome.INVALID.value,
        "rules": [],
        "regions": [],
        "mentioned": [],
        "priority": None,
        "why": [],
        "signals": [],
        "error": str(exc),
    }


def _places(hits: Iterable[RegionHit]) -> list[dict[str, Any]]:
    return [{"code": hit.code, "name": hit.name, "weight": round(hit.weight, 4)} for hit in hits]
