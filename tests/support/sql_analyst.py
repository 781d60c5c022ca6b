"""Honest SQL as an analyst writes it who knows PostgreSQL and has not read what the guard allows."""

ANALYST = (
    # plain reading
    "select * from positions where is_current;",
    "SELECT ticker, quantity, round(value, 2) AS value FROM positions WHERE is_current ORDER BY value DESC",
    "SELECT * FROM ask.equity_daily ORDER BY session DESC LIMIT 5",
    "SELECT count(*) FROM fills",
    "SELECT DISTINCT ticker FROM ask.orders ORDER BY 1",
    "SELECT ticker, side, quantity FROM fills WHERE ticker IN ('AAPL', 'MSFT') AND quantity > 10 ORDER BY "
    "filled_at",
    'SELECT ticker AS "Ticker", sum(value) AS "Traded (USD)" FROM fills GROUP BY ticker ORDER BY "Traded '
    '(USD)" DESC',
    "SELECT f.* FROM fills f WHERE f.side = 'buy' ORDER BY f.session, f.ticker LIMIT 20 OFFSET 2",
    "-- what was cut\nSELECT ticker, limit_name, cut FROM reviews /* clamps */ WHERE cut > 0 ORDER BY cut "
    "DESC, ticker;",
    "SELECT ticker, price FROM fills ORDER BY price DESC FETCH FIRST 3 ROWS ONLY",
    "SELECT o.order_id, o.status, coalesce(o.reason, 'none') AS why FROM orders o WHERE o.status <> 'filled'",
    "SELECT text FROM events WHERE kind = 'note' AND severity IN ('info', 'warning') ORDER BY at DESC",
    "SELECT role, reason FROM signals WHERE ticker = 'AAPL' AND reason ILIKE '%momentum%' LIMIT 10",
    "SELECT ticker FROM orders WHERE NOT (side = 'sell' OR quantity < 5) AND stop_price IS NULL",
    "SELECT session, cash / nullif(equity, 0) AS cash_share FROM equity_daily ORDER BY session",
    # aggregates
    "SELECT ticker, count(*) AS n, sum(profit) AS total, avg(return_fraction) AS mean_return FROM "
    "closed_trades "
    "GROUP BY ticker HAVING count(*) >= 1 ORDER BY total DESC",
    "SELECT count(*) FILTER (WHERE profit > 0)::numeric / nullif(count(*), 0) AS win_rate FROM closed_trades",
    "SELECT sum(CASE WHEN profit > 0 THEN profit END) / nullif(-sum(CASE WHEN profit < 0 THEN profit END), "
    "0) AS "
    "profit_factor FROM closed_trades",
    "SELECT avg(daily_return) / nullif(stddev_samp(daily_return), 0) * sqrt(252) AS sharpe FROM equity_daily",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY return_fraction) AS median FROM closed_trades",
    "SELECT percentile_disc(0.9) WITHIN GROUP (ORDER BY latency_ms) AS p90, role FROM llm_calls GROUP BY "
    "role",
    "SELECT mode() WITHIN GROUP (ORDER BY limit_name) AS commonest FROM reviews",
    "SELECT corr(daily_return, benchmark_return) AS correlation, regr_slope(daily_return, benchmark_return)"
    " AS beta "
    "FROM equity_daily",
    "SELECT covar_pop(daily_return, benchmark_return) / var_pop(benchmark_return) AS beta FROM equity_daily",
    "SELECT bool_or(stale) AS any_stale, bool_and(quantity > 0) AS all_long FROM positions WHERE is_current",
    "SELECT min(session), max(session), max(session) - min(session) AS days FROM equity_daily",
    "SELECT side, count(DISTINCT ticker) AS names, round(avg(value), 2) AS mean_value FROM fills GROUP BY "
    "side",
    "SELECT string_agg(DISTINCT ticker, ', ' ORDER BY ticker) AS held FROM positions WHERE is_current",
    "SELECT array_agg(DISTINCT ticker ORDER BY ticker) AS tickers FROM fills",
    "SELECT session, array_agg(ticker ORDER BY weight DESC) AS held FROM positions GROUP BY session ORDER "
    "BY session",
    "SELECT session, (array_agg(ticker ORDER BY weight DESC))[1] AS largest FROM positions GROUP BY session"
    " ORDER BY 1",
    "SELECT session, cardinality(array_agg(ticker)) AS names FROM positions GROUP BY session ORDER BY "
    "session",
    "SELECT array_to_string(array_agg(DISTINCT side ORDER BY side), '/') AS sides FROM orders",
    "SELECT every(price > 0) FROM fills",
    "SELECT var_samp(daily_return), stddev_pop(daily_return), variance(daily_return) FROM equity_daily",
    "SELECT sum(commission) / sum(value) * 10000 AS cost_bps FROM fills",
    "SELECT any_value(ticker) FROM positions WHERE is_current AND ticker = 'AAPL'",
    "SELECT regr_r2(daily_return, benchmark_return), regr_intercept(daily_return, benchmark_return), "
    "regr_count(daily_return, benchmark_return) FROM equity_daily",
    # grouping sets
    "SELECT ticker, side, sum(value) FROM fills GROUP BY GROUPING SETS ((ticker, side), (ticker), ()) ORDER"
    " BY 1, 2",
    "SELECT ticker, side, sum(quantity) FROM fills GROUP BY ROLLUP (ticker, side) ORDER BY ticker, side",
    "SELECT side, status, count(*), grouping(side, status) AS level FROM orders GROUP BY CUBE (side, "
    "status) ORDER BY 1, 2",
    "SELECT coalesce(ticker, 'all') AS ticker, grouping(ticker) AS is_total, sum(value) FROM fills GROUP BY "
    "ROLLUP (ticker) ORDER BY 2, 1",
    # windows
    "SELECT session, equity, equity - lag(equity) OVER (ORDER BY session) AS change FROM equity_daily ORDER"
    " BY session",
    "SELECT session, avg(equity) OVER (ORDER BY session ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS mean5 "
    "FROM "
    "equity_daily ORDER BY session",
    "SELECT session, max(unit_value) OVER (ORDER BY session ROWS UNBOUNDED PRECEDING) AS peak FROM "
    "equity_daily ORDER BY 1",
    "SELECT session, unit_value / max(unit_value) OVER (ORDER BY session) - 1 AS dd FROM equity_daily ORDER"
    " BY session",
    "SELECT ticker, session, weight, rank() OVER (PARTITION BY session ORDER BY weight DESC) AS place FROM "
    "positions "
    "ORDER BY session, place, ticker",
    "SELECT * FROM (SELECT ticker, session, weight, row_number() OVER (PARTITION BY session ORDER BY weight"
    " DESC) AS r "
    "FROM positions) AS ranked WHERE r <= 2 ORDER BY session, r",
    "SELECT ticker, profit, ntile(4) OVER (ORDER BY profit) AS quartile, percent_rank() OVER (ORDER BY "
    "profit) AS pr, "
    "cume_dist() OVER (ORDER BY profit) AS cd FROM closed_trades ORDER BY profit, ticker",
    "SELECT session, sum(profit) OVER w AS running, count(*) OVER w AS n FROM equity_daily WINDOW w AS "
    "(ORDER BY session) "
    "ORDER BY session",
    "SELECT DISTINCT ticker, first_value(price) OVER w AS first_price, last_value(price) OVER w AS "
    "last_price FROM fills "
    "WINDOW w AS (PARTITION BY ticker ORDER BY filled_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED "
    "FOLLOWING) "
    "ORDER BY ticker",
    "SELECT session, nth_value(equity, 2) OVER (ORDER BY session) FROM equity_daily ORDER BY session",
    "SELECT session, lead(session) OVER (ORDER BY session) - session AS gap FROM equity_daily ORDER BY "
    "session",
    "SELECT session, equity, dense_rank() OVER (ORDER BY equity DESC) AS place FROM equity_daily ORDER BY "
    "place LIMIT 3",
    "SELECT session, avg(daily_return) OVER (ORDER BY session RANGE BETWEEN INTERVAL '7 days' PRECEDING AND"
    " CURRENT ROW) "
    "AS week_mean FROM equity_daily ORDER BY session",
    "SELECT session, sum(deposits) OVER (ORDER BY session GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW "
    "EXCLUDE CURRENT ROW) "
    "FROM equity_daily ORDER BY session",
    "SELECT ticker, session, sum(sum(value)) OVER (PARTITION BY ticker ORDER BY session) AS cumulative FROM"
    " fills "
    "GROUP BY ticker, session ORDER BY ticker, session",
    # common table expressions
    "WITH last AS (SELECT max(session) AS session FROM equity_daily) SELECT p.ticker, p.weight FROM "
    "positions p JOIN "
    "last USING (session) ORDER BY p.weight DESC",
    "WITH daily AS (SELECT session, daily_return FROM equity_daily WHERE daily_return IS NOT NULL), stats "
    "AS (SELECT "
    "avg(daily_return) AS mu, stddev(daily_return) AS sd FROM daily) SELECT d.session, (d.daily_return - "
    "s.mu) / "
    "nullif(s.sd, 0) AS z FROM daily d CROSS JOIN stats s ORDER BY z DESC",
    "WITH w AS MATERIALIZED (SELECT ticker, sum(value) AS traded FROM fills GROUP BY 1) SELECT * FROM w "
    "ORDER BY traded",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5) SELECT i FROM n",
    "WITH moves AS (SELECT session, daily_return, CASE WHEN daily_return > 0 THEN 1 ELSE 0 END AS up FROM "
    "equity_daily), "
    "runs AS (SELECT *, row_number() OVER (ORDER BY session) - row_number() OVER (PARTITION BY up ORDER BY "
    "session) AS g "
    "FROM moves) SELECT up, max(n) AS longest FROM (SELECT up, g, count(*) AS n FROM runs GROUP BY up, g) "
    "AS r GROUP BY "
    "up ORDER BY up",
    "WITH a(t, n) AS (SELECT ticker, count(*) FROM orders GROUP BY ticker) SELECT t, n FROM a WHERE n > 1 "
    "ORDER BY n, t",
    # joins, subqueries, sets
    "SELECT o.ticker, o.side, o.quantity, f.price, f.price / o.reference_price - 1 AS slippage FROM orders "
    "o JOIN fills "
    "f ON f.order_id = o.order_id ORDER BY f.filled_at, o.ticker",
    "SELECT o.order_id FROM orders o LEFT JOIN fills f USING (order_id) WHERE f.fill_id IS NULL ORDER BY 1",
    "SELECT d.session, count(s.ticker) FROM decisions d LEFT JOIN signals s ON s.cycle_id = d.cycle_id "
    "GROUP BY "
    "d.session ORDER BY d.session",
    "SELECT f.ticker, f.expected, r.cut FROM forecasts f FULL OUTER JOIN reviews r ON r.cycle_id = "
    "f.cycle_id AND "
    "r.ticker = f.ticker WHERE f.forecaster = 'momentum' OR f.forecaster IS NULL ORDER BY 1, 2, 3 LIMIT 30",
    "SELECT ticker FROM orders o WHERE EXISTS (SELECT 1 FROM fills f WHERE f.order_id = o.order_id AND "
    "f.price > "
    "o.reference_price) ORDER BY ticker",
    "SELECT ticker FROM positions WHERE is_current AND NOT EXISTS (SELECT FROM closed_trades c WHERE "
    "c.ticker = "
    "positions.ticker) ORDER BY ticker",
    "SELECT ticker FROM fills INTERSECT SELECT ticker FROM closed_trades ORDER BY ticker",
    "(SELECT ticker FROM orders) EXCEPT (SELECT ticker FROM fills) ORDER BY ticker",
    "SELECT 'buy' AS side, count(*) FROM fills WHERE side = 'buy' UNION ALL SELECT 'sell', count(*) FROM "
    "fills WHERE side "
    "= 'sell'",
    "SELECT ticker, price FROM fills f WHERE price > ALL (SELECT price FROM fills g WHERE g.ticker <> "
    "f.ticker)",
    "SELECT ticker FROM positions WHERE is_current AND weight > ANY (SELECT weight FROM positions WHERE "
    "ticker = 'XOM')",
    "SELECT ticker, weight FROM positions p WHERE weight = (SELECT max(weight) FROM positions q WHERE "
    "q.session = "
    "p.session) ORDER BY session LIMIT 5",
    "SELECT p.ticker, f.filled_at, f.price FROM positions p CROSS JOIN LATERAL (SELECT filled_at, price "
    "FROM fills WHERE "
    "fills.ticker = p.ticker ORDER BY filled_at DESC LIMIT 1) AS f WHERE p.is_current ORDER BY p.ticker",
    "SELECT p.ticker, s.n FROM positions p LEFT JOIN LATERAL (SELECT count(*) AS n FROM signals s WHERE "
    "s.ticker = "
    "p.ticker) s ON true WHERE p.is_current ORDER BY 1",
    "SELECT (SELECT count(*) FROM fills) AS fills, (SELECT count(*) FROM orders) AS orders, (SELECT "
    "sum(commission) FROM "
    "fills) AS paid",
    "SELECT v.name, count(f.ticker) FROM (VALUES ('AAPL'), ('GE')) AS v(name) LEFT JOIN fills f ON f.ticker"
    " = v.name "
    "GROUP BY v.name ORDER BY 1",
    "SELECT a.ticker, b.ticker AS other FROM positions a JOIN positions b ON a.session = b.session AND "
    "a.ticker < "
    "b.ticker WHERE a.is_current ORDER BY 1, 2",
    "SELECT ticker, (quantity, price) IN (SELECT quantity, price FROM fills) AS seen FROM positions WHERE "
    "is_current "
    "ORDER BY ticker",
    "SELECT DISTINCT ON (ticker) ticker, session, price FROM fills ORDER BY ticker, filled_at DESC",
    "SELECT e.session FROM equity_daily e NATURAL JOIN (SELECT session FROM decisions) AS d ORDER BY 1",
    # dates
    "SELECT date_trunc('month', session)::date AS month, sum(profit) AS profit FROM equity_daily GROUP BY 1"
    " ORDER BY 1",
    "SELECT to_char(session, 'YYYY-MM') AS month, count(*) FROM equity_daily GROUP BY to_char(session, "
    "'YYYY-MM') ORDER BY 1",
    "SELECT extract(isodow FROM session)::int AS weekday, avg(daily_return) FROM equity_daily GROUP BY 1 "
    "ORDER BY 1",
    "SELECT to_char(session, 'Dy') AS day, round(avg(daily_return)::numeric, 6) AS mean FROM equity_daily "
    "GROUP BY 1, "
    "extract(dow FROM session) ORDER BY extract(dow FROM session)",
    "SELECT session FROM equity_daily WHERE session >= (SELECT max(session) FROM equity_daily) - 7 ORDER BY"
    " session",
    "SELECT session FROM equity_daily WHERE session >= (SELECT max(session) FROM equity_daily) - INTERVAL "
    "'1 month' "
    "ORDER BY session",
    "SELECT session FROM equity_daily WHERE session BETWEEN DATE '2016-11-01' AND '2016-11-30'::date ORDER "
    "BY 1",
    "SELECT date_part('year', session) AS y, date_part('quarter', session) AS q, sum(profit) FROM "
    "equity_daily GROUP BY "
    "1, 2 ORDER BY 1, 2",
    "SELECT ticker, closed - opened AS days, age(closed, opened) AS held FROM closed_trades ORDER BY days, "
    "ticker",
    "SELECT d::date AS day, e.equity FROM generate_series('2016-11-01'::date, '2016-11-10'::date, '1 day') "
    "AS d LEFT JOIN "
    "equity_daily e ON e.session = d::date ORDER BY 1",
    "SELECT g.day::date, count(f.fill_id) FROM generate_series(date '2016-11-01', date '2016-11-14', "
    "interval '1 day') AS "
    "g(day) LEFT JOIN fills f ON f.session = g.day::date GROUP BY 1 ORDER BY 1",
    "SELECT n, n * n AS square FROM generate_series(1, 5) AS n",
    "SELECT filled_at AT TIME ZONE 'America/New_York' AS local FROM fills ORDER BY filled_at LIMIT 3",
    "SELECT at::date, count(*) FROM events GROUP BY at::date ORDER BY 1",
    "SELECT make_date(2016, 11, 1), date '2016-11-01' + 30 AS later, make_interval(days => 3) AS three",
    "SELECT extract(epoch FROM (filled_at - decided_at)) / 3600 AS hours FROM fills JOIN orders USING "
    "(order_id) ORDER BY 1",
    "SELECT date_bin('7 days', filled_at, timestamptz '2016-11-01') AS week, count(*) FROM fills GROUP BY 1"
    " ORDER BY 1",
    "SELECT to_date('2016-11-02', 'YYYY-MM-DD') AS day, current_date > date '2016-01-01' AS later",
    "SELECT (date '2016-11-01', date '2016-11-10') OVERLAPS (opened, closed) AS overlaps FROM closed_trades"
    " ORDER BY trade_id",
    "SELECT EXTRACT(WEEK FROM session) AS week, max(equity) - min(equity) AS span FROM equity_daily GROUP "
    "BY 1 ORDER BY 1",
    "SELECT justify_days(sum((closed - opened) * interval '1 day')) FROM closed_trades",
    # text
    "SELECT upper(ticker) || ' (' || lower(side) || ')' AS label, length(ticker) FROM fills ORDER BY 1 "
    "LIMIT 5",
    "SELECT initcap(replace(limit_name, '_', ' ')) AS name, count(*) FROM reviews GROUP BY 1 ORDER BY 2 "
    "DESC, 1",
    "SELECT split_part(cycle_id, '-', 1) AS job, count(*) FROM decisions GROUP BY 1",
    "SELECT left(reason, 40) || '...' AS short, right(ticker, 2), reverse(ticker) FROM signals ORDER BY "
    "cycle_id, role, "
    "ticker LIMIT 5",
    "SELECT substring(cycle_id FROM 7 FOR 10) AS day, position('-' IN cycle_id) AS at FROM decisions ORDER "
    "BY 1",
    "SELECT concat_ws(' / ', ticker, side, status) AS label FROM orders ORDER BY 1 LIMIT 10",
    "SELECT trim(both ' ' FROM ticker), ltrim(ticker, 'A'), rtrim(ticker), btrim(ticker) FROM fills ORDER "
    "BY 1 LIMIT 3",
    "SELECT ticker FROM fills WHERE ticker ~ '^[A-M]' ORDER BY ticker",
    "SELECT count(*) FROM signals WHERE reason ~* 'momentum|trend'",
    "SELECT count(*) FROM signals WHERE reason !~* 'momentum' AND ticker SIMILAR TO '(AAPL|MSFT)'",
    "SELECT regexp_replace(cycle_id, '^[a-z]+-', '') AS day FROM decisions ORDER BY 1",
    "SELECT (regexp_match(cycle_id, '(\\d{4})-(\\d{2})'))[2] AS month, count(*) FROM decisions GROUP BY 1 "
    "ORDER BY 1",
    "SELECT substring(cycle_id FROM '[0-9]{4}') AS year FROM decisions LIMIT 1",
    "SELECT strpos(reason, 'risk') > 0 AS about_risk, count(*) FROM signals GROUP BY 1 ORDER BY 1",
    "SELECT ticker FROM fills WHERE ticker LIKE 'A\\_%' ESCAPE '\\' OR ticker LIKE ANY (ARRAY['M%', 'X%']) "
    "ORDER BY 1",
    "SELECT starts_with(ticker, 'A') AS a, translate(ticker, 'AX', 'ax') FROM fills ORDER BY 2 LIMIT 3",
    "SELECT lpad(ticker, 6, '.') AS padded, format('%s bought %s', ticker, quantity) AS line FROM fills "
    "ORDER BY 2 LIMIT 3",
    "SELECT ticker, repeat('#', least(greatest((weight * 100)::int, 0), 40)) AS bar FROM positions WHERE "
    "is_current "
    "ORDER BY ticker",
    # numbers, casts, json, arrays
    "SELECT ticker, (weight * 100)::numeric(6, 2) AS pct, cast(quantity AS int) AS shares, value::float8 "
    "FROM positions "
    "WHERE is_current ORDER BY ticker",
    "SELECT round(avg(daily_return)::numeric * 100, 4) AS pct, trunc(1.987, 1), ceil(1.2), floor(1.8), "
    "abs(-2), sign(-3.5) "
    "FROM equity_daily",
    "SELECT exp(sum(ln(1 + daily_return))) - 1 AS compounded FROM equity_daily WHERE daily_return IS NOT "
    "NULL",
    "SELECT power(1 + avg(daily_return), 252) - 1 AS annual, log(10, 1000), log(100), mod(7, 3), 7 % 3, 2 ^"
    " 3, pi() FROM "
    "equity_daily",
    "SELECT greatest(max(profit), 0), least(min(profit), 0) FROM closed_trades",
    "SELECT width_bucket(confidence, 0, 1, 5) AS bucket, count(*) FROM (SELECT abs(value) AS confidence "
    "FROM signals "
    "WHERE figure = 'conviction') AS s GROUP BY 1 ORDER BY 1",
    "SELECT json_build_object('ticker', ticker, 'weight', round(weight, 4)) AS j FROM positions WHERE "
    "is_current ORDER BY "
    "ticker",
    "SELECT json_agg(json_build_object('t', ticker, 'q', quantity) ORDER BY ticker) FROM positions WHERE "
    "is_current",
    "SELECT jsonb_object_agg(ticker, quantity) FROM positions WHERE is_current",
    "SELECT json_agg(ticker ORDER BY ticker)->>0 AS first FROM positions WHERE is_current",
    "SELECT jsonb_build_array(min(price), max(price)) FROM fills",
    "SELECT ticker FROM positions WHERE is_current AND ticker = ANY (ARRAY['AAPL', 'MSFT', 'XOM']) ORDER BY"
    " ticker",
    "SELECT ticker, unnest(ARRAY[1, 5, 20]) AS horizon FROM positions WHERE is_current ORDER BY 1, 2",
    "SELECT t.ticker, t.n FROM unnest(ARRAY['AAPL', 'XOM']) WITH ORDINALITY AS t(ticker, n) ORDER BY t.n",
    "SELECT CASE side WHEN 'buy' THEN 1 WHEN 'sell' THEN -1 ELSE 0 END * quantity AS signed FROM fills "
    "ORDER BY filled_at",
    "SELECT ticker, profit IS DISTINCT FROM 0 AS moved, (profit > 0) IS TRUE AS won FROM closed_trades "
    "ORDER BY trade_id",
    "SELECT forecaster, avg(CASE WHEN expected > 0 THEN 1.0 ELSE 0.0 END) AS share_up, "
    "count(probability_up) FROM forecasts "
    "GROUP BY forecaster ORDER BY forecaster",
    "SELECT provider, llm, sum(input_tokens + output_tokens) AS tokens, sum(cost_usd)::numeric(10, 4) AS "
    "usd FROM "
    "llm_calls GROUP BY provider, llm ORDER BY usd DESC",
    "SELECT sum(abs(weight)) AS gross, sum(weight) AS net, 1 / nullif(sum(weight * weight), 0) AS "
    "effective_names FROM "
    "positions WHERE is_current",
    "SELECT min_scale(1.500), scale(1.50), div(7, 2), cbrt(27.0), round(2.5), random() < 2 AS always",
    "SELECT num_nonnulls(cause, mandate_hash) FROM decisions ORDER BY session LIMIT 1",
    "SELECT 1 + 1 AS two, 'it''s' AS text, NULL::text AS nothing, TRUE AS yes",
)
