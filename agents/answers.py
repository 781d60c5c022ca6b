"""What each role may answer; text becomes data here, strictly, or the role is silent."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

LONGEST_TEXT = 600
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Ticker = Annotated[str, Field(min_length=1, max_length=16)]


class Answer(BaseModel):
    """A role's answer: finite numbers, known fields, nothing else."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class MacroAnswer(Answer):
    """The macro researcher's reading of the market."""

    regime: Literal["risk_on", "neutral", "risk_off"]
    exposure: float = Field(ge=0, le=1, description="Share of the book that should be invested")
    confidence: float = Field(ge=0, le=1)
    drivers: list[Text] = Field(max_length=6)
    sectors_to_avoid: list[Text] = Field(default_factory=list, max_length=11)
    summary: Text


class CandidateView(Answer):
    """One candidate as the quant researcher sees it."""

    ticker: Ticker
    conviction: float = Field(ge=-1, le=1, description="-1 avoid or sell, 0 no view, 1 strongest buy")
    reason: Text


class QuantAnswer(Answer):
    """The quant researcher's views; a candidate left out is one without a view."""

    views: list[CandidateView] = Field(max_length=60)
    summary: Text


class TargetWeight(Answer):
    """One target of the portfolio manager; 0 closes, left out keeps."""

    ticker: Ticker
    weight: float = Field(ge=-1, le=1)
    reason: Text


class ManagerAnswer(Answer):
    """The portfolio manager's target book."""

    targets: list[TargetWeight] = Field(max_length=60)
    summary: Text


class Concern(Answer):
    """One thing the validator holds against a target."""

    ticker: Ticker
    kind: Literal["weak_evidence", "similar_trades_lost", "against_regime", "crowded", "overtrading", "other"]
    severity: float = Field(ge=0, le=1)
    reason: Text


class ValidatorAnswer(Answer):
    """The validator's verdict; `revise` sends the proposal back once."""

    verdict: Literal["approve", "revise"]
    concerns: list[Concern] = Field(max_length=60)
    summary: Text


class ScoutPick(Answer):
    """One name the scout would have looked at."""

    ticker: Ticker
    conviction: float = Field(ge=0, le=1, description="0 barely worth a look, 1 look there first")
    reason: Text


class ScoutAnswer(Answer):
    """The names the scout would have looked at; a candidate left out is not worth a look."""

    picks: list[ScoutPick] = Field(max_length=30)
    summary: Text


class RiskFactor(Answer):
    """How much of a target the risk officer leaves; it can only shrink."""

    ticker: Ticker
    factor: float = Field(ge=0, le=1)
    reason: Text


class RiskAnswer(Answer):
    """The risk officer's factors; a ticker left out keeps factor 1."""

    factors: list[RiskFactor] = Field(max_length=60)
    summary: Text
