"""Every metric of classifier and desk, once, with its help text; ingest and gateway have files of their own."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

articles_judged = Counter(
    "alerts_articles_judged_total",
    "Articles judged by the classifier, by verdict (an Outcome, or `dead`); they add up to all records read.",
    ["outcome"],
)
articles_repeated = Counter("alerts_articles_repeated_total", "Exact repeats that were dropped, among those judged.")
candidates_sent = Counter("alerts_candidates_sent_total", "Candidates acknowledged by Kafka.", ["dedup"])
dead_letters = Counter(
    "alerts_dead_letters_total", "Records that could not be read, sent to articles.dead.", ["reason"]
)
classify_seconds = Histogram(
    "alerts_classify_seconds", "Time from reading a batch of articles to its commit.", buckets=SECONDS
)
classifier_lag = Gauge("alerts_classifier_lag_records", "Articles on the topic that this member has not yet read.")
claims_seconds = Histogram("alerts_claims_seconds", "One Redis script call for a batch.", ["call"], buckets=SECONDS)
claims_failed = Counter("alerts_claims_failed_total", "Redis calls that failed or took too long.")
claims_distrusted = Counter(
    "alerts_claims_distrusted_total",
    "Times that Redis had missed or lost something of a partition, so that its marks no longer count.",
)
claims_open = Gauge("alerts_claims_breaker_open", "1 while Redis is being spared and alerts are marked unavailable.")

rules_in_force = Gauge("alerts_rules_in_force", "Rules in the set in force.")
rules_since = Gauge("alerts_rules_in_force_since_seconds", "Unix time at which the rule set in force was loaded.")
rules_refused = Gauge(
    "alerts_rules_edit_refused", "1 while the newest edit of the rules is broken and the last good set is in force."
)
rules_reloads = Counter("alerts_rules_reloads_total", "Edits of the rules, by what became of them.", ["result"])

desk_active = Gauge("alerts_desk_active", "1 on the desk that writes, 0 on a standby.")
desk_events = Counter("alerts_desk_events_total", "Records of topic desk handled.", ["type"])
desk_revisions = Counter("alerts_desk_revisions_total", "Alert revisions written.", ["op"])
desk_suppressed = Counter("alerts_desk_suppressed_total", "Article versions kept out of alerts, listed in desk.audit.")
# No label by rule: a rule's count could tell of what is under embargo.
desk_capped = Counter(
    "alerts_desk_capped_total", "New alerts that interrupted nobody because of their rules' cap, listed in desk.audit."
)
desk_stories = Gauge("alerts_desk_stories", "Stories the desk remembers.")
desk_commit_seconds = Histogram("alerts_desk_commit_seconds", "Time of one transaction of the desk.", buckets=SECONDS)
desk_aborts = Counter("alerts_desk_aborts_total", "Transactions given up; the state was reloaded.")
desk_lag = Gauge("alerts_desk_lag_records", "Records on topic desk not yet handled.")
desk_invalid = Counter("alerts_desk_invalid_total", "Records of topic desk that are no candidate and no action.")

article_to_alert_seconds = Histogram(
    "alerts_article_to_alert_seconds", "From the article's arrival to the alert's issue.", buckets=SECONDS
)
