"""What an LLM says it has done: it can do nothing, so the desk says after it what really happened."""

import re
from collections.abc import Sequence

from graph.evidence.grounding import REMOVED
from graph.replies.phrases import quote

NOTHING_DONE = "*The desk's own word: this answer changed nothing.*"
_DEEDS = (
    "paused|resumed|halted|stopped|closed|sold|bought|placed|submitted|withdrawn|withdrew|transferred|wired"
    "|deposited|booked|raised|lowered|changed|set|moved|deleted|cancell?ed|confirmed|declined|approved"
    "|executed|sent|posted|stored|saved|remembered|pressed|activated|triggered|advanced|played|added|removed"
    "|updated|liquidated|reset|disabled|enabled"
)
_CLAIM = re.compile(
    rf"""^\W*(?:done|all\ set|confirmed|executed|completed|finished|success(?:fully)?)\b\W
    | \b(?:I|we)(?:['’]ve|\ have)?(?:\ (?:just|now|already|successfully|also))*\ (?:{_DEEDS})\b
    | \b(?:has|have)(?:\ (?:just|now|already|all|successfully))*
        \ been(?:\ (?:just|all|successfully))*\ (?:{_DEEDS})\b
    | \b(?:was|were)\ (?:executed|cancell?ed|confirmed|transferred|pressed|withdrawn)\b
    | \b(?:I|we)\ (?:went\ ahead|took\ the\ liberty)\b|\bconsider\ it\ done\b
    | \bit(?:\ is|['’]s)\ (?:all\ )?done\b
    | \b(?:positions?|orders?|limits?|stops?|breaker|switch|tickets?|trades?|watchlist|cash|money)
        \ (?:is|are|has|have)(?:\ (?:now|all|already|just))*
        \ (?:closed|sold|bought|placed|cancell?ed|lifted|raised|lowered|moved|in|through
            |confirmed|executed|gone)\b
    | \btrading\ is(?:\ (?:now|already))*\ (?:paused|halted|stopped|resumed)\b
    | \bis\ now\ on\ the\ (?:watchlist|book)\b|\bthere\ is\ no\ cap\b
    | \b(?:erledigt|pausiert|angehalten|verkauft|gekauft|geschlossen|ausgeführt|überwiesen
        |bestätigt|gelöscht)\b
    | \b(?:listo|hecho|pausad[oa]|pausé|hech[oa]s?|vendid[oa]s?|comprad[oa]s?|cerrad[oa]s?|ejecutad[oa]s?
        |transferid[oa]s?|confirmad[oa]s?|feito|vendut[oiae]|fatto|eseguit[oiae]|chius[oiae])\b
    | \b(?:c['’]est\ fait|en\ pause|vendue?s?|achetée?s?|fermée?s?|exécutée?s?|confirmée?s?)(?!\w)
    | готово|приостановлен|продан|куплен|закрыт|выполнен|подтвержд
    | 已(?:经)?(?:暂停|卖出|买入|平仓|执行|确认|完成)|完了しました|停止しました|売却しました|実行しました
    | تم\ (?:إيقاف|بيع|شراء|تنفيذ|تأكيد)""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)


def claims_an_effect(text: str) -> bool:
    """Tell whether a text may be read as that something was done; what was done long ago is not told apart.

    Taken too often it costs a line that is true; taken too seldom, somebody believes that trading stands.
    """
    return _CLAIM.search(text.replace(REMOVED, "")) is not None


def what_happened(tickets: Sequence[str]) -> str:
    """Return the desk's own word at the end of such an answer: nothing, and what waits for a click."""
    if not tickets:
        return NOTHING_DONE
    waiting = " ".join(quote(each) for each in tickets)
    return f"{NOTHING_DONE[:-2]}; until its card is confirmed, this only waits: {waiting}*"
