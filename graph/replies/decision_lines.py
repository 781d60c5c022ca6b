"""A decision as its rater reads it, and how it is rated; whose it is and how it ended is not in it."""

from graph.chat_events import BlindDecision


def decision_lines(shown: BlindDecision) -> tuple[str, ...]:
    """Return what a rater is shown of a decision, a line each, as plain text."""
    return (
        f"Decision {shown.place} of {shown.of}",
        f"Situation: {shown.situation}",
        f"Decided: {shown.decision}",
        f"Because: {shown.reasons or 'no reason was given'}",
    )


def how_to_rate(shown: BlindDecision) -> str:
    """Say how a decision is rated in words."""
    words = f"{', '.join(shown.ratings[:-1])} or {shown.ratings[-1]}"
    return f'Is it {words}? Say for example "rate {shown.row} {shown.ratings[0]}".'
