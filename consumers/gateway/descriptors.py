"""How many files, and so connections, the system lets us have open."""

import logging
import resource

log = logging.getLogger(__name__)

OTHERS = 200  # for Kafka, logs, listeners, refusals


def make_room(connections: int) -> int:
    """Raise our limit as far as we may; say so if it is still too low. Answers the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + OTHERS
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft < wanted:
        log.warning(
            "only %d files may be open, too few for ALERTS_GATEWAY_MAX_CONNECTIONS=%d: about %d connections will do. "
            "Raise the limit (`ulimit -n %d`, LimitNOFILE= in systemd), or lower the setting",
            soft,
            connections,
            max(0, soft - OTHERS),
            wanted,
        )
    return soft
