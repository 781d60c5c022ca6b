"""Where a message may be posted: one address the owner named, outside this network unless said otherwise.

After OWASP, Server-Side Request Forgery Prevention Cheat Sheet: exact host, https, no redirect, and the
address that was checked is the address that is connected to.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from fund.errors import ConfigError

LONGEST = 2_000
_WRITTEN = re.compile(r"[!-\[\]-~]+")
"""ASCII without spaces, control characters and the backslash, which some readers take for a slash."""
_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_NUMERIC = re.compile(r"[0-9.]+|0x[0-9a-f.x]+")
UNICAST, NAT64 = ipaddress.IPv6Network("2000::/3"), ipaddress.IPv6Network("64:ff9b::/96")
"""The IPv6 addresses that are given out for the whole internet, and those that stand for an IPv4 one."""

Resolve = Callable[[str, int], Collection[str]]
"""Returns the addresses of a host."""
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A checked address to post to."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query."""
    is_local: bool
    """Named by the owner as one of this network: no address is refused."""
    allowed_by: str = "DESK_ALERTS__LOCAL_HOSTS"
    """The setting that names such hosts."""

    def addresses(self, resolve: Resolve) -> tuple[str, ...]:
        """Return what the host resolves to now; `ConfigError` where any of it lies inside this network."""
        found = tuple(resolve(self.host, self.port))
        if not found:
            raise OSError(f"{self.host} has no address")
        for each in found:
            if not self.is_local and not is_public(each):
                raise ConfigError(
                    f"{self.host} leads to {each}, which is no public address; only hosts in "
                    f"{self.allowed_by} may"
                )
        return found


def destination(url: str, *, hosts: Collection[str], local_hosts: Collection[str] = ()) -> Destination:
    """Return the destination of a URL; `ConfigError` where it is not an address the owner allowed.

    `hosts` are exact names, reached by https on port 443. `local_hosts` are `name:port` as the URL has
    them, and may be plain http, numbers, and inside this network.
    """
    if not 1 <= len(url) <= LONGEST or _WRITTEN.fullmatch(url) is None:
        raise ConfigError("expected a URL of plain characters without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError("expected a URL such as https://hooks.example.com/desk") from None
    host = parts.hostname or ""
    if "@" in parts.netloc or parts.fragment or "#" in url:
        raise ConfigError("expected a URL without a user, a password or a fragment")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = port if port is not None else {"https": 443, "http": 80}.get(parts.scheme, 0)
    if parts.scheme in ("http", "https") and f"{host}:{port}" in local_hosts:
        return Destination(scheme=parts.scheme, host=host, port=port, target=target, is_local=True)
    if parts.scheme != "https":
        raise ConfigError(f"expected a URL that begins with https://, found {parts.scheme[:20]!r}")
    if _NUMERIC.fullmatch(host) or _HOST.fullmatch(host) is None:
        raise ConfigError(f"expected the name of a host, found {host[:80]!r}")
    if host not in hosts or parts.netloc.lower() not in (host, f"{host}:443"):
        raise ConfigError(f"expected one of {', '.join(sorted(hosts))}, found {parts.netloc[:80]!r}")
    return Destination(scheme="https", host=host, port=port, target=target, is_local=False)


def is_public(written: str) -> bool:
    """Say whether an address is one of the whole internet, seen through what may be wrapped around it."""
    try:
        address: IPAddress = ipaddress.ip_address(written)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and not any(address in each for each in (UNICAST, NAT64)):
        return False
    return all(each.is_global and not each.is_multicast for each in (address, *_inside(address)))


def _inside(address: IPAddress) -> list[IPAddress]:
    """Return the IPv4 addresses that an IPv6 one carries: mapped, 6to4, Teredo, NAT64 (RFC 6052)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    carried: list[IPAddress | None] = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in NAT64:
        carried.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [each for each in carried if each is not None]


def resolved(host: str, port: int) -> tuple[str, ...]:
    """Ask the machine's resolver; raises `OSError` where it knows no such host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
