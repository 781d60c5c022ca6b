"""What Discord is sent: within its limits, without a mention, a link or markup of anybody else's."""

import re

import pytest

from db.outbox import Alert
from desk.alerts.channel import Later, Refused, Sent
from desk.alerts.discord import COLOURS, PATH, body_of, outcome_of, plain
from desk.alerts.post import Answer
from desk.eval_record import night_event
from support.alerts import AT, a_message, an_alert
from support.eval_runs import a_night


def test_a_decided_session_is_an_embed_with_its_figures_and_its_id() -> None:
    body = body_of(a_message())
    (embed,) = body["embeds"]
    assert embed["title"] == "A session was decided"
    assert embed["timestamp"] == "2017-02-01T21:30:00+00:00"
    assert embed["footer"] == {"text": "cycle-1@discord"}
    figures = {field["name"]: field["value"].replace("\\", "") for field in embed["fields"]}
    assert figures == {"Equity": "1,000,000.50 USD", "Drawdown": "-1.23%", "Orders": "2", "Fills": "1"}
    assert body["allowed_mentions"] == {"parse": []}


def test_the_days_summary_carries_its_p_and_l_and_the_heads_of_the_chains() -> None:
    heads = {"journal": "a" * 64, "decisions": "b" * 64, "events": "c" * 64}
    data = {"profit": "-1234.5", "heads": heads}
    (embed,) = body_of(a_message(an_alert(kind="daily_summary", data=data)))["embeds"]
    first, *others = ((field["name"], field["value"].replace("\\", "")) for field in embed["fields"])
    assert first == ("P&L", "-1,234.50 USD")
    assert [value for _, value in others] == list(heads.values())


def test_a_night_is_an_embed_with_its_differences_and_its_five_worst_cases() -> None:
    event = night_event(a_night(), AT)
    (embed,) = body_of(a_message(Alert.waiting(event, "discord", AT)))["embeds"]
    assert embed["title"] == "The desk was evaluated"
    assert embed["color"] == COLOURS["warning"]
    said = embed["description"].replace("\\", "")
    assert said.startswith("The evaluation of 2026-11-29 is block; it fell. risk_management shrunk_right of")
    assert "-0.061 to the baseline, +0.010 to the night before" in said
    fields = {field["name"].replace("\\", ""): field["value"] for field in embed["fields"]}
    assert list(fields) == [f"Worst: risk_management risk-{number:03}" for number in range(5)]
    assert fields["Worst: risk_management risk-000"].endswith("dangers shrunk: 0 of 1".replace(":", "\\:"))


@pytest.mark.parametrize(
    "hostile",
    [
        "@everyone look",
        "<@123> <@&456> <#789>",
        "[click](https://evil.example)",
        "https://evil.example",
        "**bold** `code` ||spoiler|| ~~gone~~",
        "> quote",
        "# heading",
        "- list",
        "\\* already escaped",
    ],
)
def test_hostile_words_are_words(hostile: str) -> None:
    (embed,) = body_of(a_message(an_alert(text=hostile)))["embeds"]
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "", embed["description"])
    assert re.search(r"[@<>\[\]()`*_~|#]|://|^-|\\", bare) is None
    assert re.sub(r"\\([^0-9A-Za-z\s])", r"\1", embed["description"]) == hostile


def test_many_alerts_are_one_embed_that_names_each_of_them() -> None:
    alerts = [an_alert(f"cycle-2017-02-{day:02}", text="x" * 3_000) for day in range(1, 21)]
    worse = an_alert("late", severity="warning")
    (embed,) = body_of(a_message(*alerts[:-1], worse))["embeds"]
    assert embed["title"] == "20 things happened, 1 of them warnings"
    assert len(embed["description"]) <= 4_096
    for alert in (*alerts[:-1], worse):
        assert alert.alert_id in embed["description"].replace("\\", "")


def test_the_longest_alert_keeps_within_discords_limits() -> None:
    heads = {f"chain {number}": "*" * 5_000 for number in range(40)}
    (embed,) = body_of(a_message(an_alert(kind="k" * 400, text="#" * 9_000, data={"heads": heads})))["embeds"]
    fields = embed["fields"]
    assert len(embed["title"]) <= 256
    assert len(embed["description"]) <= 4_096
    assert len(fields) <= 25
    assert all(len(field["name"]) <= 256 and len(field["value"]) <= 1_024 for field in fields)
    whole = [embed["title"], embed["description"], embed["footer"]["text"]]
    assert sum(map(len, [*whole, *(field["name"] + field["value"] for field in fields)])) <= 6_000


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, Sent("HTTP 204")),
        (200, Sent("HTTP 200")),
        (0, Later("HTTP 0", 7.0)),
        (408, Later("HTTP 408", 7.0)),
        (429, Later("HTTP 429", 7.0)),
        (500, Later("HTTP 500", 7.0)),
        (503, Later("HTTP 503", 7.0)),
        (400, Refused("HTTP 400")),
        (413, Refused("HTTP 413")),
        (301, Refused("HTTP 301")),
        (404, Refused("HTTP 404", closed=True)),
        (401, Refused("HTTP 401", closed=True)),
    ],
)
def test_an_answer_says_whether_to_try_again(status: int, outcome: object) -> None:
    told = Answer(status=status, said=f"HTTP {status}", wait_seconds=7.0)
    assert outcome_of(told, gone=(401, 403, 404)) == outcome


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("/api/webhooks/123456789012345678/" + "a" * 68, True),
        ("/api/v10/webhooks/123456789012345678/" + "a" * 68, True),
        ("/api/webhooks/123456789012345678/" + "a" * 68 + "/../../../x", False),
        ("/api/webhooks/abc/" + "a" * 68, False),
        ("/login", False),
        ("/api/webhooks/123456789012345678/" + "a" * 68 + "?wait=true", False),
    ],
)
def test_only_the_path_of_a_webhook_is_taken(path: str, is_one: bool) -> None:
    assert (PATH.fullmatch(path) is not None) is is_one


def test_a_cut_never_ends_in_half_an_escape() -> None:
    for most in range(1, 12):
        cut = plain("*" * 20, most)
        assert len(cut) <= most
        assert not cut.removesuffix("…").endswith("\\") or cut.count("\\") % 2 == 0
