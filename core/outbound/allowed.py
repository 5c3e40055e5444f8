"""Which addresses may be reached: what is public, and what the operator has named."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self

from django.conf import settings

# Which Python counts as global, or counted so in some versions, although a way inside leads through them: shared space
# of carriers, addresses that carry an IPv4 address (NAT64, 6to4, Teredo, the old compatible form), site-local.
_INSIDE = [
    ip_network(name)
    for name in (
        *("100.64.0.0/10", "192.88.99.0/24", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"),
        *("fec0::/10", "::/96"),
    )
]
PORTS = (443, 8443)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the operator lets through besides public addresses: hosts, each with its port, and networks.

    A host that is named here may be on any port and any address; an address of a network that is named here may be
    reached on the usual ports.
    """

    hosts: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def read(cls, words: Iterable[str]) -> Self:
        """From `host:port` and `10.0.0.0/8`. Raises ValueError, which names the word that is neither."""
        hosts, networks = set(), []
        for word in words:
            try:
                if "/" in word:
                    networks.append(ip_network(word))
                else:
                    hosts.add(_host_and_port(word))
            except ValueError:
                raise ValueError(f"OUTBOUND_ALLOW: {word!r} is neither host:port nor a network.") from None
        return cls(frozenset(hosts), tuple(networks))

    @classmethod
    def by_operator(cls) -> Self:
        """As the installation's environment has it (OUTBOUND_ALLOW)."""
        return cls.read(settings.OUTBOUND_ALLOW)

    def port(self, host: str, port: int) -> bool:
        """Whether this host may be asked on this port."""
        return port in PORTS or (host, port) in self.hosts

    def address(self, address: str, *, host: str, port: int) -> bool:
        """Whether a connection to this address may be opened, which was found under the host's name."""
        return (host, port) in self.hosts or public(address) or self._in_network(address)

    def _in_network(self, address: str) -> bool:
        found = _plain(address)
        return found is not None and any(found.version == net.version and found in net for net in self.networks)


def public(address: str) -> bool:
    """Whether this is the address of a machine on the open Internet, and of no other kind; False if it is none."""
    found = _plain(address)
    if found is None or not found.is_global or found.is_multicast or found.is_reserved:
        return False
    return not any(found.version == net.version and found in net for net in _INSIDE)


def _plain(address: str) -> IPv4Address | IPv6Address | None:
    """The address, as IPv4 if it is one in IPv6's clothes; None for one that names a link of this machine."""
    try:
        found = ip_address(address)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.scope_id is not None:
            return None
        return found.ipv4_mapped or found
    return found


def _host_and_port(word: str) -> tuple[str, int]:
    host, _, port = word.rpartition(":")
    if not host or not 0 < int(port) < 65536:
        raise ValueError(word)
    return host.strip("[]").lower(), int(port)
