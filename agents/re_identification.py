"""The re-identification probe: which company and which quarter does an LLM see through the pseudonyms?"""

from typing import Annotated

from pydantic import Field

from agents.answers import Answer
from agents.brief import Evidence
from agents.briefs import Earlier, Parts
from agents.quant_researcher import QUANT_RESEARCHER
from agents.role import Role

NAME = "re_identification"


class IdentityAnswer(Answer):
    """Whom an LLM takes a pseudonym for, and when."""

    ticker: Annotated[str, Field(max_length=16)]
    company: Annotated[str, Field(max_length=100)]
    year: int = Field(ge=1900, le=2100)
    quarter: int = Field(ge=1, le=4)
    confidence: float = Field(ge=0, le=1, description="0 a mere guess, 1 certain")


def _sees(evidence: Evidence, earlier: Earlier) -> Parts:
    """Return what the quant researcher is told, to the letter, under the probe's own name."""
    return {**QUANT_RESEARCHER.sees(evidence, earlier), "role": NAME}


RE_IDENTIFICATION: Role[IdentityAnswer] = Role(name=NAME, answer_type=IdentityAnswer, sees=_sees)
