"""The groups of the settings and the kinds of their values; who reads the environment is `desk.settings`."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import NoDecode

CHECKOUT = Path(__file__).resolve().parent.parent
ScorerChoice = Literal["auto", "lexicon", "llm", "classifier"]


def _in_checkout(path: Path) -> Path:
    """Read a relative path from the checkout, so that the desk finds its files from any folder."""
    if not path.parts:
        raise ValueError("expected a path inside the checkout or from the root")
    try:
        return (CHECKOUT / path.expanduser()).resolve()
    except (OSError, RuntimeError) as error:
        raise ValueError(f"expected a path that leads somewhere ({error})") from None


def lowered(value: object) -> object:
    """Return a word in small letters; what is no word stays."""
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


def _https(url: str) -> str:
    """Check the form of an address that is sent a key: TLS, but on this machine."""
    parts = urlsplit(_http(url))
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
        raise ValueError("expected an address that begins with https://, because a key is sent there")
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
HttpsURL = Annotated[str, AfterValidator(_https)]
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
    retrain_day: Annotated[Weekday, BeforeValidator(lowered)] = "saturday"
    """When forecasters are trained on what is new: on this day of the week, an hour after `night`."""
    evals: Annotated[Literal["auto", "on", "off"], BeforeValidator(lowered)] = "auto"
    """Whether the desk is evaluated every night, an hour and a half after `night`; auto: where no LLM
    decides, so that it costs nothing."""


class RetrainPlan(BaseModel):
    """What calls for a training beside the weekly one, and how often; a desk that replays is never called."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    drift_rest_sessions: int = Field(default=21, ge=1, le=2520)
    """How long a forecaster is left alone after any training before grown errors call for another."""
    drift_per_month: int = Field(default=4, ge=0, le=100)
    """The most trainings that drift calls for within 21 sessions; 0 never."""
    decay_rest_sessions: int = Field(default=42, ge=1, le=2520)
    decay_per_month: int = Field(default=2, ge=0, le=100)
    """The same for a worth that wears off."""
    age_sessions: int = Field(default=63, ge=1, le=2520)
    """How old a training may grow before it is to be watched, and calls for another."""
    age_per_month: int = Field(default=2, ge=0, le=100)


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


class NewsSentiment(BaseModel):
    """Who reads the news when somebody asks how it leans."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scorer: Annotated[ScorerChoice, BeforeValidator(lowered)] = "auto"
    classifier: PathInCheckout | None = None
    """A folder with a transformers classifier of the FinBERT kind (safetensors)."""
