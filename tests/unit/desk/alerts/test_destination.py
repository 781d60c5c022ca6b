"""Where alerts may be posted: every way into this network, or to somebody else, is refused."""

import pytest

from desk.alerts.destination import destination, is_public
from fund.errors import ConfigError

HOSTS = ("hooks.example.com",)
REFUSED = {
    "plain http": "http://hooks.example.com/x",
    "a file": "file:///etc/passwd",
    "gopher": "gopher://hooks.example.com/_x",
    "ftp": "ftp://hooks.example.com/x",
    "javascript": "javascript:alert(1)",
    "no scheme": "hooks.example.com/x",
    "no scheme, two slashes": "//hooks.example.com/x",
    "nothing": "",
    "no host": "https:///x",
    "one slash": "https:/hooks.example.com/x",
    "another host": "https://evil.example/x",
    "a host below": "https://a.hooks.example.com/x",
    "a host above": "https://example.com/x",
    "a host that ends alike": "https://evilhooks.example.com/x",
    "a host that begins alike": "https://hooks.example.com.evil.example/x",
    "a dot at the end": "https://hooks.example.com./x",
    "a user": "https://hooks.example.com@evil.example/x",
    "a user before the host": "https://user@hooks.example.com/x",
    "a user and a password": "https://user:pass@hooks.example.com/x",
    "an empty user": "https://@hooks.example.com/x",
    "a fragment before an at sign": "https://hooks.example.com#@evil.example/",
    "a fragment": "https://hooks.example.com/x#y",
    "an empty fragment": "https://hooks.example.com/x#",
    "a backslash": "https://evil.example\\@hooks.example.com/x",
    "a backslash after the host": "https://hooks.example.com\\.evil.example/x",
    "a question mark before an at sign": "https://evil.example?@hooks.example.com/x",
    "another port": "https://hooks.example.com:8443/x",
    "the port of a mail server": "https://hooks.example.com:25/x",
    "a port too large": "https://hooks.example.com:99999/x",
    "a port that is none": "https://hooks.example.com:x/x",
    "an empty port": "https://hooks.example.com:/x",
    "a space": "https://hooks.example.com/ x",
    "a tab in the host": "https://hooks\t.example.com/x",
    "a line break": "https://hooks.example.com/x\r\nhost: evil.example",
    "a NUL": "https://hooks.example.com/\x00",
    "letters that look alike": "https://hооks.example.com/x",
    "full-width dots": "https://hooks。example。com/x",
    "a soft hyphen": "https://ho\u00adoks.example.com/x",
    "a percent sign in the host": "https://hooks%2eexample.com/x",
    "localhost": "https://localhost/x",
    "loopback": "https://127.0.0.1/x",
    "loopback, short": "https://127.1/x",
    "loopback, decimal": "https://2130706433/x",
    "loopback, octal": "https://0177.0.0.1/x",
    "loopback, hexadecimal": "https://0x7f.0.0.1/x",
    "loopback, one hexadecimal": "https://0x7f000001/x",
    "any address": "https://0.0.0.0/x",
    "zero": "https://0/x",
    "the cloud's metadata": "https://169.254.169.254/latest/meta-data/",
    "a private network": "https://10.0.0.1/x",
    "a public address": "https://93.184.216.34/x",
    "loopback of IPv6": "https://[::1]/x",
    "any address of IPv6": "https://[::]/x",
    "mapped loopback": "https://[::ffff:127.0.0.1]/x",
    "a zone": "https://[fe80::1%25eth0]/x",
    "the bare brackets": "https://[hooks.example.com]/x",
    "an unclosed bracket": "https://[::1/x",
    "too long": f"https://hooks.example.com/{'x' * 2_000}",
}
INSIDE = (
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "100::1", "2001:db8::1",
    "2002:7f00:1::", "2002:a9fe:a9fe::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "fc00::1", "fd12:3456::1",
    "fe80::1", "fe80::1%eth0", "fec0::1", "::7f00:1", "::a00:1", "64:ff9b:1::a00:1", "ff02::1",
    "localhost", "",
)  # fmt: skip


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED)
def test_a_url_that_is_not_exactly_what_the_owner_allowed_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected"):
        destination(url, hosts=HOSTS)


@pytest.mark.parametrize("address", INSIDE)
def test_a_host_that_leads_into_this_network_is_refused_whatever_it_is_called(address: str) -> None:
    there = destination("https://hooks.example.com/x", hosts=HOSTS)
    with pytest.raises(ConfigError, match="no public address"):
        there.addresses(lambda host, port: [address])


def test_one_address_inside_is_enough_to_refuse_the_host() -> None:
    there = destination("https://hooks.example.com/x", hosts=HOSTS)
    with pytest.raises(ConfigError, match=r"leads to 10\.0\.0\.1"):
        there.addresses(lambda host, port: ["93.184.216.34", "10.0.0.1"])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
)
def test_a_public_address_is_one(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com/a/b?c=d", "/a/b?c=d"),
        ("https://hooks.example.com", "/"),
        ("https://HOOKS.example.com:443/x", "/x"),
    ],
)
def test_what_the_owner_allowed_is_taken(url: str, target: str) -> None:
    there = destination(url, hosts=HOSTS)
    assert (there.scheme, there.host, there.port, there.target) == (
        "https", "hooks.example.com", 443, target,
    )  # fmt: skip
    assert there.addresses(lambda host, port: ["93.184.216.34"]) == ("93.184.216.34",)


def test_a_program_of_this_network_is_reached_where_the_owner_names_it_with_its_port() -> None:
    local = ("127.0.0.1:8123", "ntfy.lan:80")
    there = destination("http://127.0.0.1:8123/hook", hosts=(), local_hosts=local)
    assert there.is_local
    assert there.addresses(lambda host, port: [host]) == ("127.0.0.1",)
    assert destination("http://ntfy.lan/desk", hosts=(), local_hosts=local).port == 80
    for other in ("http://127.0.0.1:8124/hook", "http://ntfy.lan:81/desk", "http://127.0.0.2:8123/hook"):
        with pytest.raises(ConfigError):
            destination(other, hosts=(), local_hosts=local)


def test_a_host_without_an_address_is_nobodys_fault() -> None:
    with pytest.raises(OSError, match="has no address"):
        destination("https://hooks.example.com/x", hosts=HOSTS).addresses(lambda host, port: [])
