"""Where Kafka and Redis are: as the settings say, or as a running `alerts up` announced in its data folder."""

import json

from consumers.settings import InvalidSetting, Settings

ANNOUNCEMENT = "embedded.json"


def kafka_address(settings: Settings) -> str:
    """Bootstrap servers.

    Raises:
        InvalidSetting: ALERTS_KAFKA is `embedded` and no `alerts up` is running here.
    """
    return settings.kafka if settings.kafka != "embedded" else running(settings, "ALERTS_KAFKA")["kafka"]


def redis_url(settings: Settings) -> str:
    """Redis' URL.

    Raises:
        InvalidSetting: ALERTS_REDIS is `embedded` and no `alerts up` is running here.
    """
    return settings.redis if settings.redis != "embedded" else running(settings, "ALERTS_REDIS")["redis"]


def running(settings: Settings, variable: str) -> dict[str, str]:
    """What a running `alerts up` announced: `kafka`, `redis`, `pid` and more.

    Raises:
        InvalidSetting: none is running here; the message names `variable`.
    """
    announced = settings.data / ANNOUNCEMENT
    try:
        found: dict[str, str] = json.loads(announced.read_text())
    except (OSError, ValueError):
        raise InvalidSetting(
            f"{variable}=embedded: no `alerts up` is running in this folder (no {announced.absolute()}). "
            f"Start `alerts up`, or set {variable} to a real server's address."
        ) from None
    return found
