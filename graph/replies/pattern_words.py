"""How figures of patterns are told in words: with their intervals, and what is not counted."""

from graph.replies.phrases import figure, interval
from tools.figures import Figure


def with_interval(value: Figure, *, signed: bool = False) -> str:
    """Return a figure with its interval, or why it has none."""
    if value.value is None:
        return value.note
    return f"{figure(value, signed=signed)} ({interval(value, signed=signed)})"


def open_ones(count: int) -> str:
    """Say how many positions are not counted yet; nothing of none."""
    if not count:
        return ""
    are = "position is" if count == 1 else "positions are"
    return f" {count} {are} still open and not counted."


def plain(sign: str) -> str:
    """Return what people call a sign or a group."""
    return sign.replace("_", " ")
