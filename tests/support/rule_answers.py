"""What the offline rules answer to evidence, and answers of roles to tell them of."""

from agents.answers import ManagerAnswer, TargetWeight
from agents.brief import Evidence
from agents.briefs import Earlier
from agents.offline import rule_answer
from agents.replies import AnswerT
from agents.role import Role
from agents.strict import parse_answer


def say(role: Role[AnswerT], evidence: Evidence, earlier: Earlier | None = None) -> AnswerT:
    return parse_answer(rule_answer(role.brief(evidence, earlier)), role.answer_type)


def targets(**weights: float) -> ManagerAnswer:
    said = [TargetWeight(ticker=t, weight=w, reason="r") for t, w in weights.items()]
    return ManagerAnswer(targets=said, summary="s")
