"""The risk officer's rules: what a target adds is cut for volatility, drawdown and illiquidity."""

from collections.abc import Callable

from agents.answers import RiskAnswer, RiskFactor
from agents.offline_brief import Brief, Row, clip, percent, share

CALM_VOLATILITY = 0.45
MILD_DRAWDOWN, DEEP_DRAWDOWN = -0.08, -0.15
STILL_CONCERNED = 0.5
SHARE_OF_VOLUME = 0.01
CROWDED_SECTOR = 0.30

Cut = tuple[float, str]


def risk_answer(brief: Brief) -> RiskAnswer:
    """Return a factor for every enlarged target that carries too much risk; nothing is enlarged."""
    rows = {row["ticker"]: row for row in brief.rows("candidates")}
    targets = {row["ticker"]: row["weight"] for row in brief.rows("targets") if row["ticker"] in rows}
    factors = []
    for ticker, weight in targets.items():
        row = rows[ticker]
        current = row["weight"] or 0.0
        if weight <= current:
            continue
        cuts = [cut for rule in _RULES if (cut := rule(row, weight, brief)) is not None]
        sector = sector_cut(row, targets, rows)
        cuts += [sector] if sector else []
        if cuts:
            factors.append(
                RiskFactor(ticker=ticker, factor=_left(cuts, current, weight), reason=_words(cuts))
            )
    return RiskAnswer(factors=factors, summary=_summary(len(factors), len(targets), brief))


def volatility_cut(row: Row, weight: float, brief: Brief) -> Cut | None:
    """Cut in proportion above 45 % volatility; unknown volatility counts as twice that."""
    volatility = row["volatility_20"]
    if volatility is None:
        return 0.5, "volatility is unknown"
    if volatility <= CALM_VOLATILITY:
        return None
    return CALM_VOLATILITY / volatility, f"volatility {share(volatility)} a year"


def drawdown_cut(row: Row, weight: float, brief: Brief) -> Cut | None:
    """Add half in a drawdown of the book beyond 8 %, a fifth beyond 15 %."""
    fall = brief.part("book").get("drawdown") or 0.0
    if fall > MILD_DRAWDOWN:
        return None
    return (0.2 if fall <= DEEP_DRAWDOWN else 0.5), f"the book is {percent(fall)} from its high"


def liquidity_cut(row: Row, weight: float, brief: Brief) -> Cut | None:
    """Keep a position below one per cent of average dollar volume."""
    volume, equity = row["average_dollar_volume"], brief.data.get("equity_usd")
    if not volume or not equity or weight * equity <= SHARE_OF_VOLUME * volume:
        return None
    allowed = SHARE_OF_VOLUME * volume / (weight * equity)
    return allowed, f"the position would be {share(weight * equity / volume)} of average dollar volume"


def concern_cut(row: Row, weight: float, brief: Brief) -> Cut | None:
    """Halve what the validator still holds a strong concern against."""
    about = [c for c in brief.rows("concerns") if c["ticker"] == row["ticker"]]
    worst = max(about, key=lambda c: c["severity"], default=None)
    if worst is None or worst["severity"] < STILL_CONCERNED:
        return None
    return 0.5, f"the validator objects: {worst['reason']}"


def sector_cut(row: Row, targets: dict[str, float], rows: dict[str, Row]) -> Cut | None:
    """Cut additions to a sector that would hold more than 30 % of the book."""
    same = (t for t, other in rows.items() if other["sector"] == row["sector"])
    total = sum(targets.get(t, rows[t]["weight"] or 0.0) for t in same)
    if not row["sector"] or total <= CROWDED_SECTOR:
        return None
    return CROWDED_SECTOR / total, f"{row['sector']} would be {share(total)} of the book"


_RULES: tuple[Callable[[Row, float, Brief], Cut | None], ...] = (
    volatility_cut, drawdown_cut, liquidity_cut, concern_cut,
)  # fmt: skip


def _left(cuts: list[Cut], current: float, weight: float) -> float:
    """Return the factor on the whole target that leaves the harshest cut's share of what is added."""
    harshest = min(factor for factor, _ in cuts)
    return round(clip((current + (weight - current) * harshest) / weight, 0, 1), 3)


def _words(cuts: list[Cut]) -> str:
    return "; ".join(words for _, words in sorted(cuts))[:600]


def _summary(cut: int, targets: int, brief: Brief) -> str:
    fall = brief.part("book").get("drawdown") or 0.0
    shrunk = f"{cut} of {targets} targets shrunk. " if targets else ""
    return f"{shrunk}The book stands {percent(fall)} from its high."
