"""Every control action there is, by its name."""

from collections.abc import Mapping

from tools.control_action import ControlAction, Ground
from tools.control_cash import MoveCash
from tools.control_close import Close, Keep
from tools.control_evaluate import Evaluate, StopEvaluation
from tools.control_lead import Promote, RollBack
from tools.control_run import Advance, Hear
from tools.control_trading import Kill, Pause, Resume
from tools.control_watch import Unwatch, Watch
from tools.control_words import Action


def actions_of(ground: Ground) -> Mapping[Action, ControlAction]:
    """Return the actions over one desk."""
    return {
        "pause": Pause(ground),
        "resume": Resume(ground),
        "kill": Kill(ground),
        "advance": Advance(ground),
        "deposit": MoveCash("deposit", ground),
        "withdraw": MoveCash("withdraw", ground),
        "close": Close(ground),
        "keep": Keep(ground),
        "watch": Watch(ground),
        "unwatch": Unwatch(ground),
        "cycle": Hear(ground),
        "evaluate": Evaluate(ground),
        "stop_evaluation": StopEvaluation(ground),
        "promote_forecaster": Promote(ground),
        "roll_back_forecaster": RollBack(ground),
    }
