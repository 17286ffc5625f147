"""From a verdict to a candidate: what the desk must hear of, and in what words."""

from datetime import datetime

from alerts.alert import Candidate, Dedup, Identity, RuleMatch, SignalNote, Timing, WeightedRegion, Why
from alerts.article import Article
from alerts.desk.reading import read
from alerts.fingerprint import content_hash
from alerts.verdict import Outcome, Span, Verdict

MAX_WHY = 40


def matters(article: Article, verdict: Verdict) -> bool:
    """Whether the desk must hear of this version (invariant 2).

    A version that fires always does. So does everything that is not certainly a first plain version: it may change
    what an alert says. Whether an article without a version number came before is not asked of Redis, which may have
    forgotten: the desk, which knows its stories, ignores what it does not know.
    """
    if verdict.fires or verdict.outcome is Outcome.RETRACTION:
        return True
    first_plain = article.version == "1" and article.pubstatus == "usable" and article.signal is None
    return not first_plain


def candidate(
    article: Article,
    verdict: Verdict,
    *,
    ruleset: str,
    received: datetime,
    classified: datetime,
    content: str = "",
    copy_of: Identity | None = None,
    dedup: Dedup = "ok",
) -> Candidate:
    """The candidate for one article version.

    Args:
        article: as parsed from the topic.
        verdict: what the rules said of it.
        ruleset: hash of the rule set that said it.
        received: when the article reached us.
        classified: now.
        content: the article's `content_hash`, where it is known already.
        copy_of: the article whose text or URL this one shares, as Redis labelled it.
        dedup: `unavailable` where Redis could not be asked.
    """
    fired = verdict.fires
    made = Candidate(
        article=article if fired or not article.body_text else article.model_copy(update={"body_text": ""}),
        content=content or content_hash(article),
        matched=fired,
        outcome=verdict.outcome,
        matches=_matches(verdict) if fired else (),
        regions=tuple(WeightedRegion(code=r.code, name=r.name, weight=round(r.weight, 4)) for r in verdict.regions),
        why=reasons(article, verdict),
        signals=tuple(SignalNote(name=s.name, evidence=tuple(span.text for span in s.spans)) for s in verdict.signals),
        ruleset=ruleset,
        copy_of=copy_of,
        dedup=dedup,
        timing=Timing(received=_ms(received), classified=_ms(classified)),
    )
    if fired or verdict.outcome is Outcome.RETRACTION:
        made = made.model_copy(update={"reading": read(made)})
    return made


def _matches(verdict: Verdict) -> tuple[RuleMatch, ...]:
    return tuple(
        RuleMatch(rule=m.rule, priority=m.priority, topic=m.topic, cooldown=m.cooldown) for m in verdict.matches
    )


def reasons(article: Article, verdict: Verdict) -> tuple[Why, ...]:
    """The words behind each rule that fired, then behind each region; rules first, since pages show the first."""
    rules = [_why(article, span, rule=match.rule) for match in verdict.matches for span in match.spans]
    regions = [_why(article, span, region=hit.code) for hit in verdict.regions for span in hit.spans]
    return tuple((rules + regions)[:MAX_WHY])


def _why(article: Article, span: Span, *, rule: str | None = None, region: str | None = None) -> Why:
    return Why(
        uri=article.uri,
        version=article.version,
        rule=rule,
        region=region,
        field=span.field,
        start=span.start,
        end=span.end,
        text=span.text,
        context=span.context,
    )


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
