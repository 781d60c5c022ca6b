"""Where the desk runs and with which keys; the one place that touches the environment.

What the desk may do (limits, costs, universe, budget) is not here: that is the mandate, a versioned file.
"""

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv import dotenv_values
from pydantic import BaseModel, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from desk.setting_groups import (
    CHECKOUT,
    Access,
    Alerts,
    DatabaseURL,
    Feeds,
    Host,
    HttpsURL,
    HttpURL,
    LLMName,
    Monitor,
    NewsSentiment,
    PathInCheckout,
    Replay,
    RetrainPlan,
    Schedule,
    lowered,
)
from fund.errors import ConfigError

PREFIX = "DESK_"
TRACING = ("LANGSMITH_TRACING_V2", "LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGCHAIN_TRACING")
"""Any of them alone turns tracing on, so all of them are set."""

Provider = Literal["offline", "anthropic", "openai", "compatible"]
Scorer = Literal["lexicon", "llm", "classifier"]
ProviderChoice = Literal["auto", "offline", "anthropic", "openai", "compatible"]


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
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(lowered)] = "info"
    log_format: Annotated[Literal["text", "json"], BeforeValidator(lowered)] = "text"
    """How a line of the log is written; as JSON it carries the cycle and the job it belongs to."""
    replay: Replay = Field(default_factory=Replay)
    access: Access = Field(default_factory=Access)
    alerts: Alerts = Field(default_factory=Alerts)
    schedule: Schedule = Field(default_factory=Schedule)
    retraining: RetrainPlan = Field(default_factory=RetrainPlan)
    feeds: Feeds = Field(default_factory=Feeds)
    monitor: Monitor = Field(default_factory=Monitor)
    sentiment: NewsSentiment = Field(default_factory=NewsSentiment)
    search_by_meaning: bool = True
    """Whether a served desk loads the sentence encoder, some 400 MB; else records are found by words."""

    provider: Annotated[ProviderChoice, BeforeValidator(lowered)] = "auto"
    anthropic_api_key: SecretStr | None = None
    anthropic_llm: LLMName = "claude-sonnet-5-5"
    openai_api_key: SecretStr | None = None
    openai_llm: LLMName = "gpt-5.4"
    compatible_base_url: HttpURL | None = None
    compatible_api_key: SecretStr | None = None
    compatible_llm: LLMName | None = None
    langsmith_api_key: SecretStr | None = None
    """Lets evaluations be published; without it nothing is sent to LangSmith."""
    langsmith_endpoint: HttpsURL = "https://api.smith.langchain.com"
    langsmith_workspace: LLMName | None = None
    langsmith_project: LLMName = "conclave"
    """Begins the names of published experiments, and is where traces go."""
    langsmith_nights: bool = False
    """Whether the nightly evaluation is published."""
    langsmith_tracing: bool = False
    """Whether every LLM call of the desk and the chat is traced, real names and holdings included."""

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
        settings._refuse_scorer_without_means()
        settings._refuse_langsmith_without_key()
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

    @property
    def chosen_scorer(self) -> Scorer:
        """Return who reads the news: an LLM with access, else a classifier if named, else the lexicon."""
        if self.sentiment.scorer != "auto":
            return self.sentiment.scorer
        if self.chosen_provider != "offline":
            return "llm"
        return "lexicon" if self.sentiment.classifier is None else "classifier"

    def _refuse_scorer_without_means(self) -> None:
        if self.sentiment.scorer == "llm" and self.chosen_provider == "offline":
            raise ConfigError(
                f"{PREFIX}SENTIMENT__SCORER=llm needs a provider with a key, found none: set one, or leave "
                f"{PREFIX}SENTIMENT__SCORER at auto"
            )
        if self.sentiment.scorer == "classifier" and self.sentiment.classifier is None:
            raise ConfigError(
                f"{PREFIX}SENTIMENT__SCORER=classifier needs a folder in {PREFIX}SENTIMENT__CLASSIFIER, "
                "which is not set"
            )

    def _refuse_langsmith_without_key(self) -> None:
        wanted = {"NIGHTS": self.langsmith_nights, "TRACING": self.langsmith_tracing}
        for name in (name for name, is_on in wanted.items() if is_on and not self.langsmith_api_key):
            raise ConfigError(
                f"{PREFIX}LANGSMITH_{name}=true needs {PREFIX}LANGSMITH_API_KEY, which is not set"
            )

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
        key = self.langsmith_api_key.get_secret_value() if self.langsmith_api_key else ""
        traced = self.langsmith_tracing and bool(key)
        tracing = "true" if traced else "false"
        return {
            **dict.fromkeys(TRACING, tracing),
            "LANGSMITH_API_KEY": key if traced else "",
            "LANGSMITH_ENDPOINT": self.langsmith_endpoint if traced else "",
            "LANGSMITH_PROJECT": self.langsmith_project if traced else "",
            "LANGSMITH_WORKSPACE_ID": (self.langsmith_workspace or "") if traced else "",
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
