"""The words of the lexicon: everyday vocabulary of business headlines, written for this desk.

Written by hand from general knowledge of how such headlines are worded. It is not, and does not draw on, the
Loughran-McDonald word list, whose licence excludes commercial use.
"""

from collections.abc import Mapping

VERSION = 1


def _words(listed: str) -> frozenset[str]:
    """Return the words of a list, with spaces between them."""
    return frozenset(listed.split())


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
        1.0: """
            52-week high, all-time high, beat estimates, beats, beats estimates, beats expectations,
            beats forecasts, better than expected, better than feared, breakthrough, exceed
            expectations, exceeds estimates, exceeds expectations, investment grade, multibagger, raises
            guidance, re-rated, rerated, rerating, returns to profit, special dividend, swing to profit,
            swings to a profit, swings to profit, takeover offer, to be acquired, tops estimates, tops
            expectations, tops forecasts, upgrade, upgraded, upgrades
        """,
        0.8: """
            acquitted, ahead of schedule, approval, approved, approves, blowout, boom, booming, buy with
            a target, buy with target, buyback, buybacks, clearance, cleared, clears, decent buy,
            dismissal, dismissed, dismisses, favorable, favourable, good buy, is a buy, meets endpoint,
            meets goal, meets main goal, met main goal, outperform, outperformed, outperforms,
            overweight, paid off, pays off, premium, profitable, rescue, rescued, returns to growth,
            share repurchase, shows promise, soars to, stellar, strong buy, thriving, throws out, top
            pick, top picks, win, wins, won
        """,
        0.6: """
            accretive, attractive, averted, averts, avoids, award, awarded, benefit, benefited,
            benefits, best, better, bode well, bodes well, bounce, bounced, bounces, breakthroughs, bull
            run, bullish, bulls, buy on dips, buying opportunity, buzz, cementing, cheer, cheered,
            cheers, confidence, confident, favorite, favourite, healthy, improve, improved, improvement,
            improves, improving, innovation, lands, milestone, momentum, on a roll, optimism,
            optimistic, optimistic on, outpace, outpaces, passes, popular, praised, promising, prosper,
            rebound, rebounded, rebounds, recover, recovered, recovers, recovery, resilience, resilient,
            resolved, resolves, revival, revive, revives, robust, safe bet, secured, secures, settles,
            shine, shines, shrugs off, solid, strength, strong, stronger, succeeds, success, successful,
            successfully, synergies, tailwind, tailwinds, topped, tops, undervalued, unscathed, upbeat,
            upside, uptrend, upward, welcome, welcomes, win over, worst is behind, worst is over
        """,
        0.4: """
            calm, calms, demand, expand, expanding, expands, expansion, gain ground, good, great, grew,
            grow, growing, grows, growth, hit, hot, innovative, launches, opens door, opportunities,
            opportunity, positive, profit, profits, reward, rewards, steadier
        """,
        -1.0: """
            52-week low, all-time low, bankrupt, bankruptcy, bear market, below consensus, below
            estimates, below expectations, breach, chapter 11, collapse, collapsed, collapses, crash,
            crashed, crashes, default, delisted, delisting, downgrade, downgraded, downgrades,
            embezzlement, fails stress test, falls short, fell short, fraud, fraudulent, going concern,
            insolvency, insolvent, meltdown, missed estimates, missed main goal, misses, misses
            estimates, misses expectations, misses forecasts, misses main goal, ponzi, profit warning,
            short seller, to junk, warns on profit, worse than expected, worse than feared
        """,
        -0.8: """
            accident, arrest, arrested, ban, banned, bans, bars, bleed, bleeds, bloodbath, bribery,
            bubble, charged, class action, convicted, corruption, crackdown, crashing, crisis,
            disappoint, disappointed, disappointing, disappoints, disaster, downward spiral, explosion,
            failed, failing, fails, failure, fine, fined, grounded, grounds, guilty, hacked, impairment,
            indicted, inquiry, investigated, investigates, investigation, laid off, lawsuit, lawsuits,
            layoffs, lays off, ordered to pay, panic, penalties, penalty, plummet to, probe, probes,
            raid, raids, recall, recalled, recalls, recession, red flag, red flags, rejected, rejection,
            rejects, rout, scam, scandal, sell with a target, sell with target, sell-off, selloff,
            shutdown, stalled, stalls, sued, sues, suspended, suspends, turmoil, underperform,
            underperforms, underweight, walked away, walks away, warned, warning, warnings, warns,
            withdrawn, withdraws, withdrew, worst, write down, write-down, writedown, writes down
        """,
        -0.6: """
            antitrust, avoid, bearish, bears, blow, bottleneck, boycott, burden, caution, cautious,
            concern, concerns, curb, curbs, cyberattack, damage, damaged, damages, dead, death, deaths,
            delay, delayed, delays, dent, dented, dents, dies, dispute, downtrend, downturn, downward,
            drag, drags, dull, fall from grace, falter, falters, fear, feared, fears, gloom, gloomy,
            glut, halt, halted, halts, headwind, headwinds, hit by, hit hard, hit with, hurt, hurts,
            ill, illness, illnesses, lackluster, lacklustre, lose, loses, losing, lost, mar, mars,
            muted, ousted, overvalued, pessimistic, poor, pressure, pressured, pressures, protest,
            quits, resigned, resigns, risk, risks, risky, safety, safety fears, sanctions, setback,
            setbacks, shortage, shortages, slap, slaps, slow, slowdown, slowed, slower, slowing, slows,
            sluggish, soften, softened, softens, stagnate, stagnates, stake sale fails, stall,
            stretched, strike, strikes, struggle, struggled, struggles, struggling, subdued, suffer,
            suffered, suffers, take a hit, takes a hit, targets, tariff, tariffs, terror, threat,
            threatened, threatens, took a hit, trade war, trouble, troubled, uncertain, uncertainty,
            underestimated, unexpectedly, violation, violations, volatile, war, wary, weak, weaken,
            weakened, weakening, weakens, weaker, weakness, weigh on, weighing on, weighs on, woes,
            worried, worries, worry, worse, wrong
        """,
        -0.4: """
            bad, challenge, challenges, challenging, closes plants, complaint, complaints, criticism,
            criticized, debt, deficit, difficult, doubt, doubts, downside, exit, exits, expensive, job
            cuts, limits, loss, losses, negative, no longer, not be able, problem, problems, spill,
            struggles to, tough, unable, unrest
        """,
        0.0: """
            backed up, best buy, chief risk officer, debt securities, due date, fair value, fall season,
            fine print, follow up, fund raising, gear up, gears up, good morning, gross profit margin,
            growth stock, growth stocks, high court, high street, high time, holding company, hots up,
            interest rates, late-stage, low cost, low key, low-cost, market value, narrow range, net
            loss at, net loss of, net profit at, net profit of, next fall, opening bell, opening up,
            picks up stake, price movement, profit sharing, raise capital, raise funds, raise money,
            raise via, raises capital, raises funds, range bound, range-bound, recall vote, record date,
            reports net loss, reports net profit, risk officer, set up, sets up, sharp corp, signs up,
            slip of, start up, start-up, steps up, stress test, strike price, team up, teams up, this
            fall, to raise capital, to raise funds, to watch, war room, warning system, win or lose
        """,
    }
)
"""What an expression says by itself, turned by what stands before it; 0 keeps its words from others."""
UP = _weighted(
    {
        1.0: """
            doubled, doubles, rocket, rockets, skyrocket, skyrockets, soar, soared, soaring, soars,
            surge, surged, surges, surging, tripled, triples
        """,
        0.8: """
            accelerate, accelerated, accelerates, jump, jumped, jumps, leap, leaped, leaps, mount,
            mounted, mounts, rallied, rallies, rally, spike, spiked, spikes, swell, swelled, swells
        """,
        0.7: """
            adds, advance, advanced, advances, boost, boosted, boosts, climb, climbed, climbs, deeper,
            edges up, firmer, gain, gained, gains, higher, highest, hike, hiked, hikes, hotter,
            increase, increased, increases, lift, lifted, lifting, lifts, raise, raised, raises,
            raising, rebounding, record, rise, rises, rising, rose, up, widen, widened, widens
        """,
        0.5: """
            high
        """,
    }
)
DOWN = _weighted(
    {
        1.0: """
            halved, halves, nosedive, nosedives, plummet, plummeted, plummets, plunge, plunged, plunges,
            plunging, slash, slashed, slashes, tank, tanked, tanks
        """,
        0.8: """
            drop, dropped, drops, sank, shed, sheds, shrank, shrink, shrinks, sink, sinks, skid, skids,
            slid, slide, slides, slump, slumped, slumps, tumble, tumbled, tumbles
        """,
        0.7: """
            cool, cooled, cools, costlier, cut, cuts, cutting, decline, declined, declines, declining,
            decrease, decreased, decreases, dip, dipped, dips, down, dwindle, dwindles, ease, eased,
            eases, erodes, fall, falling, falls, fell, fewer, lower, lowered, lowers, lowest, narrow,
            narrowed, narrows, reduce, reduced, reduces, retreat, retreats, slip, slipped, slips, trim,
            trimmed, trims, wanes
        """,
        0.5: """
            low
        """,
    }
)
"""Movements: whether they are good depends on what moves."""
BETTER_LOW = _words(
    """
    arrears backlog-of-complaints bad-loans bankruptcies cases charge-offs churn claims complaints cost
    costs crime deaths debt debts default defaults deficit delays delinquencies emissions expenditure
    expense expenses foreclosures impairments infections inflation injuries jobless joblessness layoffs
    leverage loans loss losses poverty provisions rate rates risk risks short-interest shortages spreads
    tariff tariffs uncertainty unemployment vacancies vix volatility writedowns yields
    """
)
"""What is good news when it falls; `loans` only as bad loans, see the scorer."""
NEGATIONS = _words(
    """
    aren't averted averts avoid avoided avoids can't cannot denied denies deny despite didn't doesn't
    don't failed fails hasn't isn't neither never no nor not shrugs unlikely wasn't without won't
    """
)
MONEY = _words(
    """
    billion bn bonds capital crore equity fund funds ipo loan loans million mn money notes via
    """
)
"""What is raised from investors, which is no movement."""
MORE = _words(
    """
    best biggest deep deeply far heavily hugely largest massively much record severe severely sharply
    significantly steep steeply strongly very worst
    """
)
LESS = _words("bit could little marginally may might mildly modestly partly slightly somewhat")
ASIDE = _words("although despite notwithstanding though")
"""What follows them, up to the comma, counts for little."""
BUT = _words("but however yet")
"""What stands before them counts for less than what follows."""
