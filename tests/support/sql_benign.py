"""What analysts really ask of a desk's records, as an LLM or a person writes it."""

BENIGN = (
    "SELECT ticker, count(*) AS fills FROM fills GROUP BY ticker ORDER BY fills DESC LIMIT 5",
    "SELECT * FROM orders WHERE status = 'rejected' ORDER BY session DESC",
    "SELECT status, count(*) FROM orders GROUP BY status",
    "SELECT avg(commission) FROM fills",
    "SELECT sum(commission) AS total, sum(quantity * price) AS traded FROM fills WHERE session >= "
    "'2016-11-01'",
    "SELECT session, daily_return FROM equity_daily ORDER BY daily_return LIMIT 1",
    "select session, equity from equity_daily order by session desc limit 10;",
    "SELECT count(*) FROM decisions WHERE status = 'held'",
    "SELECT date_trunc('month', session) AS month, sum(profit) FROM equity_daily GROUP BY 1 ORDER BY 1",
    "SELECT to_char(session, 'YYYY-MM') AS month, count(DISTINCT ticker) FROM fills GROUP BY month "
    "ORDER BY month",
    "SELECT role, sum(cost_usd), sum(input_tokens + output_tokens) FROM llm_calls GROUP BY role",
    "SELECT limit_name, count(*), round(avg(cut), 4) FROM reviews GROUP BY limit_name ORDER BY 2 DESC",
    "SELECT session, drawdown FROM equity_daily WHERE drawdown < -0.03 ORDER BY session",
    "SELECT f.ticker, f.price, o.reference_price, (f.price / o.reference_price - 1) * 10000 AS bps FROM "
    "fills f JOIN orders o ON o.order_id = f.order_id",
    "SELECT o.ticker FROM orders o LEFT JOIN fills f USING (order_id) WHERE f.fill_id IS NULL",
    "WITH wins AS (SELECT ticker, profit FROM closed_trades WHERE profit > 0) SELECT ticker, "
    "sum(profit) FROM wins GROUP BY ticker HAVING sum(profit) > 10",
    "SELECT ticker, profit, rank() OVER (ORDER BY profit DESC) FROM closed_trades",
    "SELECT session, equity, lag(equity) OVER (ORDER BY session) AS before FROM equity_daily",
    "SELECT avg(CASE WHEN profit > 0 THEN 1.0 ELSE 0 END) AS win_rate, count(*) FROM closed_trades",
    "SELECT sum(profit) FILTER (WHERE profit > 0) / -sum(profit) FILTER (WHERE profit < 0) FROM "
    "closed_trades",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY return_fraction) FROM closed_trades",
    "SELECT avg(daily_return) / stddev_samp(daily_return) * sqrt(252) AS sharpe FROM equity_daily",
    "SELECT round(exp(sum(ln(1 + daily_return))) - 1, 4) AS total FROM equity_daily",
    "SELECT power(1 + avg(daily_return), 252) - 1 FROM equity_daily",
    "SELECT corr(daily_return, benchmark_return), regr_slope(daily_return, benchmark_return) FROM "
    "equity_daily",
    "SELECT extract(dow FROM session) AS weekday, avg(daily_return) FROM equity_daily GROUP BY weekday "
    "ORDER BY 1",
    "SELECT ticker, weight FROM positions WHERE is_current ORDER BY weight DESC",
    "SELECT session, count(*) AS names, max(weight) FROM positions GROUP BY session ORDER BY session",
    "SELECT ticker FROM positions WHERE session = (SELECT max(session) FROM equity_daily)",
    "SELECT DISTINCT ON (ticker) ticker, session, price FROM fills ORDER BY ticker, session DESC",
    "SELECT ticker, max(session) - min(session) AS days FROM positions GROUP BY ticker",
    "SELECT f.forecaster, avg(f.rank), count(*) FROM forecasts f GROUP BY f.forecaster",
    "SELECT s.ticker, s.value FROM signals s WHERE s.role = 'quant_researcher' AND s.value > 0.5",
    "SELECT concern, count(*) FROM signals WHERE role = 'validator' GROUP BY concern",
    "SELECT reason FROM signals WHERE reason ILIKE '%momentum%' AND ticker IN ('AAPL', 'MSFT')",
    "SELECT s.ticker, s.value AS conviction, f.rank FROM signals s JOIN forecasts f ON f.cycle_id = "
    "s.cycle_id AND f.ticker = s.ticker WHERE s.figure = 'conviction'",
    "SELECT session, status, coalesce(cause, 'decided') FROM decisions ORDER BY session",
    "SELECT severity, kind, count(*) FROM events GROUP BY severity, kind",
    "SELECT at::date AS day, text FROM events WHERE kind <> 'daily_summary' ORDER BY at DESC LIMIT 20",
    "SELECT provider, llm, percentile_disc(0.95) WITHIN GROUP (ORDER BY latency_ms) FROM llm_calls "
    "GROUP BY 1, 2",
    "SELECT ticker FROM orders WHERE side = 'buy' EXCEPT SELECT ticker FROM orders WHERE side = 'sell'",
    "SELECT 'buys' AS what, count(*) AS n FROM fills WHERE side = 'buy' UNION ALL SELECT 'sells', "
    "count(*) FROM fills WHERE side = 'sell' ORDER BY n",
    "SELECT string_agg(DISTINCT ticker, ', ' ORDER BY ticker) FROM fills",
    "SELECT session, sum(value) OVER (ORDER BY session ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) FROM fills",
    "SELECT ntile(4) OVER (ORDER BY value) AS quarter, ticker FROM fills",
    "SELECT ticker, quantity FROM fills WHERE session BETWEEN DATE '2016-11-01' AND DATE '2016-11-30'",
    "SELECT count(*) FROM orders WHERE session > (SELECT max(session) FROM equity_daily) - INTERVAL '30 "
    "days'",
    "SELECT upper(left(ticker, 1)) AS letter, count(*) FROM orders GROUP BY 1 ORDER BY 1",
    "SELECT t.ticker, (SELECT count(*) FROM orders o WHERE o.ticker = t.ticker) AS orders FROM "
    "closed_trades t",
    "SELECT greatest(max(profit), 0), least(min(profit), 0), nullif(count(*), 0) FROM closed_trades",
    "SELECT session FROM equity_daily WHERE daily_return > benchmark_return AND NOT (drawdown < -0.5)",
    "SELECT\n  ticker, -- the name\n  count(*) AS n\nFROM fills\nGROUP BY ticker\nHAVING count(*) >= 1",
    "SELECT round(avg(gross / equity), 3) AS exposure FROM equity_daily WHERE equity > 0",
    "SELECT width_bucket(daily_return, -0.02, 0.02, 8) AS bucket, count(*) FROM equity_daily WHERE "
    "daily_return IS NOT NULL GROUP BY 1 ORDER BY 1",
    "SELECT e.session, e.equity - p.held AS rest FROM equity_daily e JOIN (SELECT session, sum(value) "
    "AS held FROM positions GROUP BY session) p ON p.session = e.session",
    "SELECT ticker, first_value(price) OVER w, last_value(price) OVER w FROM fills WINDOW w AS "
    "(PARTITION BY ticker ORDER BY filled_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)",
    "SELECT side, status, count(*) FROM orders GROUP BY ROLLUP (side, status)",
    "SELECT max(session), min(session), count(*) FROM equity_daily WHERE extract(year FROM session) = 2016",
    "SELECT ticker FROM closed_trades WHERE closed - opened > 5 OR return_fraction < -0.05 LIMIT 5 OFFSET 1",
    "SELECT k.limit_name, k.ticker FROM ask.reviews k WHERE EXISTS (SELECT 1 FROM ask.orders o WHERE "
    "o.cycle_id = k.cycle_id AND o.ticker = k.ticker)",
    "SELECT bool_or(stale), every(price > 0) FROM positions",
    "SELECT purpose, kind, avg(quantity)::int FROM orders GROUP BY purpose, kind",
    "SELECT job, slot, said FROM job_runs WHERE status = 'missed' AND due_at >= DATE '2016-11-01'",
    "SELECT job, count(*) FILTER (WHERE status = 'done') AS done, count(*) AS slots, max(seconds) FROM "
    "job_runs GROUP BY job ORDER BY job",
    "SELECT h.job, h.slot, h.said, r.status FROM hearings h LEFT JOIN job_runs r ON r.job = h.job AND "
    "r.slot = h.slot ORDER BY h.asked_at DESC",
    "SELECT occasion, said FROM hearings WHERE tickers LIKE '%AAPL%' AND status = 'heard'",
    "SELECT ticker, rank, reason FROM suggestions WHERE picker = 'ensemble' AND session = (SELECT "
    "max(session) FROM suggestions) ORDER BY rank",
    "SELECT picker, avg(excess_5) AS excess, count(excess_5) AS n FROM suggestions GROUP BY picker ORDER BY "
    "excess DESC NULLS LAST",
    "SELECT s.ticker, s.picker, s.reason, s.return_20 - s.cost AS after_costs FROM suggestions s JOIN fills "
    "f ON f.ticker = s.ticker AND f.session >= s.entry_session WHERE s.picker <> 'random'",
    "SELECT channel, status, count(*) FROM alerts GROUP BY channel, status ORDER BY 1, 2",
    "SELECT dataset, sum(over_last) AS change, count(over_last) AS nights FROM eval_scores WHERE day >= "
    "DATE '2016-10-26' GROUP BY dataset HAVING sum(over_last) < 0 ORDER BY change",
    "SELECT day, contestant, value, low, high, cases FROM eval_scores WHERE dataset = 'risk_management' AND "
    "over_baseline < 0 ORDER BY day DESC",
    "SELECT day, max(night_cost_usd) AS cost, bool_or(colour = 'block') FROM eval_scores GROUP BY day",
    "SELECT e.day, e.value - lag(e.value) OVER (PARTITION BY e.dataset, e.contestant ORDER BY e.day) FROM "
    "eval_scores AS e WHERE e.commit_id <> ''",
    "SELECT forecaster, version, role, rank_ic, rank_ic_low, rank_ic_high, sessions FROM forecasters WHERE "
    "speaks ORDER BY rank_ic DESC NULLS LAST",
    "SELECT forecaster, avg(rank_ic), count(rank_ic) AS n, avg(coverage) FROM live_scores WHERE session >= "
    "DATE '2016-10-01' GROUP BY forecaster HAVING count(rank_ic) >= 20",
    "SELECT p.at, p.kind, p.version, f.rank_ic FROM promotions p JOIN forecasters f ON f.version = "
    "p.previous WHERE p.role = 'champion' ORDER BY p.seq DESC LIMIT 5",
    "SELECT at, text, answer FROM alerts WHERE status = 'dead' ORDER BY at DESC",
    "SELECT e.kind, avg(extract(epoch FROM a.settled_at - a.created_at)) FROM alerts a JOIN events e ON "
    "e.seq = a.seq WHERE a.status = 'sent' GROUP BY e.kind",
    "SELECT ticker, scorer, avg(sentiment), count(*) FROM headline_readings WHERE known_at >= TIMESTAMPTZ "
    "'2016-10-01' GROUP BY ticker, scorer ORDER BY 3",
    "SELECT shadow, avg(cost_usd), sum(won_5) AS won, sum(known_5) AS n FROM shadow_decisions WHERE status = "
    "'decided' GROUP BY shadow ORDER BY won DESC",
    "SELECT s.session, s.shadow, s.would_buy, d.status FROM shadow_decisions s JOIN decisions d USING "
    "(cycle_id) WHERE NOT s.in_force",
    "SELECT known_at, title, sentiment FROM headline_readings WHERE ticker = 'AAPL' ORDER BY known_at DESC "
    "LIMIT 10",
)
"""None of these may be refused."""
