"""No test may reach beyond this machine: every socket of the process is watched."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address


class OutsideConnectionError(RuntimeError):
    """A test tried to reach an address off loopback; not an OSError, so that no retry swallows it."""


class NetworkGuard:
    """Refuses connections and look-ups off loopback, and remembers them even when the error is swallowed."""

    def __init__(self) -> None:
        self.refused: list[str] = []

    def install(self) -> None:
        """Watch this process from now on; an audit hook cannot be taken away again."""
        sys.addaudithook(self._on_event)

    @contextmanager
    def expecting(self) -> Iterator[list[str]]:
        """Collect what the block tries to reach without counting it against the test."""
        before = len(self.refused)
        attempts: list[str] = []
        try:
            yield attempts
        finally:
            attempts.extend(self.refused[before:])
            del self.refused[before:]

    def _on_event(self, event: str, arguments: tuple[object, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"}:
            address = arguments[1]
            host = address[0] if isinstance(address, tuple) else None
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
            host = arguments[0]
        else:
            return
        if not is_local(host):
            self.refused.append(str(host))
            raise OutsideConnectionError(f"expected a loopback address, found {host!r}; tests stay here")


def is_local(host: object) -> bool:
    """Say whether a host of a socket call is this machine; None and bytes paths are Unix sockets."""
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else str(host)
    if name in {"", "localhost", "localhost.localdomain"}:
        return True
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


GUARD = NetworkGuard()
