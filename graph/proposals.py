"""What an LLM may ask the owner to confirm: each of these opens a ticket, and none does anything."""

from collections.abc import Callable
from typing import Protocol

from tools.control_words import Action


class Propose(Protocol):
    """Puts an action up for confirmation and says so."""

    def __call__(
        self,
        action: Action,
        sessions: int | None = None,
        amount: str | None = None,
        tickers: list[str] | None = None,
        fraction: str | None = None,
        about: list[str] | None = None,
        trials: int | None = None,
        why: str = "",
    ) -> str:
        """Return what the LLM is told of it."""
        ...


class Proposals:
    """The control actions as an LLM calls them; their docstrings are what it reads."""

    def __init__(self, propose: Propose) -> None:
        self._propose = propose

    def methods(self) -> tuple[Callable[..., str], ...]:
        """Return every one of them."""
        return (
            self.pause_trading,
            self.resume_trading,
            self.kill_switch,
            self.advance,
            self.deposit,
            self.withdraw,
            self.close_position,
            self.keep_position,
            self.watch,
            self.unwatch,
            self.hear_committee,
            self.start_evaluation,
            self.stop_evaluation,
            self.promote_forecaster,
            self.roll_back_forecaster,
        )

    def pause_trading(self) -> str:
        """Ask the owner to confirm that trading is to be paused; nothing is done by this call."""
        return self._propose("pause")

    def resume_trading(self) -> str:
        """Ask the owner to confirm that trading is to be resumed; nothing is done by this call."""
        return self._propose("resume")

    def kill_switch(self) -> str:
        """Ask the owner to confirm the kill switch, which cancels orders; nothing is done by this call."""
        return self._propose("kill")

    def advance(self, sessions: int = 1) -> str:
        """Ask the owner to confirm that the replay is to be advanced; nothing is done by this call.

        Args:
            sessions: How many sessions, 0 for all that are left.
        """
        return self._propose("advance", sessions)

    def deposit(self, amount: str) -> str:
        """Ask the owner to confirm that money is to be brought in; nothing is done by this call.

        Args:
            amount: USD, digits only, such as 5000 or 99.95.
        """
        return self._propose("deposit", amount=amount)

    def withdraw(self, amount: str) -> str:
        """Ask the owner to confirm that money is to be taken out; nothing is done by this call.

        Args:
            amount: USD, digits only, such as 5000 or 99.95.
        """
        return self._propose("withdraw", amount=amount)

    def close_position(self, tickers: list[str], fraction: str = "1") -> str:
        """Ask the owner to confirm that positions are to be closed; nothing is done by this call.

        Args:
            tickers: Which positions, such as ["AAPL"]; ["*"] for all that is held.
            fraction: How much of each, above 0 and at most 1: 0.5 for half.
        """
        return self._propose("close", tickers=tickers, fraction=fraction)

    def keep_position(self, tickers: list[str]) -> str:
        """Ask the owner to confirm that a requested close is to be taken back; nothing is done by this call.

        Args:
            tickers: Which positions are to be kept after all.
        """
        return self._propose("keep", tickers=tickers)

    def watch(self, tickers: list[str]) -> str:
        """Ask the owner to confirm that names are to be put on the watchlist; nothing is done by this call.

        Args:
            tickers: Which names.
        """
        return self._propose("watch", tickers=tickers)

    def unwatch(self, tickers: list[str]) -> str:
        """Ask the owner to confirm that names are to leave the watchlist; nothing is done by this call.

        Args:
            tickers: Which names.
        """
        return self._propose("unwatch", tickers=tickers)

    def hear_committee(self, tickers: list[str]) -> str:
        """Ask the owner to confirm that the committee is to speak now; nothing is done by this call.

        Even when confirmed it orders nothing; to play on, advance.

        Args:
            tickers: About which names; an empty list for the usual candidates.
        """
        return self._propose("cycle", tickers=tickers)

    def start_evaluation(self, about: list[str], trials: int = 4) -> str:
        """Ask the owner to confirm that a bakeoff is to be run; nothing is done by this call.

        Args:
            about: Datasets or roles, such as ["validator"]; an empty list for all of them.
            trials: How often each case is asked.
        """
        return self._propose("evaluate", about=about, trials=trials)

    def stop_evaluation(self) -> str:
        """Ask the owner to confirm that the bakeoff is to be cancelled; nothing is done by this call."""
        return self._propose("stop_evaluation")

    def promote_forecaster(self, forecaster: str, horizon_sessions: int | None = None, why: str = "") -> str:
        """Ask the owner to confirm that a forecaster is to lead; nothing is done by this call.

        Args:
            forecaster: A version such as gbm-0123456789ab, a family for its newest, or "gbm 3" for its third.
            horizon_sessions: Over how many sessions; left out, the mandate's.
            why: The owner's own reason; needed where its figures look too good to believe.
        """
        return self._propose("promote_forecaster", horizon_sessions, about=[forecaster], why=why)

    def roll_back_forecaster(self, horizon_sessions: int | None = None, why: str = "") -> str:
        """Ask the owner to confirm that the last promotion is to be taken back; nothing is done by this call.

        Args:
            horizon_sessions: Over how many sessions; left out, the mandate's.
            why: The owner's own reason.
        """
        return self._propose("roll_back_forecaster", horizon_sessions, why=why)
