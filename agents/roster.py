"""Who may be asked, in which order: LLMs with their keys and prices, and their chat clients, built late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from pydantic import SecretStr

from agents.clients import ChatClient, ClientOptions, build_client
from agents.llm_spec import FORMS, OFFLINE_LABEL, LLMSpec, Provider, parse_spec
from agents.prices import Price, price_of
from agents.roles import ASKED, ROLES
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
        return OFFLINE_LABEL if self.is_rules else self.spec.llm_id

    @property
    def is_rules(self) -> bool:
        """Return whether no LLM sits here."""
        return self.spec.provider == "offline"

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
    """The seats in the order they are asked, the first that answers speaks; a role may have its own."""

    seats: tuple[Seat, ...]
    """Who is asked for every role that has none of its own, and for whatever is no role."""
    by_role: Mapping[str, tuple[Seat, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        specs: Sequence[str],
        keys: Keys | None = None,
        *,
        options: ClientOptions | None = None,
        prices: Mapping[str, Price] | None = None,
        by_role: Mapping[str, str] | None = None,
    ) -> "Roster":
        """Read a roster such as `("anthropic:claude-sonnet-5", "offline")`, and a spec for single roles.

        `prices` overrides the price table by llm id (`compatible:<llm>`). Raises `ConfigError` on an
        empty roster, an unreadable spec, or a provider without a key, naming the role where it is one's.
        """
        if not specs:
            raise ConfigError(f"roster: expected at least one of {FORMS}, found none; 'offline' needs no key")
        own, made = prices or {}, dict[LLMSpec, Seat]()

        def seat(text: str, place: str) -> Seat:
            spec = parse_spec(text, place)
            key = _key_for(spec, keys or Keys(), place)
            price = own.get(spec.llm_id) or price_of(spec.provider, spec.llm)
            fresh = Seat(spec=spec, price=price, key=key, options=options or ClientOptions())
            return made.setdefault(spec, fresh)

        return cls(
            seats=tuple(seat(text, "roster") for text in specs),
            by_role={role: (seat(text, f"llm.roster.{role}"),) for role, text in (by_role or {}).items()},
        )

    def seats_for(self, role: str) -> tuple[Seat, ...]:
        """Return who is asked for a role, in order."""
        return self.by_role.get(role, self.seats)

    @property
    def everybody(self) -> tuple[Seat, ...]:
        """Return every seat once."""
        seats = (*self.seats, *(seat for own in self.by_role.values() for seat in own))
        return tuple({id(seat): seat for seat in seats}.values())

    @property
    def committee(self) -> tuple[Seat, ...]:
        """Return who speaks in the committee, each once, in the order in which it is heard."""
        seats = (seat for role in ROLES for seat in self.seats_for(role))
        return tuple({id(seat): seat for seat in seats}.values())

    @property
    def label(self) -> str:
        """Return who speaks in the committee; with the roles, where they are not all the same's."""
        roles: dict[str, list[str]] = {}
        for role in ROLES:
            speakers = ", ".join(seat.label for seat in self.seats_for(role))
            roles.setdefault(speakers, []).append(role.replace("_", " "))
        if len(roles) == 1:
            return next(iter(roles))
        return "; ".join(f"{speakers} ({', '.join(held)})" for speakers, held in roles.items())

    @property
    def providers(self) -> str:
        """Return the providers of the committee as one name, such as `anthropic` or `anthropic+offline`."""
        return "+".join(dict.fromkeys(seat.spec.provider for seat in self.committee))

    @property
    def rule_roles(self) -> frozenset[str]:
        """Return the roles that only rules are asked for."""
        return frozenset(role for role in ASKED if all(seat.is_rules for seat in self.seats_for(role)))

    async def aclose(self) -> None:
        """Close every client."""
        for seat in self.everybody:
            await seat.aclose()


def _key_for(spec: LLMSpec, keys: Keys, place: str) -> SecretStr | None:
    key = keys.of(spec.provider)
    if key is None and spec.provider in {"anthropic", "openai"}:
        raise ConfigError(
            f"{place}: {spec.llm_id} needs a key of {spec.provider}, found none; set it or use 'offline'"
        )
    return key
