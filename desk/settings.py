"""Where the desk runs and with which keys; the one place that touches the environment.

What the desk may do (limits, costs, universe, budget) is not here: that is the mandate, a versioned file.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import time
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from fund.errors import ConfigError

CHECKOUT = Path(__file__).resolve().parent.parent
PREFIX = "DESK_"

Provider = Literal["offline", "anthropic", "openai", "compatible"]
ProviderChoice = Literal["auto", "offline", "anthropic", "openai", "compatible"]


def _in_checkout(path: Path) -> Path:
    """Read a relative path from the checkout, so that the desk finds its files from any folder."""
    if not path.parts:
        raise ValueError("expected a path inside the checkout or from the root")
    try:
        return (CHECKOUT / path.expanduser()).resolve()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"expected a path that leads somewhere ({error})") from None


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _postgresql(url: SecretStr) -> SecretStr:
    """Check the form of a database URL and name the driver the desk uses."""
    scheme, _, rest = url.get_secret_value().strip().partition("://")
    if scheme not in {"postgres", "postgresql", "postgresql+psycopg"}:
        raise ValueError("expected a URL such as postgresql://user:password@host:5432/desk")
    if len(urlsplit(f"postgresql://{rest}").path) < 2:
        raise ValueError(
            "expected a URL that names a database, such as postgresql://user:password@host:5432/desk"
        )
    return SecretStr(f"postgresql+psycopg://{rest}")


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("expected an address such as http://127.0.0.1:11434/v1")
    return url.rstrip("/")


def _host(host: str) -> str:
    if not host or any(c.isspace() or c in "/@" for c in host):
        raise ValueError("expected a host name or address such as 127.0.0.1")
    host.encode("idna")
    return host


def _listed(value: object) -> object:
    if not isinstance(value, str):
        return value
    parts = tuple(part.strip().lower() for part in value.split(",") if part.strip())
    return () if parts == ("none",) else parts


HearingTime = Literal["before_open", "after_open", "before_close"]
Hearings = Annotated[tuple[HearingTime, ...], NoDecode, BeforeValidator(_listed)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PathInCheckout = Annotated[Path, AfterValidator(_in_checkout)]
DatabaseURL = Annotated[SecretStr, AfterValidator(_postgresql)]
HttpURL = Annotated[str, AfterValidator(_http)]
Host = Annotated[str, AfterValidator(_host)]
LLMName = Annotated[str, Field(min_length=1, max_length=200)]


class Replay(BaseModel):
    """How much of the bundle's past the first start plays."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unplayed_sessions: int = Field(default=40, ge=0, le=400)
    """Sessions left at the end of the bundle for `advance`."""
    sessions: int | None = Field(default=None, ge=1)
    """Sessions to play before them; None plays every session that has an out-of-sample forecast."""


class Access(BaseModel):
    """How long a login holds, and how fast one user may ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    session_hours: int = Field(default=168, ge=1, le=8760)
    """Hours from a login until the password is asked for again; a cookie is never prolonged."""
    chat_per_minute: int = Field(default=30, ge=1, le=10_000)
    """Questions a user may ask in the chat, on average; a third of them at once."""
    calls_per_minute: int = Field(default=240, ge=1, le=100_000)
    """Calls a user may make over HTTP and MCP, on average; a third of them at once."""
    streams_per_user: int = Field(default=5, ge=1, le=100)
    """Dashboards a user may have open at once."""
    call_seconds: float = Field(default=20, gt=0, le=600)
    """How long a call over HTTP or MCP may take before it is given up."""
    hosts: str = Field(default="", pattern=r"^[A-Za-z0-9.:,\s\-]*$")
    """Names this desk answers to beside this machine's own, with commas between them."""

    @property
    def more_hosts(self) -> frozenset[str]:
        """Return the names of `hosts`."""
        return frozenset(name.strip().lower() for name in self.hosts.split(",") if name.strip())


class Alerts(BaseModel):
    """How the owner is reached; what is told to whom is the mandate's."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    discord_url: SecretStr | None = None
    """The URL of a Discord channel's webhook."""
    webhook_url: SecretStr | None = None
    """Where alerts are posted as signed JSON."""
    webhook_secret: SecretStr | None = None
    smtp_host: Host | None = None
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str | None = None
    mail_to: str | None = None
    """One or more addresses with commas between them."""
    local_hosts: str = ""
    """`host:port` of this network, with commas between them, that may be spoken to without TLS."""


class Schedule(BaseModel):
    """What a desk on the real clock does by itself, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    calendar: str = Field(default="XNYS", pattern=r"^[A-Z0-9]{4}$")
    """The exchange whose sessions count, by its ISO 10383 code."""
    hearings: Hearings = ("before_open",)
    """When the committee is heard beside its decision after every close."""
    discovery_hours: int = Field(default=4, ge=1, le=24)
    """How long after the open, and again and again until the close, discovery looks for names."""
    night: time = time(3, 30)
    """When the books are checked, UTC."""
    retrain_day: Annotated[Weekday, BeforeValidator(_lower)] = "saturday"
    """When forecasters are trained on what is new: on this day of the week, an hour after `night`."""


class Feeds(BaseModel):
    """Which vendors facts come from, in which order, and with which keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    live: bool = False
    """Whether the desk runs on the real clock and asks these vendors for what is new."""
    order: str = ""
    """Vendors with commas between them, the most believed first; empty: all that have a key or a folder."""
    folder: PathInCheckout | None = None
    """A folder in the bundle's form, or one file of it, as the vendor `files`."""
    alpaca_key_id: str | None = None
    alpaca_secret: SecretStr | None = None
    alpaca_tape: Literal["iex", "sip"] = "iex"
    """What live trades are of: one exchange, as in the free plan, or all."""
    alpaca_stream: bool = True
    """Whether live trades come over a stream, or by a question each time."""
    alpha_vantage_keys: SecretStr | None = None
    """One or more keys with commas between them; `bars:KEY` and `actions:KEY` keep one for that kind."""
    alpha_vantage_per_minute: int = Field(default=5, ge=1, le=10_000)
    alpha_vantage_per_day: int = Field(default=25, ge=1, le=10_000_000)
    """What one key may ask within a minute, and within a day in New York."""
    finnhub_key: SecretStr | None = None
    fred_key: SecretStr | None = None
    check_names: int = Field(default=20, ge=0, le=10_000)
    """So many names a delivery whose closes a second vendor is asked about; 0 for none."""
    check_tolerance: float = Field(default=0.005, gt=0, lt=1)
    """Part of a close by which two vendors may differ."""
    local_hosts: str = ""
    """`vendor=host:port` with commas between them: vendors to be spoken to without TLS in this network."""


class Monitor(BaseModel):
    """Where the event monitor gets prices, whom it watches, and where it asks for a cycle."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    api: HttpURL = "http://127.0.0.1:8000"
    """The desk that is asked for cycles."""
    api_key: SecretStr | None = None
    """A key of the scope `cycles`."""
    source_url: HttpURL | None = None
    """Where a program of one's own answers with ticks; None takes a vendor's."""
    seconds: float = Field(default=60, ge=1, le=900)
    """How often a source is asked."""
    index_members: bool = False
    """Whether every member of the index is watched beside what is held and on the watchlist."""
    volatility_index: str = Field(default="^VIX", min_length=1, max_length=20)
    """Its ticker as the source has it."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Where /metrics and /healthz are served, on DESK_HOST; None serves nothing."""


class Settings(BaseSettings):
    """The deployment: read once at start, frozen, and handed down as plain values."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        env_file_encoding="utf-8",
        extra="ignore",  # a .env may hold names of other programs; ours are checked by name in load()
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: PathInCheckout = Path(".desk")
    host: Host = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    database_url: DatabaseURL | None = None
    """A PostgreSQL server of one's own; None runs the embedded one in the data folder."""
    mandate: PathInCheckout = Path("mandate.toml")
    bundle: PathInCheckout = Path("data/bundle")
    feed: PathInCheckout | None = None
    """A folder of new market data that somebody keeps up to date; set, the desk runs on the real clock."""
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    log_format: Annotated[Literal["text", "json"], BeforeValidator(_lower)] = "text"
    """How a line of the log is written; as JSON it carries the cycle and the job it belongs to."""
    replay: Replay = Field(default_factory=Replay)
    access: Access = Field(default_factory=Access)
    alerts: Alerts = Field(default_factory=Alerts)
    schedule: Schedule = Field(default_factory=Schedule)
    feeds: Feeds = Field(default_factory=Feeds)
    monitor: Monitor = Field(default_factory=Monitor)
    search_by_meaning: bool = True
    """Whether a served desk loads the sentence encoder, some 400 MB; else records are found by words."""

    provider: Annotated[ProviderChoice, BeforeValidator(_lower)] = "auto"
    anthropic_api_key: SecretStr | None = None
    anthropic_llm: LLMName = "claude-sonnet-5-5"
    openai_api_key: SecretStr | None = None
    openai_llm: LLMName = "gpt-5.4"
    compatible_base_url: HttpURL | None = None
    compatible_api_key: SecretStr | None = None
    compatible_llm: LLMName | None = None
    langsmith_api_key: SecretStr | None = None
    """Turns LangSmith tracing on; without it nothing is sent anywhere."""

    @classmethod
    def load(cls, *, env_file: Path | None = CHECKOUT / ".env", **overrides: object) -> Self:
        """Read environment over `env_file` over defaults; overrides (command-line flags) win.

        Raises `ConfigError` naming the setting when a name is unknown or a value does not fit. The
        file may be missing; only names with the prefix are read from it.
        """
        _refuse_unknown(os.environ, "the environment")  # noqa: TID251 - the one reader
        if env_file is not None:
            _refuse_unknown(_names_in(env_file), str(env_file))
        strangers = overrides.keys() - cls.model_fields.keys()
        if strangers:
            raise TypeError(f"expected overrides named after fields of Settings, found {sorted(strangers)!r}")
        given = {name: value for name, value in overrides.items() if value is not None}
        try:
            settings = cls(_env_file=env_file, **given)  # type: ignore[arg-type]
        except ValidationError as error:
            raise ConfigError("; ".join(_sentence(detail) for detail in error.errors())) from None
        settings._refuse_provider_without_access()
        if settings.feed is not None and settings.feeds.live:
            raise ConfigError(
                f"{PREFIX}FEED and {PREFIX}FEEDS__LIVE both say where new market data comes from; keep one"
            )
        return settings

    @property
    def is_live(self) -> bool:
        """Whether the desk runs on the real clock: something brings it new market data."""
        return self.feed is not None or self.feeds.live

    @property
    def chosen_provider(self) -> Provider:
        """Return who answers for the committee: the first provider with access, else the offline rules."""
        if self.provider != "auto":
            return self.provider
        if self.anthropic_api_key:
            return "anthropic"
        if self.openai_api_key:
            return "openai"
        return "compatible" if self.compatible_base_url and self.compatible_llm else "offline"

    def _refuse_provider_without_access(self) -> None:
        needed: Mapping[str, tuple[str, ...]] = {
            "anthropic": ("anthropic_api_key",),
            "openai": ("openai_api_key",),
            "compatible": ("compatible_base_url", "compatible_llm"),
        }
        for field in needed.get(self.provider, ()):
            if getattr(self, field) is None:
                raise ConfigError(
                    f"{PREFIX}PROVIDER={self.provider} needs {PREFIX}{field.upper()}, which is not set: "
                    f"set it, or leave {PREFIX}PROVIDER at auto"
                )

    def variables_for_libraries(self) -> dict[str, str]:
        """Return the variables that libraries read, to be published before they are imported.

        An empty value takes a variable away: a foreign `DATABASE_URL` would switch on the chat
        library's own storage.
        """
        tracing = "true" if self.langsmith_api_key else "false"
        key = self.langsmith_api_key.get_secret_value() if self.langsmith_api_key else ""
        return {
            "LANGSMITH_TRACING": tracing,
            "LANGCHAIN_TRACING_V2": tracing,
            "LANGSMITH_API_KEY": key,
            "LANGGRAPH_STRICT_MSGPACK": "true",
            "DATABASE_URL": "",
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }


def publish(variables: Mapping[str, str]) -> None:
    """Set the variables in this process's environment; an empty value removes one."""
    for name, value in variables.items():
        if value:
            os.environ[name] = value  # noqa: TID251 - the one writer
        else:
            os.environ.pop(name, None)  # noqa: TID251 - the one writer


def setting_names() -> tuple[str, ...]:
    """Return every variable the desk reads, in the order of the fields."""
    names: list[str] = []
    for field, info in Settings.model_fields.items():
        group = info.annotation
        inner = group.model_fields if isinstance(group, type) and issubclass(group, BaseModel) else None
        names.extend([f"{field}__{name}" for name in inner] if inner is not None else [field])
    return tuple(f"{PREFIX}{name.upper()}" for name in names)


def _names_in(env_file: Path) -> Iterable[str]:
    try:
        return dotenv_values(env_file).keys() if env_file.exists() else ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{env_file} is not a readable UTF-8 file of NAME=value lines ({error})") from None


def _refuse_unknown(names: Iterable[str], source: str) -> None:
    known = setting_names()
    for name in sorted(names):
        if not name.upper().startswith(PREFIX) or name.upper() in known:
            continue
        nearest = get_close_matches(name.upper(), known, n=1, cutoff=0.0)[0]
        raise ConfigError(f"unknown setting {name!r} in {source}; the nearest one is {nearest}")


def _sentence(detail: Mapping[str, Any]) -> str:
    """Say which setting does not fit, what was expected and, unless it is a secret, what was found."""
    path = [str(part) for part in detail["loc"]]
    name = PREFIX + "__".join(path).upper()
    message = str(detail["msg"]).removeprefix("Value error, ").replace("Input should be", "expected", 1)
    info = Settings.model_fields.get(path[0])
    secret = info is not None and "SecretStr" in repr(info.annotation)
    return f"{name}: {message}; found {'a value that is not shown' if secret else repr(detail['input'])}"
