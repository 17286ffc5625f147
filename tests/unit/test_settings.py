import os
from pathlib import Path

import pytest

from consumers.settings import InvalidSetting, load


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("ALERTS_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_unknown_setting_stops_the_start_and_names_the_one_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """A typo must not run for a year."""
    monkeypatch.setenv("ALERTS_KAFAK", "localhost:9092")
    with pytest.raises(InvalidSetting, match=r"ALERTS_KAFAK: there is no such setting\. Did you mean ALERTS_KAFKA\?"):
        load()


def test_unknown_setting_in_the_env_file_stops_the_start_too() -> None:
    """`.env` is read like the environment."""
    Path(".env").write_text("ALERTS_REDDIS=redis://x\n")
    with pytest.raises(InvalidSetting, match="ALERTS_REDDIS"):
        load()


def test_bad_value_names_the_setting_and_what_is_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which setting, what was there, and what would be right."""
    monkeypatch.setenv("ALERTS_GATEWAY_BIND", "8765")
    with pytest.raises(InvalidSetting, match=r"ALERTS_GATEWAY_BIND='8765': expected host:port"):
        load()


def test_an_empty_path_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`ALERTS_RULES=` in a `.env` is the default rules, not the folder that the process was started in."""
    monkeypatch.setenv("ALERTS_RULES", "")
    monkeypatch.setenv("ALERTS_FEEDS", " ")
    assert (load().rules, load().feeds) == (None, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GATEWAY_RING_ENTRIES", "0"),
        ("GATEWAY_RING_BYTES", "-1"),
        ("GATEWAY_RING_HOURS", "nan"),
        ("GATEWAY_RING_HOURS", "inf"),
        ("GATEWAY_HEARTBEAT", "0"),
        ("GATEWAY_HEARTBEAT", "nan"),
        ("GATEWAY_MAX_CONNECTIONS", "0"),
        ("GATEWAY_MAX_PER_ADDRESS", "-3"),
        ("GATEWAY_MAX_PER_TOKEN", "0"),
        ("GATEWAY_ORIGINS", "*"),
        ("GATEWAY_ORIGINS", "news.example"),
        ("GATEWAY_ORIGINS", "https://news.example/page"),
        ("QUIET_SECONDS", "-1"),
        ("COOLDOWN_SECONDS", "inf"),
    ],
)
def test_a_value_that_could_not_work_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Not taken, to fail later without its name, or to let nobody in and say nothing."""
    monkeypatch.setenv(f"ALERTS_{name}", value)
    with pytest.raises(InvalidSetting, match=rf"ALERTS_{name}="):
        load()


@pytest.mark.parametrize("value", ["swordfish", '{"swordfish": 5}', '{"swordfish": null}', '["swordfish"]'])
def test_tokens_of_another_shape_are_answered_with_the_right_one(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """One line, whatever is wrong with it."""
    monkeypatch.setenv("ALERTS_INGEST_TOKENS", value)
    with pytest.raises(InvalidSetting, match="expected a JSON object such as"):
        load()


def test_rules_file_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path to nothing must not mean "no rules"."""
    monkeypatch.setenv("ALERTS_RULES", "nowhere.yaml")
    with pytest.raises(InvalidSetting, match=r"ALERTS_RULES=.*nowhere\.yaml"):
        load()


def test_secrets_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither tokens nor passwords are shown."""
    monkeypatch.setenv("ALERTS_GATEWAY_SECRET", "open sesame, said Ali Baba to the rock")
    monkeypatch.setenv("ALERTS_INGEST_TOKENS", '{"swordfish": ["example.org"]}')
    monkeypatch.setenv("ALERTS_REDIS", "redis://user:hunter2@cache:6379/0")
    shown = "\n".join(load().masked().values())
    assert "sesame" not in shown
    assert "swordfish" not in shown
    assert "hunter2" not in shown
    assert "example.org" in shown
    assert "cache:6379" in shown


def test_secret_of_a_bad_setting_is_not_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error line may end up in a log."""
    monkeypatch.setenv("ALERTS_INGEST_TOKENS", '["swordfish"]')
    with pytest.raises(InvalidSetting) as caught:
        load()
    assert "swordfish" not in str(caught.value)


def test_prefix_goes_before_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two installations can share a cluster."""
    monkeypatch.setenv("ALERTS_PREFIX", "staging.")
    assert load().topic("alerts") == "staging.alerts"
