"""Whose address counts when a proxy stands before us, and whether somebody stands behind one at all."""

import ipaddress
import re
from collections.abc import Iterable, Sequence

from websockets.datastructures import Headers

from consumers.proxied import is_proxied

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_PORT = r":(?:[0-9]{1,5}|_[A-Za-z0-9._-]+)"
_NODE = re.compile(rf"\[([0-9A-Fa-f:.]+)\](?:{_PORT})?|([0-9.]+){_PORT}")
_PAIR = re.compile(r'\s*([^\s=;,"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*([;,]|\Z)')


class Proxies:
    """The proxies whose word on addresses is taken, by network."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Networks such as `10.0.0.0/8`, or single addresses.

        Raises:
            ValueError: one is neither.
        """
        self._networks: Sequence[_Network] = tuple(ipaddress.ip_network(each) for each in networks)

    def client(self, peer: str, headers: Headers) -> str:
        """The address of the client behind `peer`.

        By X-Forwarded-For, or by Forwarded (RFC 7239) where there is none. What cannot be read ends the chain.
        """
        return self._behind(peer, _listed(headers) or _forwarded(headers))[0]

    def local(self, peer: str, headers: Headers) -> bool:
        """Whether a request from this machine was also made on it, as far as one can tell.

        One that came through a proxy was, if the proxy is ours and every header that names a client names loopback.
        """
        if not is_proxied(headers):
            return True
        if not self._trusts(peer):
            return False
        chains = [chain for chain in (_listed(headers), _forwarded(headers), headers.get_all("X-Real-IP")) if chain]
        ends = [self._behind(peer, chain) for chain in chains]
        return bool(ends) and all(understood and ipaddress.ip_address(end).is_loopback for end, understood in ends)

    def _behind(self, peer: str, chain: Sequence[str]) -> tuple[str, bool]:
        """Who stands behind `peer`, and whether all that had to be read for it could be.

        Each proxy adds at the end whom it heard from; so from the end on, the first that is no proxy of ours. What
        stands before that, anybody may have written.
        """
        address = peer
        for said in reversed(chain):
            if not self._trusts(address):
                break
            found = _address(said)
            if found is None:
                return address, False
            address = str(found)
        return address, True

    def _trusts(self, address: str) -> bool:
        parsed = _address(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _address(said: str) -> _Address | None:
    """The address in an entry, which may have a port; an IPv4 address in IPv6 form is the IPv4 address."""
    said = said.strip()
    found = _NODE.fullmatch(said)
    try:
        address = ipaddress.ip_address(said if found is None else found[1] or found[2])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _listed(headers: Headers) -> list[str]:
    return [part for value in headers.get_all("X-Forwarded-For") for part in value.split(",")]


def _forwarded(headers: Headers) -> list[str]:
    """For each hop of a Forwarded header what its `for` says; nothing if it is none or cannot be read."""
    chain: list[str] = []
    for value in headers.get_all("Forwarded"):
        at, hop = 0, ""
        while at < len(value):
            pair = _PAIR.match(value, at)
            if pair is None:
                hop = ""
                break
            if pair[1].lower() == "for":
                hop = re.sub(r"\\(.)", r"\1", pair[2].strip('"'))
            if pair[3] == ",":
                chain.append(hop)
                hop = ""
            at = pair.end()
        chain.append(hop)
    return chain
