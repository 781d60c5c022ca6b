"""What ran by itself, as people speak of it: suggestions, jobs, hearings, alerts, readings, evaluations."""

from graph.sql.subject import TICKER, Measure, Subject, measures, named, times
from tools.vocabulary import word_set

SUGGESTIONS = Subject(
    view="suggestions",
    noun="suggestion",
    words=word_set("suggestion suggestions suggested pick picks picked"),
    day="session",
    columns="session, ticker, picker, rank, reason, return_1, return_5, return_20",
    filters={name: f"picker = '{name}'" for name in ("metric", "fuzzy", "scout", "ensemble")}
    | named("lot random", "picker = 'random'")
    | {name: f"listed = '{name}'" for name in ("manual", "discovered")},
    measures=measures(
        (
            "return returns returned",
            Measure(
                sql="return_5", name="return over 5 sessions", unit="fraction", only="return_5 IS NOT NULL"
            ),
        ),
        (
            "excess",
            Measure(
                sql="excess_5",
                name="excess return over 5 sessions",
                unit="fraction",
                only="excess_5 IS NOT NULL",
            ),
        ),
        ("rank ranks", Measure(sql="rank", name="rank", unit="plain")),
        ("score scores", Measure(sql="score", name="score", unit="plain")),
    ),
    groups=TICKER | named("picker pickers list", "picker") | named("speaker", "speaker") | times("session"),
    usual="return",
    newest="as_of DESC, picker, rank",
    usually=("picker", "picker = 'ensemble'"),
)
HEARINGS = Subject(
    view="hearings",
    noun="hearing",
    words=word_set("hearing hearings"),
    day="asked_at::date",
    columns="asked_at, job, occasion, tickers, status, said",
    filters={word: f"status = '{word}'" for word in ("waiting", "heard", "failed", "skipped")}
    | named("event events", "job = 'event'"),
    groups=named("job jobs", "job") | named("status outcome", "status") | times("asked_at::date"),
    newest="asked_at DESC",
    has_ticker=False,
)
JOBS = Subject(
    view="job_runs",
    noun="job run",
    words=word_set("job jobs slot slots run runs"),
    day="due_at::date",
    columns="due_at, job, slot, status, attempts, said",
    filters={word: f"status = '{word}'" for word in ("running", "done", "failed", "skipped", "missed")}
    | {word: f"job = '{word}'" for word in ("discovery", "follow", "verify", "retrain")},
    measures=measures(
        (
            "seconds duration",
            Measure(sql="seconds", name="seconds", unit="plain", only="seconds IS NOT NULL"),
        ),
        ("attempts", Measure(sql="attempts", name="attempts", unit="plain")),
    ),
    groups=named("job jobs", "job") | named("status outcome", "status") | times("due_at::date"),
    newest="due_at DESC",
    has_ticker=False,
    by_wall=True,
)
ALERTS = Subject(
    view="alerts",
    noun="alert",
    words=word_set("alert alerts delivery deliveries"),
    day="at::date",
    columns="at, channel, severity, kind, status, answer, text",
    filters={word: f"status = '{word}'" for word in ("waiting", "sent", "repeated", "dead")}
    | named("failed undelivered", "status = 'dead'")
    | {word: f"severity = '{word}'" for word in ("warning", "critical")}
    | {word: f"channel = '{word}'" for word in ("discord", "email", "webhook")},
    measures=measures(("attempts", Measure(sql="attempts", name="attempts", unit="plain"))),
    groups=named("channel channels", "channel")
    | named("kind kinds type types", "kind")
    | named("severity", "severity")
    | named("status outcome", "status")
    | named("answer answers", "answer")
    | times("at::date"),
    newest="seq DESC",
    has_ticker=False,
)
READINGS = Subject(
    view="headline_readings",
    noun="reading",
    words=word_set("reading readings headline headlines"),
    day="known_at::date",
    columns="known_at, ticker, title, source, scorer, sentiment, confidence",
    measures=measures(
        ("sentiment sentiments", Measure(sql="sentiment", name="sentiment", unit="plain")),
        ("confidence", Measure(sql="confidence", name="confidence", unit="plain")),
    ),
    groups=TICKER
    | named("scorer scorers reader readers", "scorer")
    | named("source sources", "source")
    | times("known_at::date"),
    usual="sentiment",
    newest="known_at DESC",
)
EVALS = Subject(
    view="eval_scores",
    noun="eval score",
    words=word_set("eval evals evaluation evaluations"),
    day="day",
    columns="day, dataset, contestant, scorer, value, low, high, cases, over_baseline, over_last, colour",
    filters=named("worse fell fallen dropped declined", "over_last < 0")
    | named("better improved risen rose", "over_last > 0")
    | named("blocked", "colour = 'block'")
    | {word: f"colour = '{word}'" for word in ("amber", "green")},
    measures=measures(
        (
            "score scores value",
            Measure(sql="value", name="score", unit="plain", only="value IS NOT NULL", adds_up=False),
        ),
        (
            "change changes",
            Measure(
                sql="over_last", name="change", unit="plain", only="over_last IS NOT NULL", adds_up=False
            ),
        ),
    ),
    groups=named("dataset datasets", "dataset")
    | named("contestant contestants", "contestant")
    | named("colour color", "colour")
    | named("night nights", "day")
    | times("day"),
    usual="score",
    newest="day DESC, dataset, contestant",
    has_ticker=False,
    by_wall=True,
)
UNATTENDED = (SUGGESTIONS, HEARINGS, JOBS, ALERTS, READINGS, EVALS)
"""In the order in which a word is given away."""
