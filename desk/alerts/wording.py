"""How an alert is worded, whatever it goes out by: its title, its lines, its figures."""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from db.outbox import Alert
from desk.alerts.channel import Message

LONGEST_LINE = 400
TITLES: Mapping[str, str] = {
    "cycle_decided": "A session was decided",
    "cycle_held": "A session was held",
    "daily_summary": "The day",
    "breaker_tripped": "The circuit breaker tripped",
    "kill_switch": "The kill switch was thrown",
    "books_wrong": "The books do not add up",
    "slot_missed": "A time of the schedule was missed",
    "job_failed": "A job was given up",
    "hearing_heard": "The committee was heard",
    "discovery_heard": "The pickers were heard",
    "traded": "Trades",
    "drawdown": "The drawdown deepened",
    "position_changed": "A position changed much",
    "discovery_changed": "The discovered half of the watchlist changed",
    "discovery_diverged": "The pickers diverge",
    "evals_night": "The desk was evaluated",
    "bakeoff": "A bakeoff came to its end",
    "evals_stopped": "The evaluation makes room for the session",
    "alert_test": "A test of the alerts",
}
_FIGURES = ("profit", "equity", "drawdown", "orders", "fills", "commission")
_NAMES = {"profit": "P&L"}


def title_of(alert: Alert) -> str:
    """Return what happened, in a few words."""
    kind = alert.event.kind
    return TITLES.get(kind, kind.replace("_", " ").capitalize())


def figures_of(alert: Alert) -> Iterator[tuple[str, str]]:
    """Yield the figures an event states, by name: a summary's heads, a night's worst cases among them."""
    data = alert.event.data
    for name in _FIGURES:
        if name in data:
            yield _NAMES.get(name, name.capitalize()), _figure(name, data[name])
    heads = data.get("heads")
    if isinstance(heads, Mapping):
        yield from ((f"Head of the {chain}", str(head)) for chain, head in heads.items())
    worst = data.get("worst")
    for each in worst if isinstance(worst, list) else ():
        yield f"Worst: {each['case']}", str(each["told"])


def _figure(name: str, value: Any) -> str:
    if name == "drawdown" and isinstance(value, int | float):
        return f"{value:.2%}"
    if name in ("equity", "profit"):
        try:
            return f"{Decimal(value):{'+' if name == 'profit' else ''},.2f} USD"
        except (TypeError, ValueError, InvalidOperation):
            return str(value)
    return str(value)


def subject_of(message: Message) -> str:
    """Return one line for a message: the alert's title, or how many there are and how serious."""
    if len(message.alerts) == 1:
        return title_of(message.alerts[0])
    serious = sum(alert.event.severity != "info" for alert in message.alerts)
    return f"{len(message.alerts)} things happened" + (f", {serious} of them warnings" if serious else "")


def line_of(alert: Alert) -> str:
    """Return an alert in one line, with the id that tells a second delivery."""
    text = " ".join(alert.event.text.split())
    short = text if len(text) <= LONGEST_LINE else f"{text[:LONGEST_LINE]}…"
    line = f"{alert.event.at:%Y-%m-%d %H:%M} UTC · {title_of(alert)}: {short} [{alert.alert_id}]"
    return " ".join(line.split())
