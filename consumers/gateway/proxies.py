"""Whose address counts when a proxy stands before us."""

import ipaddress
from collections.abc import Iterable, Sequence

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies whose word on addresses is taken, by network."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Networks such as `10.0.0.0/8`, or single addresses.

        Raises:
            ValueError: one is neither.
        """
        self._networks: Sequence[_Network] = tuple(ipaddress.ip_network(each) for each in networks)

    def client(self, peer: str, forwarded: Iterable[str]) -> str:
        """The address of the client behind `peer`.

        Each proxy adds at the end of X-Forwarded-For whom it heard from; so from the end on, the first that is no
        proxy of ours. What stands before that, anybody may have written.
        """
        address = peer
        for said in reversed([part.strip() for value in forwarded for part in value.split(",")]):
            if not self._trusts(address):
                break
            try:
                address = str(ipaddress.ip_address(said.strip("[]")))
            except ValueError:
                break
        return address

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._networks)
