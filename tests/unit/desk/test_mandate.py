"""The mandate is read strictly: what cannot be right is refused with the name of the key."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from desk.mandate import load_mandate, with_limit
from desk.mandate_lines import key_lines
from desk.mandate_lines import with_line as put_line
from fund.errors import ConfigError
from fund.mandate import LLMPrice
from fund.portfolio.sizing_rules import SizingRules
from fund.watching.rules import MonitorRules
from support.checkout import ROOT
from support.mandates import issue_levels

SHIPPED = (ROOT / "mandate.toml").read_text(encoding="utf-8")
Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Return what writes a mandate and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "mandate.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def with_line(key: str, line: str) -> str:
    """Return the shipped mandate with the one line of a key replaced."""
    lines = SHIPPED.splitlines()
    place = next(n for n, each in enumerate(lines) if each.startswith(f"{key} = "))
    return "\n".join([*lines[:place], line, *lines[place + 1 :]])


def test_the_shipped_mandate_says_what_it_says() -> None:
    mandate = load_mandate(ROOT / "mandate.toml")
    assert (mandate.name, mandate.index, mandate.benchmark) == ("Large caps, long only", "S&P 500", "SPY")
    assert (mandate.candidates, mandate.horizon_sessions) == (20, 5)
    assert mandate.initial_cash == Decimal(1_000_000)
    assert mandate.limits.max_position == Decimal("0.10")
    assert mandate.limits.allow_short is False
    assert mandate.breaker == issue_levels()
    assert mandate.costs.max_participation == Decimal("0.05")
    assert mandate.llm_daily_budget_usd == Decimal("2.00")
    assert (mandate.funds, mandate.llm_prices) == (frozenset(), ())
    assert mandate.sizing == SizingRules()


def test_figures_are_exact_and_never_pass_through_a_float(written: Written) -> None:
    mandate = load_mandate(written(with_line("max_position", "max_position = 0.1000000000000000000001")))
    assert mandate.limits.max_position == Decimal("0.1000000000000000000001")
    mandate = load_mandate(written(with_line("initial_cash", "initial_cash = 1_000_000.01")))
    assert str(mandate.initial_cash) == "1000000.01"


def test_the_owners_prices_are_read_as_they_stand_in_the_comment(written: Written) -> None:
    uncommented = SHIPPED.replace("# [llm.prices]", "[llm.prices]").replace('# "comp', '"comp')
    more = '"openai:gpt-5.1" = { input = 1.25, output = 10 }\n'
    free, listed = load_mandate(written(f"{uncommented}\n{more}")).llm_prices
    assert free == LLMPrice(llm_id="compatible:qwen3", input=Decimal(0), output=Decimal(0))
    assert listed == LLMPrice(llm_id="openai:gpt-5.1", input=Decimal("1.25"), output=Decimal(10))


def test_its_hash_is_that_of_the_file_so_that_a_comment_starts_a_new_version(written: Written) -> None:
    plain, commented = SHIPPED.encode(), (SHIPPED + "# a thought\n").encode()
    assert load_mandate(written(plain.decode())).mandate_hash == sha256(plain).hexdigest()
    assert load_mandate(written(commented.decode())).mandate_hash == sha256(commented).hexdigest()


def test_a_limit_with_a_default_may_be_left_out(written: Written) -> None:
    assert load_mandate(written(with_line("allow_short", ""))).limits.allow_short is False


def test_the_section_on_sizing_may_be_left_out_or_state_a_rule_alone(written: Written) -> None:
    before, _, after = SHIPPED.partition("[sizing]")
    rest = "[costs]" + after.partition("[costs]")[2]
    assert load_mandate(written(before + rest)).sizing == SizingRules()
    kelly = load_mandate(written(f"{before}[sizing]\nrule = 'kelly'\nkelly_cap = 0.05\n{rest}")).sizing
    assert kelly == SizingRules(rule="kelly", kelly_cap=Decimal("0.05"))


def test_the_section_on_the_monitor_may_be_left_out_or_state_a_rule_alone(written: Written) -> None:
    before, _, after = SHIPPED.partition("[monitor]")
    rest = "[llm]" + after.partition("[llm]")[2]
    assert load_mandate(written(SHIPPED)).monitor == MonitorRules(), "the shipped file states the defaults"
    assert load_mandate(written(before + rest)).monitor == MonitorRules()
    own = load_mandate(written(f"{before}[monitor]\nmove = 0.03\nwindow_minutes = 5\n{rest}")).monitor
    assert own == MonitorRules(move=Decimal("0.03"), window_minutes=5)
    for line, said in (
        ("move = 3", "monitor.move must be above 0 and below 1, was 3"),
        ("moves = 0.03", "monitor.moves is not a key .*; did you mean monitor.move?"),
        ("window_minutes = 1.5", "monitor.window_minutes must be a whole number"),
    ):
        with pytest.raises(ConfigError, match=said):
            load_mandate(written(f"{before}[monitor]\n{line}\n{rest}"))


@pytest.mark.parametrize(
    ("line", "step"), [("", "1"), ("share_step = 1.0", "1"), ("share_step = 0.000001", "0.000001")]
)
def test_an_account_trades_whole_shares_unless_it_says_otherwise(
    written: Written, line: str, step: str
) -> None:
    text = with_line("min_trade", f"min_trade = 0.005\n{line}")
    assert str(load_mandate(written(text)).share_step) == str(Decimal(step))


def priced(llm_id: str, figures: str) -> str:
    """Return the shipped mandate with one price."""
    return f'{SHIPPED}\n[llm.prices]\n"{llm_id}" = {figures}\n'


BAD_LINES = [
    ("version", "version = 2", "version must be 1, was 2"),
    ("version", "version = true", "version must be a whole number, was True"),
    ("version", "", "version must be a whole number, was None"),
    ("index", "index = ''", "universe.index must be a text that is not empty, was ''"),
    ("index", "index = 500", "universe.index must be a text"),
    ("benchmark", "", "universe.benchmark is missing"),
    ("benchmark", "benchmark = ['SPY']", r"universe.benchmark must be a text .* was \['SPY'\]"),
    ("candidates", "candidates = 20.0", r"universe.candidates must be a whole number, was 20.0"),
    ("candidates", "candidates = 0", "universe.candidates must be between 1 and 60, was 0"),
    ("candidates", "candidates = true", "universe.candidates must be a whole number, was True"),
    ("candidates", "candidate = 20", "universe.candidate is not a key .*; did you mean universe.candidates?"),
    ("horizon_sessions", "horizon_sessions = 61", "universe.horizon_sessions must be between 1 and 60"),
    ("name", "name = '   '", "account.name must be a text that is not empty"),
    ("initial_cash", "initial_cash = 0", "account.initial_cash must be above 0, was 0"),
    ("initial_cash", "initial_cash = -5.0", "account.initial_cash must be above 0, was -5.0"),
    ("initial_cash", "initial_cash = nan", "account.initial_cash must be above 0, was NaN"),
    ("initial_cash", "initial_cash = inf", "account.initial_cash must be above 0, was Infinity"),
    ("initial_cash", "initial_cash = '1000000'", "account.initial_cash must be a number, was '1000000'"),
    ("min_trade", "min_trade = 1.0", "account.min_trade must be at least 0 and below 1, was 1.0"),
    ("min_trade", "min_trade = 0\nshare_step = 0.3", "account.share_step must be 1, 0.1, 0.01 and so on"),
    ("min_trade", "min_trade = true", "account.min_trade must be a number, was True"),
    ("max_position", "max_positon = 0.1", "limits.max_positon .* did you mean limits.max_position?"),
    ("max_position", "max_position = 0.5", r"limits.max_position \(0.5\) cannot be above limits.max_sector"),
    ("max_position", "max_position = -0.1", "limits.max_position must be between 0 and 4, was -0.1"),
    ("max_position", "max_position = '10 %'", "limits.max_position must be a number, was '10 %'"),
    ("max_sector", "", "limits.max_sector is missing"),
    ("max_gross", "max_gross = 0.5", r"limits.max_net \(1.00\) cannot be above limits.max_gross \(0.5\)"),
    ("max_net", "max_net = nan", "limits.max_net must be between 0 and 4, was NaN"),
    ("min_cash", "min_cash = 1.5", "limits.min_cash must be at most 1, was 1.5"),
    ("max_names", "max_names = 0", "limits.max_names must be at least 1, was 0"),
    ("max_names", "max_names = 2.5", "limits.max_names must be a whole number"),
    (
        "max_cvar",
        "max_cvar = 0.01",
        r"limits.max_cvar \(0.01\) cannot be below limits.max_var \(0.025\): CVaR is never smaller",
    ),
    ("max_var", "", "limits.max_var is missing"),
    ("max_beta", "max_beta = nan", "limits.max_beta must be between 0 and 4, was NaN"),
    ("max_cluster", "max_cluster = 0.05", r"limits.max_cluster \(0.05\) cannot be below limits.max_position"),
    ("var_method", "var_method = 'guess'", "limits.var_method must be one of historical"),
    ("var_method", "var_method = 3", "limits.var_method must be a text"),
    ("var_sessions", "var_sessions = 252.0", "limits.var_sessions must be a whole number"),
    ("min_cash", "min_cash = 1", "limits.min_cash is 1: without limits.allow_short nothing could be held"),
    ("max_core", "max_core = -1", "buckets.max_core must be between 0 and 4, was -1"),
    ("max_core", "max_cor = 1", "buckets.max_cor is not a key .*; did you mean buckets.max_core?"),
    ("max_core", "", "buckets.max_core is missing"),
    ("hedge_tickers", "hedge_tickers = 'SPY'", "buckets.hedge_tickers must be a list of texts"),
    ("hedge_tickers", "hedge_tickers = [1]", "buckets.hedge_tickers must be a text that is not empty, was 1"),
    ("allow_short", "allow_short = 0", "limits.allow_short must be true or false, was 0"),
    ("allow_short", "allow_short = 'no'", "limits.allow_short must be true or false, was 'no'"),
    ("rule", "rule = 'kely'", "sizing.rule must be one of as_proposed, kelly, .*, was 'kely'"),
    ("rule", "rule = 1", "sizing.rule must be a text that is not empty, was 1"),
    ("kelly_cap", "kelly_caps = 0.1", "sizing.kelly_caps is not a key .*; did you mean sizing.kelly_cap?"),
    ("atr_sessions", "atr_sessions = 14.0", "sizing.atr_sessions must be a whole number"),
    ("minimum_sessions", "minimum_sessions = 500", r"sizing.minimum_sessions \(500\) cannot be above"),
    ("commission_per_share", "commission_per_share = -1", "costs.commission_per_share must be between 0"),
    ("impact_bps", "impact_bps = inf", "costs.impact_bps must be between 0 and 10000, was Infinity"),
    ("max_participation", "max_participation = 0", "costs.max_participation must be above 0"),
    ("max_participation", "", "costs.max_participation is missing"),
    ("daily_loss", "daily_loss = 0", "breaker.daily_loss must be above 0 and at most 1, was 0"),
    (
        "daily_loss",
        "daily_lost = 0.02",
        "breaker.daily_lost is not a key .*; did you mean breaker.daily_loss?",
    ),
    ("drawdown", "", "breaker.drawdown is missing"),
    ("drawdown", "drawdown = 0.04", r"reduce_drawdown \(0.05\) cannot be above breaker.drawdown \(0.04\)"),
    ("resume_drawdown", "resume_drawdown = 0.06", "what is resumed there would be stopped again at once"),
    ("rejects_in_a_row", "rejects_in_a_row = 2.5", "breaker.rejects_in_a_row must be a whole number"),
    ("daily_budget_usd", "daily_budget_usd = -0.01", "llm.daily_budget_usd must be at least 0, was -0.01"),
    (
        "evals_budget_usd",
        "evals_budget_usd = -0.01",
        "llm.evals_budget_usd must be at least 0, was -0.01",
    ),
    ("daily_budget_usd", "budget = 2", "llm.budget is not a key .*; known: daily_budget_usd"),
]


@pytest.mark.parametrize(("key", "line", "says"), BAD_LINES, ids=[line or key for key, line, _ in BAD_LINES])
def test_a_bad_line_is_refused_by_file_and_key(written: Written, key: str, line: str, says: str) -> None:
    path = written(with_line(key, line))
    with pytest.raises(ConfigError, match=says) as refused:
        load_mandate(path)
    assert str(refused.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "version must be a whole number, was None"),
        ("version = 1\n", r"section \[account\] is missing"),
        (SHIPPED.replace("[limits]", "[limit]"), r"limit is not a key of the mandate; did you mean limits\?"),
        (SHIPPED.replace("[costs]", "[[costs]]"), r"costs must be a section of its own, \[costs\], was \["),
        ("llm = 2\n" + SHIPPED.partition("[llm]")[0], r"llm must be a section of its own, \[llm\], was 2"),
        (priced("qwen3", "{ input = 0, output = 0 }"), 'llm.prices."qwen3" must be named anthropic:<llm>'),
        (priced("gemini:pro", "{ input = 0, output = 0 }"), 'llm.prices."gemini:pro" must be named'),
        (priced("offline:rules", "{ input = 0, output = 0 }"), 'llm.prices."offline:rules" must be named'),
        (priced("openai:x@http://h", "{ input = 0, output = 0 }"), "without an address"),
        (priced("openai:x", "3"), r"must be such as { input = 0.5, output = 1.5 }, was 3"),
        (priced("openai:x", "{ input = 1 }"), "must be such as { input = 0.5"),
        (
            priced("openai:x", "{ input = 1, output = 2, cached = 0 }"),
            'llm.prices."openai:x".cached is not a',
        ),
        (priced("openai:x", "{ input = true, output = 2 }"), '"openai:x".input must be a number, was True'),
        (priced("openai:x", "{ input = -1, output = 2 }"), '"openai:x".input must be between 0 and'),
        (priced("openai:x", "{ input = 1, output = nan }"), '"openai:x".output must be between 0 and'),
        (SHIPPED + "\nprices = 3\n", r"llm.prices must be a section of its own, \[llm.prices\], was 3"),
        (SHIPPED + "\n[broker]\nname = 'x'\n", "broker is not a key of the mandate"),
        (SHIPPED + "\n[limits.more]\nx = 1\n", "limits.more is not a key of the mandate"),
        (SHIPPED + "\n[limits]\n", "the mandate cannot be read: Cannot declare"),
        ("version = ", "the mandate cannot be read: Invalid value"),
        ("version = 1e99999999999999999999", "the mandate cannot be read: "),
        ("version = " + "9" * 5000, "the mandate cannot be read: "),
        ("version = " + "[" * 20_000, "the mandate cannot be read: "),
        ("\ufeffversion = 1", "the mandate cannot be read: "),
    ],
)
def test_a_file_that_is_no_mandate_is_refused_in_one_sentence(written: Written, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as refused:
        load_mandate(written(text))
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("key", ["max_cvar", "max_position", "max_core", "daily_budget_usd", "candidates"])
def test_a_refusal_names_the_line_of_the_key(written: Written, key: str) -> None:
    text = with_line(key, f"{key} = -7")
    (number,) = (n for n, each in enumerate(text.splitlines(), start=1) if each.startswith(f"{key} = "))
    path = written(text)
    with pytest.raises(ConfigError) as refused:
        load_mandate(path)
    assert str(refused.value).startswith(f"{path}: line {number}: ")


def test_a_key_that_is_missing_is_missed_in_its_section(written: Written) -> None:
    text = with_line("max_beta", "")
    number = text.splitlines().index("[limits]") + 1
    with pytest.raises(ConfigError, match=rf": line {number}: limits\.max_beta is missing"):
        load_mandate(written(text))


def test_a_key_given_twice_is_refused_with_its_line(written: Written) -> None:
    text = with_line("max_beta", "max_beta = 1.3\nmax_beta = 1.2")
    with pytest.raises(ConfigError, match=r"Cannot overwrite a value \(at line \d+"):
        load_mandate(written(text))


def test_lines_are_found_of_quoted_keys_and_in_sections_only() -> None:
    text = 'a = 1\n\n[llm]\n# b = 2\nb = 2\n[llm.prices]\n"openai:gpt-5.1" = { input = 1 }\nb = 3\n'
    assert key_lines(text) == {
        "a": 1, "llm": 3, "llm.b": 5, "llm.prices": 6, 'llm.prices."openai:gpt-5.1"': 7, "llm.prices.b": 8,
    }  # fmt: skip
    assert put_line('llm.prices."openai:gpt-5.1".input must be a number', text).startswith("line 7: ")
    assert put_line("nothing of it stands here", text) == "nothing of it stands here"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("max_position", "0.05", Decimal("0.05")),
        ("max_names", "5", 5),
        ("allow_short", "true", True),
        ("var_method", "historical", "historical"),
        ("var_method", '"historical"', "historical"),
    ],
)
def test_one_limit_is_set_anew_and_the_hash_tells(name: str, value: str, found: object) -> None:
    shipped = load_mandate(ROOT / "mandate.toml")
    changed = with_limit(shipped, name, value)
    assert getattr(changed.limits, name) == found
    assert changed.mandate_hash != shipped.mandate_hash
    assert changed.mandate_hash == with_limit(shipped, name, value).mandate_hash
    assert replace(changed, limits=shipped.limits, mandate_hash=shipped.mandate_hash) == shipped


def test_a_bucket_is_a_limit_too() -> None:
    shipped = load_mandate(ROOT / "mandate.toml")
    assert with_limit(shipped, "max_growth", "0.4").limits.buckets.max_growth == Decimal("0.4")
    assert with_limit(shipped, "hedge_tickers", "['SH']").limits.buckets.hedge_tickers == ("SH",)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("max_positon", "0.05", "limits.max_positon is not a key .*did you mean limits.max_position?"),
        ("buckets", "1", "limits.buckets is not a key of the mandate"),
        ("__class__", "1", "limits.__class__ is not a key of the mandate"),
        ("max_position", "a lot", "limits.max_position must be a number, was 'a lot'"),
        ("max_position", "0.9", r"limits.max_position \(0.9\) cannot be above limits.max_sector"),
        ("max_position", "nan", "limits.max_position must be between 0 and 4, was NaN"),
        ("max_position", "0.1\nx = 2", "limits.max_position must be a number"),
        ("max_names", "2.5", "limits.max_names must be a whole number"),
        ("max_core", "9", "buckets.max_core must be between 0 and 4"),
    ],
)
def test_a_limit_that_cannot_be_is_not_set(name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        with_limit(load_mandate(ROOT / "mandate.toml"), name, value)


def test_a_file_that_is_not_there_says_which_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: no mandate here; DESK_MANDATE names the file"):
        load_mandate(tmp_path / "nowhere.toml")


def test_a_folder_or_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"the mandate cannot be read: .*directory"):
        load_mandate(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00version")
    with pytest.raises(ConfigError, match=r"binary\.toml: the mandate cannot be read: .*utf-8"):
        load_mandate(tmp_path / "binary.toml")


def test_the_owner_says_which_lots_are_sold_first(written: Written) -> None:
    assert load_mandate(written(SHIPPED)).lots == "average"
    for method in ("average", "fifo"):
        line = f'min_trade = 0.005\nlots = "{method}"'
        assert load_mandate(written(with_line("min_trade", line))).lots == method


@pytest.mark.parametrize("stated", ['"lifo"', '"FIFO"', '""', "1", "true", '["fifo"]'])
def test_lots_are_averaged_or_first_in_first_out(written: Written, stated: str) -> None:
    with pytest.raises(ConfigError, match=r"account\.lots must be one of average, fifo, was"):
        load_mandate(written(with_line("min_trade", f"min_trade = 0.005\nlots = {stated}")))


def test_borrowing_costs_nothing_unless_the_mandate_says_so(written: Written) -> None:
    assert load_mandate(written(SHIPPED)).costs.borrow_bps == 0
    with_fee = with_line("impact_bps", "impact_bps = 150\nborrow_bps = 30")
    assert load_mandate(written(with_fee)).costs.borrow_bps == 30
    with pytest.raises(ConfigError, match=r"costs\.borrow_bps must be between 0 and 10000, was -1"):
        load_mandate(written(with_line("impact_bps", "impact_bps = 150\nborrow_bps = -1")))


def test_the_exits_are_read_and_each_may_be_left_out(written: Written) -> None:
    shipped = load_mandate(written(SHIPPED)).exits
    assert (shipped.atr_stop, shipped.trailing_stop) == (Decimal(5), Decimal(7))
    assert (shipped.take_profit, shipped.time_stop_sessions, shipped.atr_sessions) == (
        Decimal("0.50"),
        120,
        14,
    )
    without = load_mandate(written(with_line("take_profit", ""))).exits
    assert without.take_profit is None
    assert without.atr_stop == 5


@pytest.mark.parametrize(
    ("key", "line", "said"),
    [
        ("atr_stop", "atr_stop = 0", "exits.atr_stop must be above 0"),
        ("atr_stop", 'atr_stop = "wide"', "exits.atr_stop must be a number"),
        ("trailing_stop", "trailing_stops = 5", "did you mean exits.trailing_stop"),
        ("time_stop_sessions", "time_stop_sessions = 2.5", "exits.time_stop_sessions must be a whole number"),
    ],
)
def test_exits_that_cannot_be_are_refused_by_name(written: Written, key: str, line: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_mandate(written(with_line(key, line)))
