"""Every metric of the gateway, once, with its help text."""

from prometheus_client import Counter, Gauge, Histogram

from alerts.wire import CloseCode

LATENCY = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
QUICK = (0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5)

connections = Gauge(
    "alerts_gateway_connections",
    "Connections by state: opening (not welcomed yet), live, or lagging (behind, pulling from the ring).",
    ["state"],
)
opening = connections.labels("opening")
live = connections.labels("live")
lagging = connections.labels("lagging")
behind = Gauge("alerts_gateway_behind_entries", "How many alerts the subscriber that is furthest behind has before it.")
accepted = Counter("alerts_gateway_accepted_total", "Websocket connections that said hello and were welcomed.")
refused = Counter("alerts_gateway_refused_total", "Requests and connections that were refused, by reason.", ["reason"])
closed = Counter("alerts_gateway_closed_total", "Websocket connections that ended, by close code.", ["code"])
_CODES = frozenset(CloseCode) | {1000, 1005}


def ended(code: int) -> None:
    """Count an end. A peer may close with any of 3,000 codes; each would be a line of its own, for ever."""
    closed.labels(str(int(code)) if code in _CODES else "other").inc()


alerts_in = Counter("alerts_gateway_alerts_total", "Alert revisions read from Kafka.")
unreadable = Counter("alerts_gateway_unreadable_total", "Records on topic alerts that are no alert and were left out.")
encodes = Counter(
    "alerts_gateway_encodes_total", "Frames made of alerts, by form: once each, however many receive them.", ["form"]
)
deliveries = Counter("alerts_gateway_deliveries_total", "Alert frames handed to connections, live or from the ring.")
match_seconds = Histogram("alerts_gateway_match_seconds", "Finding the receivers of one alert.", buckets=QUICK)
fanout_seconds = Histogram("alerts_gateway_fanout_seconds", "Writing one alert to its receivers.", buckets=LATENCY)
append_to_write_seconds = Histogram(
    "alerts_gateway_append_to_write_seconds",
    "From the alert's append in Kafka to the start of its fan-out.",
    buckets=LATENCY,
)
append_to_last_write_seconds = Histogram(
    "alerts_gateway_append_to_last_write_seconds",
    "From the alert's append in Kafka to the end of its fan-out.",
    buckets=LATENCY,
)
resumes = Counter(
    "alerts_gateway_resumes_total", "Cursors taken up, by result (ok, or why there was a gap).", ["result"]
)
gaps = Counter("alerts_gateway_gaps_total", "Gap frames sent, by reason.", ["why"])
conflated = Counter("alerts_gateway_conflated_total", "Superseded quiet updates that slow subscribers were spared.")
stalled = Counter("alerts_gateway_stalled_total", "Connections aborted because no byte drained in time.")
silent = Counter("alerts_gateway_silent_total", "Connections aborted because nothing was heard from them.")
commands = Counter(
    "alerts_gateway_commands_total", "Client frames, by type (`invalid` for those that are none).", ["type"]
)
actions = Counter("alerts_gateway_actions_total", "Editors' actions written to topic desk.", ["do"])
errors = Counter("alerts_gateway_errors_total", "Error frames sent, by code.", ["code"])
requests = Counter("alerts_gateway_http_requests_total", "Plain HTTP requests, by path and status.", ["path", "status"])
ring_entries = Gauge("alerts_gateway_ring_entries", "Alert revisions in the ring.")
ring_bytes = Gauge("alerts_gateway_ring_bytes", "Bytes of frames in the ring.")
ring_head = Gauge("alerts_gateway_ring_head", "Offset of the newest alert in the ring.")
interests = Gauge("alerts_gateway_interests", "Distinct filters in force.")
kafka_up = Gauge("alerts_gateway_kafka_up", "1 while Kafka answers.")
kafka_lag = Gauge("alerts_gateway_kafka_lag_records", "Records on topic alerts that are not read yet, when last asked.")
loop_lag = Gauge("alerts_gateway_loop_lag_seconds", "How late the event loop ran the last tick of the heartbeat wheel.")
lab_starts = Counter("alerts_gateway_lab_starts_total", "Times the rule lab's process was started.")
lab_saves = Counter("alerts_gateway_lab_saves_total", "Rules files written by the lab, going back included.")
lab_try_seconds = Histogram(
    "alerts_gateway_lab_try_seconds",
    "From a rule tried in the lab to the last of its answer.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40),
)
