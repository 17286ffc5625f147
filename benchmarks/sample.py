"""The alerts that the gateway's benchmarks send."""

import random
from typing import Any

from alerts.alert import Alert

SIZE = 600  # bytes of an alert on the topic

# No two alerts say the same, else compression with a context would look better than it is.
WORDS = """
officials said measure takes effect midnight reviewed within week start harbour closed after tremor ministry statement
evening rail service suspended border crossing opened early results central bank keeps rate unchanged inflation slows
storm reached coast power restored thousands homes rescue teams search valley talks resume capital delegation arrives
court ruled appeal against decision airline grounded fleet inspection engineers found crack parliament votes budget
deadline extended union calls strike monday hospitals report shortage vaccine shipment delayed customs refinery fire
contained nobody injured investigators examine cause volcano ash cloud drifts north flights diverted island evacuation
""".split()  # noqa: SIM905 - reads best as words


def alert(number: int = 1, size: int = SIZE, **fields: Any) -> bytes:
    """An urgent alert of so many bytes of JSON; override what matters."""
    values: dict[str, Any] = {
        "id": f"al{number:08d}",
        "revision": 1,
        "op": "new",
        "status": "live",
        "interrupt": True,
        "priority": "urgent",
        "delivery": "urgent",
        "headline": "",
        "summary": "",
        "language": "en",
        "regions": [],
        "topics": ["conflict"],
        "rules": ["r1"],
        "issued": "2026-03-01T12:00:00Z",
        **fields,
    }
    values.setdefault(
        "reach",
        {
            "regions": [region["code"] for region in values["regions"]],
            "topics": values["topics"],
            "rules": values["rules"],
            "languages": [values["language"]],
            "sources": [],
            "priority": values["priority"],
        },
    )
    bare = Alert.model_validate(values).to_json()
    words = " ".join(random.Random(number).choices(WORDS, k=size // 4))
    values["headline"] = words[: max(0, size - len(bare))]
    return Alert.model_validate(values).to_json()
