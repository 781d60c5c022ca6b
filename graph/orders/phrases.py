"""How people word the actions of the desk: whole sentences, nothing in them that is not known.

Each pattern has to match a whole clause, so a word too many makes it no order; `order_clause` finds the
clause among the reasons and pleasantries around it, and finds none where anything denies, conditions,
reports or asks.
"""

import re
from collections.abc import Iterator
from typing import Literal

from graph.orders.grammar import CONDITIONS, without_opening
from graph.words.wording import NEGATIONS, SHORTHAND
from tools.vocabulary import word_set

UNTIL = (
    r"(?:(?:until|till|til) (?:further notice|i say (?:so|otherwise|stop|go)|i(?:'m| am) back|i return|"
    r"tomorrow|monday|tuesday|wednesday|thursday|friday|next week|the weekend is over|i decide"
    r"|told otherwise))"
)
AT_THE_OPEN = (
    r"(?:(?:first thing )?(?:tomorrow|on monday|in the morning)(?: morning)?|at the (?:next )?open(?:ing)?)"
)
END = (
    rf"(?:,? (?:now|right now|please|pls|after all|today|only|for me|for us|right away|straight away|at once|"
    rf"immediately|asap|thanks|thank you|then|again|for now|for good|for the moment|for the time being|for a "
    rf"(?:while|bit|moment|day|week)|for (?:today|the (?:day|week|weekend|night|month|rest of the"
    rf" (?:day|week)))|completely|entirely|fully|too|as well|next|"
    r"with immediate effect|tonight|(?:whatever|whichever) (?:it|that) (?:is|may be)|"
    rf"{UNTIL}|{AT_THE_OPEN}))*[.! ]*"
)
_DESK = (
    r"(?:the desk|trading|the trading|all trading|all trades|everything|operations|the fund|the book"
    r"|the bot|the system|it all)"
)
Whole = Literal["pause", "resume", "kill", "cycle"]
_WHOLE: tuple[tuple[Whole, str], ...] = (
    (
        "kill",
        r"(?:(?:hit|pull|throw|use|press|push|trigger|activate|flip|engage) )?the (?:kill ?switch|red button|"
        r"big red button|emergency (?:stop|brake))|kill ?switch|emergency (?:stop|halt|shutdown"
        r"|shut down|brake)"
        r"|shut (?:everything|it all|the (?:whole )?(?:desk|thing|system)) (?:down|off)"
        r"|shut down (?:everything|it all|the (?:whole )?(?:desk|thing|system))|stop everything"
        r"|abort everything"
        r"|kill (?:everything|it all|the desk|all trading|trading)|pull the plug|everything off"
        r"|(?:cancel|scrap) (?:all|every) (?:open |pending )?orders? and (?:halt|stop|pause|freeze)"
        r"(?: (?:trading|everything|the desk))?"
        r"|(?:halt|stop|freeze)(?: (?:trading|everything|the desk))? and (?:cancel|scrap) (?:all|every) "
        r"(?:open |pending )?orders?",
    ),
    (
        "pause",
        rf"(?:pause|halt|suspend|freeze)(?: {_DESK})?"
        r"|(?:stop|cease|quit|discontinue|hold|interrupt) (?:all )?(?:the )?trading"
        r"|(?:stop|cease|quit) (?:placing|sending|making) (?:any |new |more |any more )?(?:orders|trades)"
        r"|stop (?:the desk|the bot|buying and selling)|hold off (?:on )?(?:trading|all trades|new trades)"
        r"|put (?:the )?(?:trading|desk|bot|everything|trades) on (?:pause|hold|ice)"
        r"|put a (?:hold|pause|stop|freeze) (?:on|to) (?:all )?(?:trading|trades|the desk)"
        r"|no more (?:new )?(?:trades|trading|orders)|take a break from trading|stand down|give"
        r" trading a rest"
        r"|(?:turn|switch) (?:the )?trading off|(?:turn|switch) off (?:the )?trading|pause it",
    ),
    (
        "resume",
        rf"(?:resume|unpause|unfreeze|restart|unhalt|reactivate|reopen|continue)(?: {_DESK})"
        r"|resume|unpause|unfreeze|unhalt"
        r"|(?:start|go on|carry on|get on with|begin) trading|(?:start|get|go|let us get) (?:back"
        r" )?to trading"
        r"|(?:you|we|the desk|the bot) (?:may|can|are allowed to|should) (?:now )?(?:trade|resume"
        r"|start trading|go on trading)"
        r"(?: again)?|trade again|start to trade again|get trading"
        r"|(?:lift|end|release|remove|take off|drop) the (?:pause|halt|freeze|suspension|hold"
        r"|trading halt|stop)"
        r"|(?:turn|switch) (?:the )?trading (?:back )?on|(?:turn|switch) (?:back )?on (?:the )?trading"
        r"|let (?:the )?trading (?:continue|resume|go on|start)|back to trading|take (?:the desk"
        r"|trading) off (?:pause|hold)"
        r"|(?:reset|release) the (?:circuit )?breaker|approve (?:the |a )?(?:resume"
        r"|resumption)(?: of trading)?",
    ),
    (
        "cycle",
        r"(?:hear|convene|ask|run|call|summon|gather|assemble) the committee(?: (?:together|in|meeting))?"
        r"|(?:run|start|do|hold|call|schedule|trigger) (?:a|another|one|the|one more) "
        r"(?:new |fresh |quick )?(?:committee(?: cycle| run| meeting| session| round| hearing)?|hearing"
        r"|decision cycle|committee decision)"
        r"|let the committee (?:meet|decide|sit|have a (?:look|go|think))"
        r"|(?:get|bring) the committee together|have the committee (?:meet|decide|sit)",
    ),
)
WHOLE = tuple((action, re.compile(f"(?:{said}){END}")) for action, said in _WHOLE)
_ALLOWED_TO_DENY = re.compile(
    r"\bno more (?:new )?(?:trades|trading|orders)\b|\bcancel (?:all|every)\b|\bscrap (?:all|every)\b"
    r"|\bundo (?:the |our |my )?(?:last |latest )?promotion\b"
)
_CUT = re.compile(r"\s*(?:[;!]|,(?!\d{3}\b)|\.(?!\d)|\s[-–—]+\s)\s*|\s+(?=(?:because|since i|as i|so that) )")
_PLEASANT = word_set(
    "please ok okay hey hi hello now then just well right yes yeah yep kindly desk conclave"
    " emergency urgent quick "
    "quickly alright sure fine good great cool listen team guys folks sir mate buddy man dear"
    " thank thanks you so "
    "and also asap immediately today pls attention stop enough hm hmm ah oh wow everyone morning evening "
    "afternoon done all for me do it"
)
_REASON = re.compile(
    r"(?:(?:because|as|since|so) )?(?:i|we|it|its|it's|that|this|that's|they|things?|too|enough|going|"
    r"not interested|no longer interested|not convinced|not worth it|just to be safe|to be safe"
    r"|better safe than sorry"
    r"|for safety|time is up|market is|markets are)\b"
)
_NO_REASON = word_set(
    "if unless when whenever once maybe perhaps might could should would wait joking kidding"
    " hypothetically says "
    "said say told tells asked asks quote instead but rather actually what how why which who where list show "
    "tell did does tomorrow later unsure wonder wondering wrote write written typed heard read message email "
    "headline news manual button example command phrase sentence word dream dreamt thought close sell buy "
    "withdraw deposit advance resume pause halt kill run play add remove"
)
_UNSURE = re.compile(
    r"\b(?:do|did|does|would|will|can|could|should)(?: not|n't)\b|\bnever\b|\bwithout\b|\bcancel\b|\bundo\b"
)
_TASTE = re.compile(
    r"^(?:i|we) (?:do not|don't|no longer) (?:like|trust|believe in|need|want) (?:it|this|them"
    r"|that|the look of it|the look of this|this market|the market)(?: any ?more)?$"
)


def order_clauses(text: str, words: tuple[str, ...]) -> Iterator[str]:
    """Yield the clauses that may be an order, small and without politeness: the whole, then a part of it.

    `words` are the corrected words of the text. Nothing is yielded where the sentence denies, conditions,
    quotes or asks.
    """
    said = words[:-2] if words[-2:] == ("after", "all") else words
    spoken, asked = without_opening(said)
    if '"' in said or not spoken or ("?" in said and not asked):
        return
    whole = bare(text)
    if _is_free(whole):
        yield whole
    clauses = [each.strip(" ?!.,") for each in _CUT.split(text.casefold())]
    clauses = [each for each in clauses if each]
    for at, clause in enumerate(clauses):
        rest, order = clauses[:at] + clauses[at + 1 :], bare(clause)
        if rest and _is_free(order) and all(_is_harmless(each, order) for each in rest):
            yield order


def is_denied(text: str) -> bool:
    """Tell whether a text is nothing but an order that it denies or only quotes."""
    return _DENIED.match(text.casefold().strip()) is not None


def bare(text: str) -> str:
    """Return a clause in small letters, shorthand written out, without its opening and its marks."""
    lower = text.casefold().strip(" ?!.,")
    tokens = [SHORTHAND.get(token, token) for token in lower.replace(",", " , ").split()]
    rest, _ = without_opening(" ".join(tokens).split())
    return re.sub(r"(\d) ,(\s?)(?=\d{3}\b)", r"\1,", " ".join(rest)).replace(" ,", ",")


def _is_free(clause: str) -> bool:
    """Tell whether a clause neither denies nor conditions what it orders."""
    left = re.sub(rf"\b(?:{UNTIL}|after all)\b", " ", _ALLOWED_TO_DENY.sub(" ", clause))
    said = set(re.findall(r"[a-z']+", left))
    return not said & (NEGATIONS | CONDITIONS) and "n't" not in left


def _is_harmless(clause: str, order: str) -> bool:
    """Tell whether what stands beside an order is a pleasantry or a reason for it, and no doubt about it."""
    said = set(re.findall(r"[a-z']+", clause))
    if said <= _PLEASANT or _TASTE.match(clause) or (_stops(clause) and _stops(order)):
        return True
    return _REASON.match(clause) is not None and not said & _NO_REASON and _UNSURE.search(clause) is None


def _stops(clause: str) -> bool:
    """Tell whether a clause orders a stop, as "everything off. cancel all orders and halt" does twice."""
    return any(pattern.fullmatch(clause) for action, pattern in WHOLE if action in ("kill", "pause"))


_ACTS = (
    r"(?:pause|halt|suspend|freeze|resume|unpause|advance|close|sell|buy|withdraw|deposit"
    r"|liquidate|exit|watch|run|"
    r"play|kill|start|stop|trade|add|remove|take|put|touch|do)"
)
_DENIED = re.compile(
    rf"(?:(?:please|ok|no|hey|and|just|but|you|we|i) ?,? )*(?:do not|don['’]?t|never|must not"
    rf"|should not|shall not)"
    rf"(?: you| ever| dare| even)* {_ACTS}\b[^?,.;:]*[.! ]*$"
    rf"|[\"'“”](?:please )?{_ACTS}\b[^?]*[\"'“”][.! ]*$"
)
