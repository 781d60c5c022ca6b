"""Reads the mandate: strictly, so that a misspelt limit is refused and never ignored."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from decimal import Decimal
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from agents.llm_spec import is_llm_id
from fund.errors import ConfigError
from fund.execution.costs import CostModel
from fund.mandate import LLMPrice, Mandate
from fund.risk.limits import RiskLimits

T = TypeVar("T")

FORMAT_VERSION = 1
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "account": ("name", "initial_cash", "min_trade"),
    "universe": ("index", "benchmark", "candidates", "horizon_sessions"),
    "llm": ("daily_budget_usd",),
}
OPTIONAL: Mapping[str, tuple[str, ...]] = {"llm": ("prices",)}
TOP_LEVEL = ("version", *SECTIONS, "limits", "costs")


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
        raise ConfigError(f"{source}: {error}") from None


def _mandate(data: Mapping[str, Any], digest: str) -> Mandate:
    _refuse_strangers("", data, TOP_LEVEL)
    if _whole("version", data.get("version")) != FORMAT_VERSION:
        raise ConfigError(f"version must be {FORMAT_VERSION}, was {data['version']!r}")
    for section in (*SECTIONS, "limits", "costs"):
        if section not in data:
            raise ConfigError(f"section [{section}] is missing")
        if not isinstance(data[section], dict):
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
        limits=_record(RiskLimits, "limits", data["limits"]),
        costs=_record(CostModel, "costs", data["costs"]),
        llm_daily_budget_usd=_decimal("llm.daily_budget_usd", llm["daily_budget_usd"]),
        mandate_hash=digest,
        llm_prices=_prices(llm.get("prices", {})),
    )


def _section(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section: Mapping[str, Any] = data[name]
    _refuse_strangers(f"{name}.", section, (*SECTIONS[name], *OPTIONAL.get(name, ())))
    for key in SECTIONS[name]:
        if key not in section:
            raise ConfigError(f"{name}.{key} is missing")
    return section


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


def _record(kind: type[T], name: str, section: Mapping[str, Any]) -> T:
    """Fill a record whose fields are the section's keys."""
    known: tuple[Field[Any], ...] = fields(kind)  # type: ignore[arg-type]
    _refuse_strangers(f"{name}.", section, tuple(f.name for f in known))
    types = get_type_hints(kind)
    values: dict[str, Any] = {}
    for item in known:
        key = f"{name}.{item.name}"
        if item.name not in section:
            if item.default is MISSING:
                raise ConfigError(f"{key} is missing")
            continue
        values[item.name] = _READERS[types[item.name]](key, section[item.name])
    return kind(**values)


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
        raise ConfigError(f"{key} must be a whole number, was {value!r}")
    return value


def _flag(key: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{key} must be true or false, was {value!r}")
    return value


def _text(key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{key} must be a text that is not empty, was {value!r}")
    return value


_READERS: Mapping[type, Any] = {Decimal: _decimal, int: _whole, bool: _flag, str: _text}
