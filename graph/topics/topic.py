"""Which topic a question is on, from the words it uses; the first rule that fits wins."""

from collections.abc import Callable
from typing import NamedTuple

from graph.intent import Focus, IntentName
from tools.vocabulary import word_set


class Words:
    """The plain words of a question, in order and as a set."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.all = words
        self.set = frozenset(words)
        self.text = " ".join(words)

    def any(self, *words: str) -> bool:
        """Tell whether any of the words is used."""
        return not self.set.isdisjoint(words)

    def has(self, *phrases: str) -> bool:
        """Tell whether any of the phrases is used, word by word."""
        padded = f" {self.text} "
        return any(f" {phrase} " in padded for phrase in phrases)


TRADED = word_set(
    "buy bought buying sell sold selling skip skipped trade traded add added trim trimmed close closed "
    "exit exited reduce reduced reject rejected ignore ignored hold holding own pick picked choose "
    "chose drop dropped open opened pass passed dump dumped purchase purchased"
)
REASON = word_set(
    "why reason reasons rationale explain explanation justify because validator officer manager "
    "researcher objected objection concern concerns decide decided decision"
)
OUTLOOK = word_set(
    "forecast forecasts predict predicts prediction predictions outlook expect expected expectation "
    "bullish bearish heading upside downside potential"
)
ALIKE = word_set("similar alike resemble resembles resembling comparable analogous analog")
CAPS = word_set(
    "limit limits cap caps constraint constraints mandate exposure exposures leverage leveraged rules "
    "concentration concentrated risk risks risky sector"
)
DEALS = word_set("trades trade fills fill orders order transactions transaction activity executions deals")
RESULTS = word_set(
    "performance performing perform return returns doing profit profits profitable loss losses losing "
    "pnl gain gains drawdown sharpe volatility benchmark beat beating outperform outperforming "
    "underperform underperforming compare compared equity curve chart graph winning earned earnings "
    "turnover costs alpha sortino calmar ratio results statistics stats made volatile trail behind track "
    "record lost rate commission commissions fee fees winner winners loser losers"
)
WORLD = word_set(
    "market markets regime macro vix rates rate yields yield breadth economy news headlines headline "
    "conditions inflation oil gold sentiment"
)
BOOK = word_set(
    "hold holdings holding portfolio position positions own owned book cash invested weights weight "
    "invest money sectors allocation allocated assets stocks shares balance worth"
)
STATE = word_set("status health healthy paused halted running live replay clock mode unplayed remaining")
HELP = word_set("help hi hello hey howdy morning evening capabilities commands")
THANKS = word_set("thanks thank cheers bye goodbye")
PLEASED = THANKS | word_set("you very much a lot so ok okay great cool nice perfect good all that is for now")
PRICED = RESULTS | word_set("looking price prices quote close worth trading moved move done make up down")
HELD = word_set(
    "hold holds holding held have has own owns owned owning position stake shares share portfolio book"
)
OURS = ("we", "us", "our", "you", "your", "beat", "versus", "portfolio", "win", "benchmark", "desk")
COMMITTEE = word_set("validator officer manager researcher researchers objected objection concern concerns")
EXTREMES = word_set("winner winners loser losers")
TOPIC_WORDS = (
    TRADED | REASON | OUTLOOK | ALIKE | CAPS | DEALS | RESULTS | WORLD | BOOK | STATE | HELP | THANKS | HELD
)
_WHOLE_SESSION = (
    "what happened",
    "what happen",
    "what changed",
    "what did you do",
    "what did we do",
    "what have you done",
)
_SPOKEN_OF = (
    "think of",
    "think about",
    "view on",
    "opinion on",
    "say about",
    "views on",
    "feel about",
    "do you see",
)

OF_TRADES = ("win rate", "profit factor", "average win", "average loss", "expectancy")
"""Statistics of closed trades, as they are asked for and named."""


class Topic(NamedTuple):
    """A topic and the test that says a question is on it."""

    name: IntentName
    fits: Callable[[Words, bool, Focus], bool]


def topic_of(words: Words, names_ticker: bool, focus: Focus) -> IntentName | None:
    """Return the topic of a question, None when no rule fits."""
    return next((topic.name for topic in _TOPICS if topic.fits(words, names_ticker, focus)), None)


def _is_status(words: Words, names_ticker: bool, focus: Focus) -> bool:
    if names_ticker:
        return False
    clock = words.has("market open", "markets open", "market closed", "markets closed")
    clock |= words.any("date", "day", "session", "time") and words.has(
        "what day",
        "what date",
        "what session",
        "which session",
        "which day",
        "what time",
        "the date",
        "when is the next",
        "what is the next",
    )
    left = words.any("left", "remaining", "unplayed") and words.any("sessions", "days", "many", "session")
    paused = words.any(*(STATE - {"unplayed", "remaining"}))
    trading = words.has("are we trading", "is trading on", "is trading off", "are you trading", "trading now")
    speaking = words.any("llm", "llms", "provider", "openai", "anthropic", "gpt", "claude")
    return (paused or clock or left or trading or speaking) and not words.any(
        *(BOOK - {"own"}), "performance"
    )


def _is_why(words: Words, names_ticker: bool, focus: Focus) -> bool:
    cut = names_ticker and words.any("cut", "clamp", "clamped", "clamps")
    asked = cut or words.any(*REASON) or words.has("how come", "what made you", "what for", *_WHOLE_SESSION)
    if names_ticker:
        decided = words.any(*(TRADED - {"trade", "pass", "open", "close"})) and not words.any(
            "should", "would", "will", "similar", "when"
        )
        bare = not words.any(*(OUTLOOK | ALIKE | WORLD | CAPS | DEALS)) and not words.has(*_SPOKEN_OF)
        future = words.any("should", "would", "will")
        return asked or decided or (bare and not future)
    if not asked or words.has("hold and why", "holding and why", "own and why"):
        return False
    about_results = words.any(*(RESULTS - {"made", "doing", "rate", "record"}), "down", "up")
    spoken_of = words.any(*TRADED) or is_about_a_session(words) or focus.ticker is not None
    about_the_world = words.any("cash", *(WORLD - {"rate"})) and not words.any(*COMMITTEE)
    return spoken_of and not about_results and not about_the_world


def is_about_a_session(words: Words) -> bool:
    """Tell whether a question is about a whole decision: what was decided, by whom, or why so little."""
    decided = words.any("decide", "decided", "decision", "nothing") or words.has(*_WHOLE_SESSION)
    few = words.any("trades", "orders") and words.any("no", "not", "any", "few", "many")
    return decided or words.any(*COMMITTEE) or (words.any("why") and few)


def _is_ticker(words: Words, names_ticker: bool, focus: Focus) -> bool:
    """Tell whether a question is on how a name stands: its price, its way, what is held of it."""
    other = words.any(*REASON, *ALIKE, *CAPS) or words.any(*(TRADED - HELD - PRICED))
    stands = words.has("tell me about") or (
        words.text.startswith("how is ") and len(words.all) <= 6 and not words.any(*OUTLOOK)
    )
    return names_ticker and not other and (stands or words.any(*HELD, *PRICED, *DEALS))


def _is_forecast(words: Words, names_ticker: bool, focus: Focus) -> bool:
    if words.any(*REASON):
        return False
    if words.any(*OUTLOOK) or words.has("best ideas", "top ideas", "best names", "a good buy", "a buy"):
        return names_ticker or not words.any(*WORLD)
    future = words.any("should", "would", "will") or words.has("going to")
    wanted = words.any("picks") or words.has("should we buy", "should i buy")
    return (
        wanted
        or (names_ticker and future)
        or (words.has(*_SPOKEN_OF) and (names_ticker or not words.any(*WORLD)))
    )


def _is_similar(words: Words, names_ticker: bool, focus: Focus) -> bool:
    like = words.has(
        "trades like",
        "trade like",
        "anything like",
        "something like",
        "seen this before",
        "looked like this",
        "setups like",
    )
    return words.any(*ALIKE) or like


def _is_limits(words: Words, names_ticker: bool, focus: Focus) -> bool:
    asked = (
        "max position",
        "maximum position",
        "position size",
        "can we hold",
        "can you short",
        "can we short",
    )
    return words.any(*CAPS) or words.has(*asked)


def _is_waiting(words: Words) -> bool:
    """Tell whether orders are asked about that have not been filled yet."""
    return words.any("order", "orders") and words.any("open", "pending", "waiting", "placed")


def _is_trades(words: Words, names_ticker: bool, focus: Focus) -> bool:
    bought = words.has("what did you", "what have you", "what did we", "what have we", "what was", "which")
    dealt = bought and words.any("buy", "bought", "sell", "sold", "trade", "traded")
    ended = words.has("best trade", "worst trade", "last trade", *OF_TRADES)
    ended |= words.any(*EXTREMES)
    if _is_waiting(words):
        return False
    return dealt or words.any(*(DEALS - {"trade", "fill", "order"})) or ended


def _is_holdings(words: Words, names_ticker: bool, focus: Focus) -> bool:
    return (
        _is_waiting(words)
        or words.any(*(BOOK - {"worth", "invest"}))
        or words.has("worth right now", "we worth", "we invested")
    )


def _is_thanks(words: Words, names_ticker: bool, focus: Focus) -> bool:
    return words.any(*THANKS) and words.set <= PLEASED


def _is_help(words: Words, names_ticker: bool, focus: Focus) -> bool:
    capable = words.has(
        "can you do", "what can", "can i ask", "who are you", "what are you", "how do you work"
    )
    capable |= words.has("are you") and words.any("a", "an", "human", "real")
    return capable or words.any("help", "commands") or (len(words.all) <= 4 and words.any(*HELP))


def _is_results(words: Words, names_ticker: bool, focus: Focus) -> bool:
    updown = words.has("we up", "we down", "how much up", "how did we do", "how are we")
    if words.any("best", "worst", "biggest", "largest") and words.any("position", "holding", "stock"):
        return False
    earned = words.any("money") and words.any("make", "lose")
    since = words.has("did we start", "did you start", "been trading", "been running", "have we played")
    return updown or earned or since or words.any(*RESULTS)


_TOPICS = (
    Topic("thanks", _is_thanks),
    Topic("similar", _is_similar),
    Topic("status", _is_status),
    Topic("forecast", _is_forecast),
    Topic("ticker", _is_ticker),
    Topic("why", _is_why),
    Topic("limits", _is_limits),
    Topic("trades", _is_trades),
    Topic("market", lambda words, names_ticker, focus: words.any(*WORLD) and not words.any(*OURS)),
    Topic("performance", _is_results),
    Topic("holdings", _is_holdings),
    Topic("help", _is_help),
)
