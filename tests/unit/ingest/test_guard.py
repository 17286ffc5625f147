import pytest

from consumers.ingest.guard import Guard
from consumers.settings import InvalidSetting, load


def test_a_network_is_not_served_without_tokens() -> None:
    """One line that says which setting, and what to do."""
    with pytest.raises(InvalidSetting, match=r"ALERTS_INGEST_BIND=0\.0\.0\.0:8000.*ALERTS_INGEST_TOKENS") as refused:
        Guard(load({}, env_file=None, ingest_bind="0.0.0.0:8000"))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "options", [{}, {"ingest_bind": "[::1]:1"}, {"ingest_bind": "0.0.0.0:1", "ingest_tokens": {"t": ("*",)}}]
)
def test_loopback_or_tokens_are_enough(options: dict[str, object]) -> None:
    """Either keeps strangers out."""
    Guard(load({}, env_file=None, **options))
