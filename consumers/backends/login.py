"""How every client of Kafka gets in: TLS and SASL, as the settings have them, in the words of each library."""

from typing import Any

from aiokafka.helpers import create_ssl_context

from consumers.settings import InvalidSetting, Settings


def for_aiokafka(settings: Settings) -> dict[str, Any]:
    """Options of an aiokafka client.

    Raises:
        InvalidSetting: the file of certificates cannot be read, or holds none.
    """
    options: dict[str, Any] = {"security_protocol": _protocol(settings)}
    if settings.kafka_tls:
        try:
            options["ssl_context"] = create_ssl_context(cafile=settings.kafka_ca)
        except OSError as exc:  # ssl.SSLError, too
            raise InvalidSetting(f"ALERTS_KAFKA_CA={settings.kafka_ca}: no certificates can be read ({exc})") from None
    if settings.kafka_user:
        options["sasl_mechanism"] = settings.kafka_sasl
        options["sasl_plain_username"] = settings.kafka_user
        options["sasl_plain_password"] = _password(settings)
    return options


def for_librdkafka(settings: Settings) -> dict[str, Any]:
    """Settings of a librdkafka client."""
    options: dict[str, Any] = {"security.protocol": _protocol(settings)}
    if settings.kafka_tls and settings.kafka_ca:
        options["ssl.ca.location"] = str(settings.kafka_ca)
    if settings.kafka_user:
        options["sasl.mechanism"] = settings.kafka_sasl
        options["sasl.username"] = settings.kafka_user
        options["sasl.password"] = _password(settings)
    return options


def _protocol(settings: Settings) -> str:
    return ("SASL_" if settings.kafka_user else "") + ("SSL" if settings.kafka_tls else "PLAINTEXT")


def _password(settings: Settings) -> str:
    return settings.kafka_password.get_secret_value() if settings.kafka_password else ""
