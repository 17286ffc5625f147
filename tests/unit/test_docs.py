"""The README is true: every command, setting, topic, message and close code is in it, or in what it links to."""

import re
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel

from alerts.rules import SIGNALS, failures
from alerts.rules import load as load_rules
from alerts.rules.document import ATTRIBUTES
from alerts.schemas import schema
from alerts.text import ZONES
from alerts.wire import CloseCode, commands, messages
from consumers.__main__ import COMMANDS
from consumers.backends.kafka import topics
from consumers.gateway import metrics
from consumers.settings import Settings, load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PERFORMANCE = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
RULES = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
KAFKA = (ROOT / "docs/kafka.md").read_text(encoding="utf-8")
PROTOCOL = (ROOT / "docs/websocket.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name: str) -> None:
    """A newcomer finds each by reading one page."""
    assert f"alerts {name}" in README or f"`{name}`" in README


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_in_the_readme_with_its_meaning(name: str) -> None:
    """The table's rows are the settings' own words."""
    assert f"| `ALERTS_{name.upper()}` |" in README
    assert (Settings.model_fields[name].description or "nothing") in README


def test_every_setting_in_the_readme_exists() -> None:
    """No row outlives its setting."""
    rows = {line.split("`")[1] for line in README.splitlines() if line.startswith("| `ALERTS_")}
    assert rows == {f"ALERTS_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize("name", list(topics(load({}, env_file=None))))
def test_every_topic_is_in_the_readme(name: str) -> None:
    """With its key and its life."""
    assert f"| `{name}` |" in README


@pytest.mark.parametrize("channel", ["alerts", "dead"])
def test_every_header_is_in_the_docs(channel: str) -> None:
    """A program's author reads what each says."""
    (message,) = schema("asyncapi")["channels"][channel]["messages"].values()
    assert [name for name in message["headers"]["properties"] if f"`{name}`" not in KAFKA] == []


@pytest.mark.parametrize("code", list(CloseCode))
def test_every_close_code_is_in_the_protocol(code: CloseCode) -> None:
    """A client's author learns from one page what each means."""
    assert str(int(code)) in PROTOCOL


def test_every_metric_of_the_gateway_is_in_the_docs() -> None:
    """An operator finds what each counts without reading code."""
    names = [
        found.removeprefix("alerts_gateway_")
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for found in [next(iter(metric.describe())).name + ("_total" if isinstance(metric, Counter) else "")]
    ]
    assert len(names) > 20
    assert [name for name in names if not re.search(rf"`{name}[{{`]", PERFORMANCE)] == []


def test_every_message_type_is_in_the_readme() -> None:
    """Both directions."""
    types = set()
    for module in (commands, messages):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, BaseModel) and "type" in value.model_fields:
                types |= set(get_args(value.model_fields["type"].annotation))
    assert {"hello", "welcome"} <= types
    assert {name for name in types if f"`{name}`" not in README} == set()


@pytest.mark.parametrize("name", [*ATTRIBUTES, *ZONES, *SIGNALS])
def test_every_attribute_zone_and_signal_is_in_the_language_s_page(name: str) -> None:
    """What a rule may say is told where rules are explained."""
    assert f"`{name}`" in RULES


def test_the_rules_in_the_readme_hold_their_own_examples() -> None:
    """What a newcomer pastes first must work."""
    sample = README.partition("```yaml\n")[2].partition("```")[0]
    assert list(failures(load_rules(sample))) == []
