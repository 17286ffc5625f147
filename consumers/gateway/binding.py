"""The sockets that the gateway listens on."""

import socket

from consumers.settings import Bind, InvalidSetting, Settings

BACKLOG = 1024  # connections that the kernel may hold for us: a storm of returning clients is not to be turned away
ACCEPTS = 16  # connections taken in before others have a turn: one costs 0.3 ms
SEND_BUFFER = 64 * 1024  # of the kernel, per connection: by default it hides megabytes of slowness (push.md, 0.2)


def listen(settings: Settings, name: str) -> socket.socket:
    """Listen where the setting says.

    Raises:
        InvalidSetting: the address cannot be had.
    """
    bind = Bind(getattr(settings, name))
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    try:
        listener = socket.create_server(
            (bind.host, bind.port), family=family, backlog=BACKLOG, reuse_port=settings.gateway_share_port
        )
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise InvalidSetting(
            f"ALERTS_{name.upper()}={bind}: cannot listen there ({reason}). Stop what does, or choose another port."
        ) from None
    # Accepted connections inherit it.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return listener


def queue(listener: socket.socket) -> None:
    """Give the kernel its long queue, which asyncio has just cut to the number that it accepts in one turn."""
    listener.listen(BACKLOG)
