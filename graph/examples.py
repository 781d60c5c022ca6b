"""Questions as owners ask them, by what they ask for: what a question nobody foresaw is compared with."""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


EXAMPLES: dict[str, tuple[str, ...]] = {
    "holdings": _lines(
        """what do we hold
        show me the portfolio
        which stocks do we own at the moment
        list the open positions
        how much cash do we have
        what is in the book
        what are we invested in
        our biggest positions
        give me the state of the portfolio
        where is our money right now"""
    ),
    "performance": _lines(
        """how are we doing
        how did the desk do this month
        what is our return since the start
        how much money did we make
        show the equity curve
        what is our sharpe ratio
        are we profitable
        are we up or down this year
        how is the fund performing
        what are the results so far
        did we lose money last week
        what is our alpha"""
    ),
    "periods": _lines(
        """returns by month
        how did each quarter go
        monthly returns please
        which was our best month
        year by year results"""
    ),
    "trades": _lines(
        """what did we buy last week
        list the trades
        show me the fills
        which trades lost money
        what is our win rate
        our best and worst trades
        what did you sell yesterday
        closed trades this month"""
    ),
    "why": _lines(
        """why did you buy the stock
        why did you sell the stock
        why do we hold the stock
        what was the reason for skipping the stock
        explain the decision about the stock
        what did the committee decide yesterday
        what made you trim the stock
        who objected to the stock
        what was the thinking behind the last decision"""
    ),
    "ticker": _lines(
        """how is the stock doing
        what is the price of the stock
        do we own the stock
        how much did we make on the stock
        tell me about our position in the stock"""
    ),
    "forecast": _lines(
        """what is the forecast for the stock
        will the stock go up
        where is the stock heading
        which names do the forecasters like best
        your top ideas for the coming weeks
        is the stock a good buy"""
    ),
    "similar": _lines(
        """past trades similar to the stock
        have we seen a setup like the stock before
        how did trades like this one end"""
    ),
    "market": _lines(
        """how is the market
        what is the macro picture
        what are rates and the vix doing
        what is the market regime
        any headlines today
        how is the economy looking"""
    ),
    "limits": _lines(
        """what are our limits
        how much risk do we run
        how close are we to a limit
        what is the maximum position size
        what does the mandate allow
        what is our value at risk"""
    ),
    "cuts": _lines(
        """what did the limits cut
        which targets were clamped last session
        what was cut from the proposal"""
    ),
    "refused": _lines(
        """what was refused in the last session
        which data went into quarantine"""
    ),
    "stress": _lines(
        """what would another crash like march 2020 do to us
        stress test the book
        how much would we lose if the market falls by a fifth
        run the scenarios on the portfolio"""
    ),
    "exposure": _lines(
        """what is our exposure
        gross and net exposure of the book
        how much are we invested long
        how exposed are we to the market"""
    ),
    "exposure/sector": _lines(
        """exposure by sector
        how much is in technology
        sector weights of the portfolio
        how is the book spread over the sectors
        are we overweight in financials"""
    ),
    "exposure/bucket": _lines(
        """exposure by bucket
        how is the money split between the buckets"""
    ),
    "drawdowns": _lines(
        """what was the worst drawdown
        list the drawdowns
        how long did we need to recover from the fall
        how deep are we under the peak
        how far are we below our high water mark
        when was our largest peak to trough loss"""
    ),
    "compare": _lines(
        """compare us with spy
        did we beat the index
        how do we do against the benchmark
        us versus the s&p 500
        are we ahead of the market
        compare the fund with the stock
        would we have done better just holding the index"""
    ),
    "attribution/ticker": _lines(
        """which stocks made us the most money
        attribution by ticker
        what contributed most to the return
        who were the winners and losers of the book
        which names cost us most
        where did the profit come from"""
    ),
    "attribution/sector": _lines(
        """attribution by sector
        which sectors earned the return
        what did each sector contribute to our profit
        which industry hurt us"""
    ),
    "attribution/role": _lines(
        """attribution by role
        which role of the committee earned its keep
        how much did the validator add
        what does the risk officer cost us
        is the portfolio manager worth it"""
    ),
    "attribution/forecaster": _lines(
        """attribution by forecaster
        which forecaster made the money
        how much of the profit comes from each forecaster"""
    ),
    "patterns/concerns": _lines(
        """which concerns of the validator predicted losses
        when the validator worries do we lose
        do objections come true
        which warnings should we have listened to
        which red flags were right"""
    ),
    "patterns/confidence": _lines(
        """win rate by confidence
        do confident decisions win more
        are we right when we are sure
        does conviction pay off"""
    ),
    "patterns/holding_period": _lines(
        """what is the best holding period
        how long do our winners run
        do we sell too early
        do trades we keep longer do better"""
    ),
    "patterns/regime": _lines(
        """profit by market regime
        in which regime do we make money
        how do we do when volatility is high
        do we lose in falling markets"""
    ),
    "patterns/weekday": _lines(
        """profit by weekday
        which day of the week is best for us
        are fridays bad for us
        do we lose on mondays"""
    ),
    "patterns/agreement": _lines(
        """profit by forecaster agreement
        do we win more when the forecasters agree
        what happens when the forecasters disagree
        does consensus of the forecasts help"""
    ),
    "patterns/clamps": _lines(
        """which clamps saved us money
        did the limits cost us or save us
        what did the risk limits cost
        are the clamps worth it"""
    ),
    "search": _lines(
        """find news about oil
        search the records for leverage
        what did the validator say about the stock in march
        when did we last discuss interest rates
        what has been written about earnings
        did anyone mention china
        look up what we learnt about momentum
        any lessons about stop losses
        who talked about the dollar
        show me the notes on valuation"""
    ),
    "record": _lines(
        """show record 12
        open the event number 88
        show me that record"""
    ),
    "sql": _lines(
        """how many fills per month
        count the orders by status
        how many decisions did we make each week
        list the events by kind
        how many llm calls did we spend yesterday
        total commission by ticker
        average order size by side
        how many orders were cancelled"""
    ),
    "candles": _lines(
        """candle chart of the stock
        show me the chart of the stock with our entries and exits
        plot the price of the stock
        where did we get in and out of the stock
        draw the stock"""
    ),
    "correlation": _lines(
        """correlation heat map
        how correlated are our positions
        which holdings move together
        are we diversified"""
    ),
    "calibration": _lines(
        """calibration plot
        are the forecasts calibrated
        how well do probabilities match what happened
        are the forecast intervals honest"""
    ),
    "watchlist": _lines(
        """show the watchlist
        what are we watching
        which names are on the watch list"""
    ),
    "skill": _lines(
        """how good is the forecaster
        can the forecasts be trusted
        what is the information coefficient
        is the forecaster any good"""
    ),
    "income": _lines(
        """how much dividends did we get
        what fees were paid"""
    ),
    "breaker": _lines(
        """how is the circuit breaker
        why is trading halted
        what would it take to resume trading"""
    ),
    "status": _lines(
        """what is the status of the desk
        is trading paused
        which session is it
        how many sessions are left
        are we live or in replay
        who paused the desk"""
    ),
    "deciders": _lines(
        """who decides
        who sits in the committee
        how do you decide"""
    ),
    "next": _lines(
        """what happens next
        what is the next step
        what will you do tomorrow"""
    ),
    "money": _lines(
        """is this real money
        is this paper trading"""
    ),
    "help": _lines(
        """what can you do
        help me
        what can i ask
        how does this work"""
    ),
    "unknown": _lines(
        """tell me a story
        what is the weather like
        who won the game
        what is the meaning of life
        write a poem
        how old are you
        what is the capital of france
        sing a song
        order me a pizza
        do you like me
        what is two plus two
        is it cold outside"""
    ),
}
"""Labels are an intent, or an intent and the part of it that is asked for, as in `exposure/sector`."""
