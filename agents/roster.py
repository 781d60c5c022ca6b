"""Who may be asked, in which order: LLMs with their keys and prices, and their chat clients, built late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pydantic import SecretStr

from agents.clients import ChatClient, ClientOptions, build_client
from agents.llm_spec import FORMS, OFFLINE_LABEL, LLMSpec, Provider, parse_spec
from agents.prices import Price, price_of
from fund.errors import ConfigError


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


@dataclass(slots=True, kw_only=True)
class Seat:
    """One place on the roster; its client is built when it is first asked."""

    spec: LLMSpec
    price: Price
    key: SecretStr | None = field(default=None, repr=False)
    options: ClientOptions = field(default_factory=ClientOptions)
    _client: ChatClient | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """Return how to call the speaker wherever its words are shown."""
        return OFFLINE_LABEL if self.spec.provider == "offline" else self.spec.llm_id

    @property
    def secrets(self) -> tuple[str, ...]:
        """Return what must never appear in words."""
        return (self.key.get_secret_value(),) if self.key else ()

    def worst_case(self, sent: str) -> Decimal:
        """Return the most a call with this text could cost, in USD."""
        return self.price.worst_case(sent, self.options.max_output_tokens)

    def client(self) -> ChatClient:
        """Return the chat client of this seat; importing a provider takes 1 to 3 s, once."""
        if self._client is None:
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
            raise ConfigError(f"roster: expected at least one of {FORMS}, found none; 'offline' needs no key")
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


def _key_for(spec: LLMSpec, keys: Keys) -> SecretStr | None:
    key = keys.of(spec.provider)
    if key is None and spec.provider in {"anthropic", "openai"}:
        raise ConfigError(
            f"roster: {spec.llm_id} needs a key of {spec.provider}, found none; set it or use 'offline'"
        )
    return key
