"""What `alerts up` shows when everything is ready."""

import shutil
import sys
from pathlib import Path

from consumers.launch import Places, Servers
from consumers.probe import reachable

ARTICLE = (
    '{"uri":"demo:1","source":"demo","version":"1","language":"en",'
    '"headline":"Magnitude 7.1 earthquake strikes off Vanuatu, tsunami warning issued"}'
)


def banner(servers: Servers, places: Places) -> str:
    """Addresses, three commands to try, and what becomes of the data."""
    ingest, gateway, alerts = reachable(places.ingest), reachable(places.gateway), program()
    topic = servers.settings.topic("alerts")
    bearer = " -H 'Authorization: Bearer TOKEN'" if servers.settings.ingest_tokens else ""
    return f"""
  Flashwire is up. Ctrl-C ends everything.

    Editors' page    http://{gateway}/
    Send articles    http://{ingest}/docs
    Kafka            {servers.kafka}    (alerts are on topic {topic})

  Try, in another terminal:

    curl -sS http://{ingest}/v1/articles -H 'Content-Type: application/json'{bearer} \\
      -d '{ARTICLE}'
    {alerts} watch
    {alerts} publish FILE.jsonl

  {_kept(servers, alerts)}
"""


def program() -> str:
    """How a person runs `alerts`: by its name if the shell finds ours, else by its path."""
    ours = Path(sys.executable).with_name("alerts")
    on_path = shutil.which("alerts")
    if on_path and Path(on_path).resolve() == ours.resolve():
        return "alerts"
    try:
        return str(ours.relative_to(Path.cwd()))
    except ValueError:
        return str(ours)


def _kept(servers: Servers, alerts: str) -> str:
    if servers.embedded is not None:
        return (
            "Nothing survives a restart in this mode: broker and Redis are in memory. To keep data:\n"
            f"    {alerts} up --kafka apache    (real Kafka on Java 17), or\n"
            "    set ALERTS_KAFKA=host:port and ALERTS_REDIS=redis://host:port to servers of yours"
        )
    if servers.apache is not None:
        return f"Apache Kafka and Redis keep their data in {servers.settings.data}/ between runs."
    return f"Kafka at {servers.kafka} keeps the data, by its own settings."
