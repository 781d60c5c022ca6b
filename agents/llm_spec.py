"""Which LLM is meant: `provider:llm` or `provider:llm@base_url`, as the owner writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args
from urllib.parse import urlsplit

from agents.redaction import redact
from fund.errors import ConfigError

Provider = Literal["anthropic", "openai", "compatible", "offline"]
OFFLINE_LLM: Final = "rules"
OFFLINE_LABEL: Final = "offline rules, no LLM"
FORMS: Final = "anthropic:<llm>, openai:<llm>, compatible:<llm>@<base_url> or offline"
_HOSTS: Mapping[str, str] = {
    "anthropic": "https://api.anthropic.com",
    "openai": "https://api.openai.com/v1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMSpec:
    """One LLM at one provider, as the owner writes it: `provider:llm` or `provider:llm@base_url`."""

    provider: Provider
    llm: str
    base_url: str

    @property
    def llm_id(self) -> str:
        """Return the name on records and in call keys."""
        return f"{self.provider}:{self.llm}"

    @property
    def written(self) -> str:
        """Return the spec as it is read again, with an address where it is not its provider's own."""
        usual = self.base_url == _HOSTS.get(self.provider, "")
        return self.llm_id if usual else f"{self.llm_id}@{self.base_url}"

    @property
    def host(self) -> str:
        """Return what fails or works as one: the provider at its address."""
        return f"{self.provider} {self.base_url}".strip()


def parse_spec(text: str, place: str = "roster") -> LLMSpec:
    """Read `provider:llm`, `provider:llm@base_url` or `offline`; raises `ConfigError` otherwise.

    `place` is where it stands: the error begins with it.
    """
    provider, _, rest = text.strip().partition(":")
    if provider == "offline" and rest in {"", OFFLINE_LLM}:
        return LLMSpec(provider="offline", llm=OFFLINE_LLM, base_url="")
    if provider not in get_args(Provider) or provider == "offline":
        raise ConfigError(f"{place}: expected {FORMS}, found {text!r}")
    llm, at, base_url = rest.rpartition("@") if "@http" in rest else (rest, "", "")
    if not llm or any(c.isspace() for c in llm):
        raise ConfigError(f"{place}: expected the name of an LLM after '{provider}:', found {text!r}")
    url = _base_url(provider, base_url if at else "", text, place)
    return LLMSpec(provider=_provider(provider), llm=llm, base_url=url)


def is_llm_id(text: str) -> bool:
    """Tell whether a text is the `LLMSpec.llm_id` of something that may cost money."""
    provider, _, llm = text.partition(":")
    named = bool(llm) and "@http" not in llm and not any(c.isspace() for c in llm)
    return named and provider in get_args(Provider) and provider != "offline"


def _provider(name: str) -> Provider:
    return next(p for p in get_args(Provider) if p == name)


def _base_url(provider: str, given: str, text: str, place: str) -> str:
    url = given.rstrip("/") or _HOSTS.get(provider, "")
    if not _is_plain_address(url):
        raise ConfigError(
            f"{place}: expected {provider}:<llm>@<base_url>, an http(s) address without a password, "
            f"found {redact(text)!r}"
        )
    return url


def _is_plain_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        numbered = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc and numbered
