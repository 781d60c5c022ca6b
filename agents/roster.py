"""Who may be asked, in which order: provider specs, their keys, and their chat clients, built late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, get_args
from urllib.parse import urlsplit

from pydantic import SecretStr

from agents.prices import Price, price_of
from agents.redaction import redact
from fund.errors import ConfigError

if TYPE_CHECKING:
    from agents.clients import ChatClient

Provider = Literal["anthropic", "openai", "compatible", "offline"]
OFFLINE_LLM: Final = "rules"
OFFLINE_LABEL: Final = "offline rules, no LLM"
_FORMS = "anthropic:<llm>, openai:<llm>, compatible:<llm>@<base_url> or offline"
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
    def host(self) -> str:
        """Return what fails or works as one: the provider at its address."""
        return f"{self.provider} {self.base_url}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The keys a deployment has; a provider without one is not configured."""

    anthropic: SecretStr | None = None
    openai: SecretStr | None = None
    compatible: SecretStr | None = None
    """Optional: a server of one's own may want none."""

    def of(self, provider: Provider) -> SecretStr | None:
        """Return the key of a provider, None without one."""
        if provider == "offline":
            return None
        key: SecretStr | None = getattr(self, provider)
        return key if key is not None and key.get_secret_value().strip() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """What every call of a client is bound to."""

    timeout_seconds: float = 120.0
    max_output_tokens: int = 12_000
    """Thinking counts as output where an LLM thinks."""


@dataclass(slots=True, kw_only=True)
class Seat:
    """One place on the roster; its client is built when it is first asked."""

    spec: LLMSpec
    price: Price
    key: SecretStr | None = field(default=None, repr=False)
    options: ClientOptions = field(default_factory=ClientOptions)
    _client: "ChatClient | None" = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """Return how to call the speaker wherever its words are shown."""
        return OFFLINE_LABEL if self.spec.provider == "offline" else self.spec.llm_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must never appear in words."""
        return (self.key.get_secret_value(),) if self.key else ()

    def client(self) -> "ChatClient":
        """Return the chat client of this seat; importing a provider takes 1 to 3 s, once."""
        if self._client is None:
            from agents.clients import build_client

            self._client = build_client(self.spec, self.key, self.options)
        return self._client

    async def aclose(self) -> None:
        """Close the client's connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """The seats in the order they are asked; the first that answers speaks."""

    seats: tuple[Seat, ...]

    @classmethod
    def of(
        cls,
        specs: Sequence[str],
        keys: Keys | None = None,
        *,
        options: ClientOptions | None = None,
        prices: Mapping[str, Price] | None = None,
    ) -> "Roster":
        """Read a roster such as `("anthropic:claude-sonnet-5", "offline")`.

        `prices` overrides the price table by llm id (`compatible:<llm>`). Raises `ConfigError` on an
        empty roster, an unreadable spec, or a provider without a key.
        """
        if not specs:
            raise ConfigError(
                f"roster: expected at least one of {_FORMS}, found none; 'offline' needs no key"
            )
        chosen = [parse_spec(text) for text in specs]
        own = prices or {}
        seats = tuple(
            Seat(
                spec=spec,
                price=own.get(spec.llm_id) or price_of(spec.provider, spec.llm),
                key=_key_for(spec, keys or Keys()),
                options=options or ClientOptions(),
            )
            for spec in chosen
        )
        return cls(seats=seats)

    async def aclose(self) -> None:
        """Close every client."""
        for seat in self.seats:
            await seat.aclose()


def parse_spec(text: str) -> LLMSpec:
    """Read `provider:llm`, `provider:llm@base_url` or `offline`; raises `ConfigError` otherwise."""
    provider, _, rest = text.strip().partition(":")
    if provider == "offline" and rest in {"", OFFLINE_LLM}:
        return LLMSpec(provider="offline", llm=OFFLINE_LLM, base_url="")
    if provider not in get_args(Provider) or provider == "offline":
        raise ConfigError(f"roster: expected {_FORMS}, found {text!r}")
    llm, at, base_url = rest.rpartition("@") if "@http" in rest else (rest, "", "")
    if not llm or any(c.isspace() for c in llm):
        raise ConfigError(f"roster: expected the name of an LLM after '{provider}:', found {text!r}")
    return LLMSpec(provider=_provider(provider), llm=llm, base_url=_base_url(provider, at, base_url, text))


def _provider(name: str) -> Provider:
    return next(p for p in get_args(Provider) if p == name)


def _base_url(provider: str, at: str, given: str, text: str) -> str:
    url = given.rstrip("/") if at else _HOSTS.get(provider, "")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ConfigError(
            f"roster: expected {provider}:<llm>@<base_url>, an http(s) address without a password, "
            f"found {redact(text)!r}"
        )
    return url


def _key_for(spec: LLMSpec, keys: Keys) -> SecretStr | None:
    key = keys.of(spec.provider)
    if key is None and spec.provider in {"anthropic", "openai"}:
        raise ConfigError(
            f"roster: {spec.llm_id} needs a key of {spec.provider}, found none; set it or use 'offline'"
        )
    return key
