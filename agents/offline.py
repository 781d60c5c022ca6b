"""The provider `offline`: fixed rules over the numbers of a brief, shown as "offline rules, no LLM".

It is the default without a key, the baseline of every comparison, and a chat LLM to the rest of
the house, so that nothing else needs to know there is no LLM behind it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from agents.answers import Answer
from agents.llm_spec import OFFLINE_LABEL
from agents.offline_brief import Brief
from agents.offline_macro import macro_answer
from agents.offline_manager import manager_answer
from agents.offline_quant import quant_answer
from agents.offline_risk import risk_answer
from agents.offline_scout import scout_answer
from agents.offline_validator import validator_answer
from fund.errors import AnswerError

RULES: Final[Mapping[str, Callable[[Brief], Answer]]] = {
    "macro_researcher": macro_answer,
    "quant_researcher": quant_answer,
    "portfolio_manager": manager_answer,
    "validator": validator_answer,
    "risk_officer": risk_answer,
    "scout": scout_answer,
}


def rule_answer(text: str) -> str:
    """Return the rules' answer to a brief as JSON; a prompt that is no brief gets an honest sentence."""
    try:
        brief = Brief.read(text)
    except AnswerError:
        return f"This is the desk speaking by {OFFLINE_LABEL}: it answers briefs of the committee only."
    rule = RULES.get(brief.role)
    if rule is None:
        return f"This is the desk speaking by {OFFLINE_LABEL}: there are no rules for {brief.role!r}."
    return rule(brief).model_dump_json()


class OfflineChatModel(BaseChatModel):
    """Answers every role's brief by rules: the same brief, the same answer, for no money."""

    @property
    def _llm_type(self) -> str:
        return "offline-rules"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        text = str(messages[-1].text) if messages else ""
        usage = UsageMetadata(input_tokens=0, output_tokens=0, total_tokens=0)
        message = AIMessage(content=rule_answer(text), usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self._generate(messages, stop)
