"""Questions about bakeoffs: how the last one went, how far the one under way is."""

from graph.topics.topic import Words
from tools.vocabulary import word_set

BAKEOFF = word_set("bakeoff bakeoffs bake-off bake-offs")
ASKED = word_set(
    "how what which who whose when why last latest result results outcome report verdict verdicts won wins "
    "winner winners went going progress far show tell status came come say says best better done finished "
    "over running ended"
)
NOT_THESE = word_set("if unless not")
"""Words of an order that is conditioned or denied."""


def asks_of_bakeoffs(words: Words) -> bool:
    """Tell whether a question is about a bakeoff, and no order that is denied."""
    named = words.any(*BAKEOFF) or words.has("bake off")
    return named and words.any(*ASKED) and not words.any(*NOT_THESE)
