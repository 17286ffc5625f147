"""Metrics of ingest, once, with their help text."""

from prometheus_client import Counter, Histogram

requests = Counter("alerts_ingest_requests_total", "POST /v1/articles, by the status it was answered with.", ["status"])
articles = Counter(
    "alerts_ingest_articles_total",
    "Articles posted: `accepted` (acknowledged by Kafka), `rejected` (no article, or not allowed), `unsure` (no ack).",
    ["outcome"],
)
append_seconds = Histogram(
    "alerts_ingest_append_seconds",
    "From handing a body's articles to Kafka until all were acknowledged.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
