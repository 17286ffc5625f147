"""TLS by setting: one context for both listeners, whose certificate is replaced while it serves."""

import ssl

from consumers.gateway.upkeep import Upkeep
from consumers.settings import InvalidSetting, Settings


def certificate(settings: Settings, upkeep: Upkeep) -> ssl.SSLContext | None:
    """The context, None without the settings. When the files change, new connections get the new certificate.

    Raises:
        InvalidSetting: one of the two settings is missing, or the files are not a certificate and its key.
    """
    chain, key = settings.gateway_tls_cert, settings.gateway_tls_key
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise InvalidSetting("ALERTS_GATEWAY_TLS_CERT and ALERTS_GATEWAY_TLS_KEY: set both, or none")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    upkeep.add([chain, key], lambda: _reload(context, settings))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(chain, key)
    except OSError as exc:
        raise InvalidSetting(f"ALERTS_GATEWAY_TLS_CERT={chain}: not a certificate with its key ({exc})") from None
    return context


def _reload(context: ssl.SSLContext, settings: Settings) -> None:
    """Try the files on a context of their own first: a pair that does not fit would spoil the one in use."""
    assert settings.gateway_tls_cert is not None  # noqa: S101 - there is a context
    for each in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), context):
        each.load_cert_chain(settings.gateway_tls_cert, settings.gateway_tls_key)
