"""Reads the mandate: strictly, so that a misspelt limit is refused and never ignored."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from decimal import Decimal
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from agents.llm_spec import is_llm_id
from desk.mandate_lines import with_line
from desk.mandate_roster import roster_entries
from fund.alert_rules import AlertRules
from fund.discovery.rules import DiscoveryRules
from fund.errors import ConfigError
from fund.execution.costs import CostModel
from fund.mandate import LLMPrice, Mandate
from fund.metrics.tail import TailMethod
from fund.portfolio.position import LOT_METHODS, LotMethod
from fund.portfolio.sizing_rules import SizingRules
from fund.risk.breaker import BreakerLevels
from fund.risk.buckets import BucketLimits
from fund.risk.exits import ExitRules
from fund.risk.limits import RiskLimits
from fund.watching.rules import MonitorRules

T = TypeVar("T")

FORMAT_VERSION = 1
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "account": ("name", "initial_cash", "min_trade"),
    "universe": ("index", "benchmark", "candidates", "horizon_sessions"),
    "llm": ("daily_budget_usd",),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "account": ("lots", "share_step"),
    "llm": ("evals_budget_usd", "prices", "roster", "shadow_budget_usd", "shadows"),
}
RECORDS = ("limits", "buckets", "costs", "breaker")
"""Sections whose keys are the fields of a record."""
OPTIONAL_RECORDS = ("sizing", "exits", "alerts", "monitor", "discovery")
TOP_LEVEL = ("version", *SECTIONS, *RECORDS, *OPTIONAL_RECORDS)


def load_mandate(path: Path) -> Mandate:
    """Return the mandate of a TOML file; `ConfigError` names the file, the key and what was expected."""
    return mandate_of(mandate_text(path), str(path))


def mandate_text(path: Path) -> str:
    """Return the whole text of a mandate's file, byte for byte; `ConfigError` when it cannot be read."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise ConfigError(f"{path}: no mandate here; DESK_MANDATE names the file to read") from None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: the mandate cannot be read: {error}") from None


def mandate_of(text: str, source: str) -> Mandate:
    """Return the mandate of a text; `ConfigError` names the source, the key and what was expected."""
    try:
        data = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ConfigError(f"{source}: the mandate cannot be read: {error}") from None
    try:
        return _mandate(data, sha256(text.encode()).hexdigest())
    except ConfigError as error:
        raise ConfigError(f"{source}: {with_line(str(error), text)}") from None


def with_limit(mandate: Mandate, name: str, value: str) -> Mandate:
    """Return the mandate with one key of [limits] or [buckets] set anew, with a hash of its own.

    It is judged as a mandate that is read from a file: `ConfigError` where there is no such limit, where
    the value is none, or where it contradicts another.
    """
    limits = mandate.limits
    section = "buckets" if name in {f.name for f in fields(limits.buckets)} else "limits"
    kind: Any = limits.buckets if section == "buckets" else limits
    known = tuple(f.name for f in fields(kind) if "section" not in f.metadata)
    if name not in known:
        both = (*known, *(f.name for f in fields(limits.buckets)))
        _refuse_strangers("limits.", {name: value}, both)
    reader = _READERS[get_type_hints(type(kind))[name]]
    changed = replace(kind, **{name: reader(f"{section}.{name}", _from_text(value))})
    return replace(
        mandate,
        limits=replace(limits, buckets=changed) if section == "buckets" else changed,
        mandate_hash=sha256(f"{mandate.mandate_hash}|{section}.{name} = {value}".encode()).hexdigest(),
    )


def _from_text(value: str) -> object:
    """Read a value as TOML would, and a word without quotes as a text."""
    try:
        found = tomllib.loads(f"value = {value}", parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError):
        return value
    return found["value"] if found.keys() == {"value"} else value


def _mandate(data: Mapping[str, Any], digest: str) -> Mandate:
    _refuse_strangers("", data, TOP_LEVEL)
    if _whole("version", data.get("version")) != FORMAT_VERSION:
        raise ConfigError(f"version must be {FORMAT_VERSION}, was {data['version']!r}")
    for section in (*SECTIONS, *RECORDS, *OPTIONAL_RECORDS):
        if section not in data and section not in OPTIONAL_RECORDS:
            raise ConfigError(f"section [{section}] is missing")
        if not isinstance(data.get(section, {}), dict):
            raise ConfigError(f"{section} must be a section of its own, [{section}], was {data[section]!r}")
    account, universe, llm = (_section(data, name) for name in ("account", "universe", "llm"))
    return Mandate(
        name=_text("account.name", account["name"]),
        benchmark=_text("universe.benchmark", universe["benchmark"]),
        index=_text("universe.index", universe["index"]),
        candidates=_whole("universe.candidates", universe["candidates"]),
        horizon_sessions=_whole("universe.horizon_sessions", universe["horizon_sessions"]),
        initial_cash=_decimal("account.initial_cash", account["initial_cash"]),
        min_trade=_decimal("account.min_trade", account["min_trade"]),
        limits=_limits(data["limits"], data["buckets"]),
        costs=_record(CostModel, "costs", data["costs"]),
        breaker=_record(BreakerLevels, "breaker", data["breaker"]),
        llm_daily_budget_usd=_decimal("llm.daily_budget_usd", llm["daily_budget_usd"]),
        evals_budget_usd=_decimal("llm.evals_budget_usd", llm.get("evals_budget_usd", 5)),
        shadow_budget_usd=_decimal("llm.shadow_budget_usd", llm.get("shadow_budget_usd", 1)),
        shadows=_shadows(llm.get("shadows", [])),
        mandate_hash=digest,
        llm_prices=_prices(llm.get("prices", {})),
        llm_roster=roster_entries(llm.get("roster", {})),
        sizing=_record(SizingRules, "sizing", data.get("sizing", {})),
        exits=_record(ExitRules, "exits", data.get("exits", {})),
        alerts=_record(AlertRules, "alerts", data.get("alerts", {})),
        monitor=_record(MonitorRules, "monitor", data.get("monitor", {})),
        discovery=_record(DiscoveryRules, "discovery", data.get("discovery", {})),
        lots=_lot_method(account.get("lots", "average")),
        share_step=_decimal("account.share_step", account.get("share_step", 1)).normalize(),
    )


def _limits(stated: Mapping[str, Any], buckets: Mapping[str, Any]) -> RiskLimits:
    caps = _record(BucketLimits, "buckets", buckets)
    return _record(RiskLimits, "limits", stated, buckets=caps)


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section: Mapping[str, Any] = data[name]
    _refuse_strangers(f"{name}.", section, (*SECTIONS[name], *OPTIONAL.get(name, ())))
    for key in SECTIONS[name]:
        if key not in section:
            raise ConfigError(f"{name}.{key} is missing")
    return section


def _lot_method(stated: object) -> LotMethod:
    for method in LOT_METHODS:
        if stated == method:
            return method
    raise ConfigError(f"account.lots must be one of {', '.join(LOT_METHODS)}, was {stated!r}")


def _shadows(stated: object) -> tuple[str, ...]:
    if not isinstance(stated, list):
        raise ConfigError(f"llm.shadows must be a list of texts, was {stated!r}")
    for name in stated:
        if not isinstance(name, str) or not (name == "offline" or is_llm_id(name)):
            raise ConfigError(
                "llm.shadows must name anthropic:<llm>, openai:<llm>, compatible:<llm> or offline, without "
                f"an address, was {name!r}"
            )
    return tuple(stated)


def _prices(stated: object) -> tuple[LLMPrice, ...]:
    if not isinstance(stated, dict):
        raise ConfigError(f"llm.prices must be a section of its own, [llm.prices], was {stated!r}")
    return tuple(_price(llm_id, figures) for llm_id, figures in stated.items())


def _price(llm_id: str, figures: object) -> LLMPrice:
    key = f'llm.prices."{llm_id}"'
    if not is_llm_id(llm_id):
        raise ConfigError(
            f"{key} must be named anthropic:<llm>, openai:<llm> or compatible:<llm>, without an address"
        )
    if not isinstance(figures, dict) or {"input", "output"} - figures.keys():
        raise ConfigError(f"{key} must be such as {{ input = 0.5, output = 1.5 }}, was {figures!r}")
    _refuse_strangers(f"{key}.", figures, ("input", "output"))
    return LLMPrice(
        llm_id=llm_id,
        input=_decimal(f"{key}.input", figures["input"]),
        output=_decimal(f"{key}.output", figures["output"]),
    )


def _record(kind: type[T], name: str, section: Mapping[str, Any], **sections: object) -> T:
    """Fill a record whose fields are the section's keys, but for those that are `sections` of their own.

    A field with a default may be left out, unless it is marked as one that must be stated.
    """
    known: tuple[Field[Any], ...] = tuple(f for f in fields(kind) if f.name not in sections)  # type: ignore[arg-type]
    _refuse_strangers(f"{name}.", section, tuple(f.name for f in known))
    types = get_type_hints(kind)
    values: dict[str, Any] = {}
    for item in known:
        key = f"{name}.{item.name}"
        if item.name not in section:
            if item.default is MISSING or item.metadata.get("stated"):
                raise ConfigError(f"{key} is missing")
            continue
        values[item.name] = _READERS[types[item.name]](key, section[item.name])
    return kind(**values, **sections)


def _refuse_strangers(prefix: str, found: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in found:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"; did you mean {prefix}{near[0]}?" if near else f"; known: {', '.join(known)}"
            raise ConfigError(f"{prefix}{key} is not a key of the mandate{hint}")


def _decimal(key: str, value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ConfigError(f"{key} must be a number, was {value!r}")
    return Decimal(value)


def _whole(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        found = str(value) if isinstance(value, Decimal) else repr(value)
        raise ConfigError(f"{key} must be a whole number, was {found}")
    return value


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{key} must be true or false, was {value!r}")
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{key} must be a text that is not empty, was {value!r}")
    return value


def _words(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ConfigError(f"{key} must be a list of texts such as ['SPY'], was {value!r}")
    return tuple(_text(key, each) for each in value)


_READERS: Mapping[Any, Any] = {
    Decimal: _decimal,
    Decimal | None: _decimal,
    int: _whole,
    int | None: _whole,
    bool: _flag,
    str: _text,
    TailMethod: _text,
    tuple[str, ...]: _words,
}
