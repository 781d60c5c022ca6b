"""What each control action is called, and the sentence that says exactly what it will do."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal

from fund.risk.resumption import Evidence

Action = Literal["pause", "resume", "kill", "advance", "deposit", "withdraw"]


def title_of(action: Action, sessions: int | None, amount: Decimal | None = None) -> str:
    """Return an action in a few words."""
    if amount is not None:
        return f"{action} {amount:,.2f} USD"
    if action == "advance":
        return f"advance {sessions} {'session' if sessions == 1 else 'sessions'}"
    return "throw the kill switch" if action == "kill" else f"{action} trading"


def sentence_of(
    action: Action,
    sessions: int | None,
    evidence: Sequence[Evidence] = (),
    amount: Decimal | None = None,
) -> str:
    """Return what an action will do; of a resume also which levels are not met, with value and sample."""
    match action:
        case "deposit" | "withdraw":
            title = title_of(action, None, amount)
            way = "into" if action == "deposit" else "out of"
            return (
                f"{title[:1].upper()}{title[1:]}: booked {way} the paper account at the open of the next "
                "session. Returns and drawdown are counted without it."
            )
        case "pause":
            return (
                "Pause trading: from the next decision on no new orders are planned. "
                "Positions stay as they are and orders already placed still fill."
            )
        case "kill":
            return (
                "Throw the kill switch: every order that has not traded is cancelled, and nothing is planned "
                "until you resume trading. Positions stay as they are."
            )
        case "resume":
            resumes = "Resume trading: the committee plans orders again from the next decision on."
            return f"{resumes} {_levels(evidence)}".strip()
        case "advance":
            played = "the next session is" if sessions == 1 else f"the next {sessions} sessions are"
            title = title_of("advance", sessions).capitalize()
            return (
                f"{title}: {played} played in turn; open orders fill at the open, then the committee "
                "decides on the close. This cannot be undone."
            )


def _levels(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return ""
    unmet = [each for each in evidence if not each.met]
    if not unmet:
        return f"All {len(evidence)} levels of the mandate for a resume are met."
    told = " ".join(each.sentence for each in unmet)
    anew = any(each.name == "drawdown" for each in unmet)
    peak = " If you confirm, the drawdown is measured anew from here." if anew else ""
    met = len(evidence) - len(unmet)
    are = "is" if met == 1 else "are"
    return f"{met} of the {len(evidence)} levels of the mandate for a resume {are} met. {told}{peak}"
