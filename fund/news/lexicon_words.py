"""The words of the lexicon: everyday vocabulary of business headlines, written for this desk.

Written by hand from general knowledge of how such headlines are worded. It is not, and does not draw on, the
Loughran-McDonald word list, whose licence excludes commercial use.
"""

from collections.abc import Mapping

VERSION = 1


def _weighted(groups: Mapping[float, str]) -> dict[tuple[str, ...], float]:
    """Return the weight of each expression; expressions stand with commas between them."""
    return {
        tuple(expression.split()): weight
        for weight, listed in groups.items()
        for expression in listed.split(",")
        if expression.strip()
    }


SAYING = _weighted(
    {
        1.0: "beats, beat estimates, beats estimates, beats expectations, beats forecasts, tops estimates, "
        "tops expectations, tops forecasts, exceeds expectations, exceed expectations, exceeds estimates, "
        "better than expected, better than feared, upgrade, upgrades, upgraded, all-time high, "
        "swings to profit, swings to a profit, swing to profit, returns to profit, breakthrough, "
        "investment grade, to be acquired, takeover offer, raises guidance, special dividend, multibagger, re-rated, rerated, rerating, 52-week high",
        0.8: "wins, win, won, buy with target, buy with a target, is a buy, decent buy, good buy, strong buy, top pick, top picks, approves, approved, approval, clearance, clears, outperform, outperforms, overweight, "
        "outperformed, profitable, boom, booming, soars to, blowout, stellar, thriving, rescue, rescued, "
        "buyback, buybacks, share repurchase, meets main goal, met main goal, meets goal, meets endpoint, "
        "shows promise, ahead of schedule, dismissal, dismisses, dismissed, throws out, acquitted, cleared, "
        "favorable, favourable, returns to growth, pays off, paid off, premium",
        0.6: "strong, stronger, strength, robust, solid, upbeat, optimistic, optimism, bullish, confident, "
        "confidence, healthy, success, successful, succeeds, successfully, best, better, improve, improves, "
        "improved, improving, improvement, recovery, recover, recovers, recovered, rebound, rebounds, rebounded, "
        "cheer, cheers, cheered, welcome, welcomes, resolves, resolved, settles, breakthroughs, milestone, "
        "promising, attractive, undervalued, upside, revival, revive, revives, bounce, bounces, bounced, buzz, bode well, bodes well, on a roll, buying opportunity, buy on dips, fine, safe bet, cementing, tops, topped, outpace, outpaces, shine, shines, uptrend, bull run, bulls, optimistic on, upward, worst is behind, worst is over, tailwind, tailwinds, passes, secures, secured, lands, innovation, "
        "momentum, popular, praised, award, awarded, accretive, synergies, shrugs off, avoids, averts, averted, "
        "benefit, benefits, benefited, prosper, favourite, favorite, unscathed, resilient, resilience, win over",
        0.4: "growth, grow, grows, grew, growing, profit, profits, expand, expands, expanding, expansion, "
        "opportunity, opportunities, demand, gain ground, launches, innovative, reward, rewards, steadier, "
        "calm, calms, good, great, positive, hit, hot, opens door",
        -1.0: "misses, 52-week low, bear market, missed estimates, misses estimates, misses expectations, misses forecasts, worse than "
        "expected, worse than feared, downgrade, downgrades, downgraded, bankruptcy, bankrupt, insolvent, "
        "insolvency, fraud, fraudulent, going concern, collapse, collapses, collapsed, profit warning, "
        "warns on profit, below consensus, below estimates, below expectations, falls short, fell short, "
        "to junk, default, crash, crashes, crashed, all-time low, ponzi, delisted, delisting, meltdown, "
        "fails stress test, misses main goal, missed main goal, short seller, breach, embezzlement, chapter 11",
        -0.8: "rejects, rejected, rejection, recall, recalls, recalled, lawsuit, lawsuits, sued, sues, probe, probes, "
        "investigation, investigated, investigates, inquiry, charged, indicted, guilty, convicted, fine, fined, "
        "penalty, penalties, fails, failed, failure, failing, disappoint, disappoints, disappointed, "
        "disappointing, warns, warned, warning, warnings, underperform, underperforms, underweight, scandal, "
        "crisis, recession, sell with target, sell with a target, red flag, red flags, downward spiral, crashing, bleed, bleeds, bloodbath, crackdown, arrest, arrested, raid, raids, bars, banned, bans, ban, scam, plummet to, write down, writes down, writedown, write-down, impairment, suspends, "
        "suspended, layoffs, lays off, laid off, grounds, grounded, walks away, walked away, withdrawn, "
        "withdraws, withdrew, hacked, accident, explosion, disaster, class action, ordered to pay, worst, "
        "shutdown, stalls, stalled, turmoil, panic, selloff, sell-off, rout, bubble, corruption, bribery",
        -0.6: "weak, weaken, weakens, weakened, weakening, soften, softens, softened, woes, stretched, underestimated, bears, downtrend, avoid, dented, dents, dent, mar, mars, take a hit, takes a hit, took a hit, downward, losing, muted, subdued, lacklustre, lackluster, dull, burden, bottleneck, stall, stake sale fails, wary, slap, slaps, curb, curbs, weaker, weakness, poor, sluggish, slow, slower, slows, slowing, slowed, slowdown, worry, worries, "
        "worried, fear, fears, feared, concern, concerns, struggle, struggles, struggling, struggled, threat, "
        "threatens, threatened, risk, risks, risky, delay, delays, delayed, setback, setbacks, hurt, hurts, "
        "pressure, pressures, pressured, halt, halts, halted, falters, falter, stagnate, stagnates, bearish, "
        "gloomy, gloom, pessimistic, cautious, caution, uncertainty, uncertain, volatile, dispute, strike, "
        "strikes, protest, boycott, violation, violations, illness, illnesses, damages, damage, damaged, "
        "overvalued, headwind, headwinds, loses, lost, lose, resigns, resigned, ousted, quits, trouble, troubled, "
        "trade war, tariff, tariffs, weighing on, weighs on, weigh on, suffer, suffers, suffered, hit by, hit with, "
        "hit hard, safety, shortage, shortages, glut, cyberattack, sanctions, safety fears, blow, wrong, worse, "
        "terror, war, downturn, drag, drags, unexpectedly, ill, dead, death, dies, deaths, "
        "targets, antitrust, fall from grace",
        -0.4: "loss, losses, debt, deficit, expensive, tough, challenging, challenges, challenge, bad, negative, no longer, "
        "difficult, problem, problems, doubt, doubts, complaint, complaints, criticism, criticized, closes plants, "
        "job cuts, exit, exits, unrest, downside, limits, struggles to, not be able, unable, spill",
        0.0: "record date, stress test, late-stage, holding company, interest rates, "
        "price movement, opening bell, market value, fair value, high court, high street, high time, low cost, low-cost, low key, narrow range, range bound, range-bound, to raise funds, raise funds, raise capital, raise money, raise via, raises funds, raises capital, to raise capital, fund raising, net profit of, net loss of, net profit at, net loss at, reports net profit, reports net loss, steps up, hots up, gear up, gears up, opening up, set up, sets up, start up, start-up, signs up, teams up, team up, backed up, picks up stake, follow up, due date, slip of, fine print, fall season, this fall, "
        "next fall, sharp corp, gross profit margin, risk officer, chief risk officer, to watch, strike price, "
        "profit sharing, best buy, growth stocks, growth stock, good morning, "
        "war room, win or lose, debt securities, recall vote, warning system",
    }
)
"""What an expression says by itself, to be turned by what stands before it; 0 takes words out of others' reach."""
UP = _weighted(
    {
        1.0: "soar, soars, soared, soaring, surge, surges, surged, surging, skyrocket, skyrockets, doubles, doubled, "
        "triples, tripled, rocket, rockets",
        0.8: "jump, jumps, jumped, rally, rallies, rallied, leap, leaps, leaped, spike, spikes, spiked, swell, swells, "
        "swelled, mount, mounts, mounted, accelerate, accelerates, accelerated",
        0.7: "rise, rises, rose, rising, raise, raises, raised, raising, gain, gains, gained, climb, climbs, climbed, "
        "increase, increases, increased, lift, lifts, lifted, lifting, boost, boosts, boosted, hike, hikes, hiked, advance, "
        "advances, advanced, higher, widen, widens, widened, record, adds, up, hotter, highest, deeper, rebounding, edges up, firmer",
        0.5: "high",
    }
)
DOWN = _weighted(
    {
        1.0: "plunge, plunges, plunged, plunging, plummet, plummets, plummeted, slash, slashes, slashed, halves, halved, "
        "nosedive, nosedives, tank, tanks, tanked",
        0.8: "tumble, tumbles, tumbled, slump, slumps, slumped, sink, sinks, sank, slide, slides, slid, sheds, shed, "
        "drop, drops, dropped, skid, skids, shrinks, shrink, shrank",
        0.7: "fall, falls, fell, falling, decline, declines, declined, declining, decrease, decreases, decreased, cut, "
        "cuts, cutting, lower, lowers, lowered, trim, trims, trimmed, reduce, reduces, reduced, ease, eases, eased, "
        "slip, slips, slipped, dip, dips, dipped, down, narrow, narrows, narrowed, cool, cools, cooled, lowest, fewer, "
        "dwindle, dwindles, retreat, retreats, wanes, erodes, costlier",
        0.5: "low",
    }
)
"""Movements: whether they are good depends on what moves."""
BETTER_LOW = frozenset(
    "loss losses cost costs debt debts expense expenses deficit inflation unemployment joblessness jobless claims "
    "layoffs defaults default delinquencies arrears bad-loans loans charge-offs provisions bankruptcies complaints "
    "injuries emissions tariff tariffs rate rates yields churn vacancies expenditure leverage "
    "impairments writedowns shortages delays backlog-of-complaints volatility vix uncertainty risk risks "
    "infections cases deaths crime poverty foreclosures short-interest spreads".split()
)
"""What is good news when it falls; `loans` only as bad loans, see the scorer."""
NEGATIONS = frozenset(
    "not no never without neither nor cannot can't won't isn't doesn't didn't don't wasn't aren't hasn't "
    "avoids avoid averts avoided averted denies deny denied fails failed unlikely shrugs despite".split()
)
MONEY = frozenset("fund funds capital money million billion crore bn mn via ipo bonds notes loan loans equity".split())
"""What is raised from investors, which is no movement."""
MORE = frozenset(
    "sharply very much deep deeply significantly strongly hugely massively severe severely heavily record "
    "steep steeply far best worst biggest largest".split()
)
LESS = frozenset("slightly little marginally modestly somewhat partly mildly bit may might could".split())
ASIDE = frozenset("despite although though notwithstanding".split())
"""What follows them, up to the comma, counts for little."""
BUT = frozenset("but however yet".split())
"""What stands before them counts for less than what follows."""
