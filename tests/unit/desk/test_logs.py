"""The desk's log: one file, in UTC, at the level asked for, of a bounded size, without a secret."""

import json
import logging
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from agents.redaction import MASK
from desk import logs
from desk.logs import AsJson, WithoutSecrets, log_to, logged_as
from desk.setting_groups import Alerts, Monitor
from desk.settings import Settings

KEYS = {
    "anthropic_api_key": "first-of-four-words",
    "openai_api_key": "second of four words",
    "compatible_api_key": "drittes/von+vier=",
    "langsmith_api_key": "vierde-van-vier",
}
letters = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=4, max_size=20
)
log = logging.getLogger("desk.somewhere")


@pytest.fixture(autouse=True)
def _handlers_as_before() -> Iterator[None]:
    """Put pytest's own handlers back, and close the file."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level


def settings(**changes: object) -> Settings:
    return Settings.load(env_file=None, **changes)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desk.log"


def formatted(message: str, *arguments: object, secrets: tuple[str, ...] = ()) -> str:
    record = logging.LogRecord("desk.x", logging.INFO, "", 0, message, arguments, None)
    return WithoutSecrets(secrets).format(record)


def test_a_line_says_when_how_grave_from_where_and_what(file: Path) -> None:
    log_to(file, settings())
    log.warning("the feed %s is %d minutes late", "stooq", 7)
    (line,) = file.read_text().splitlines()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z WARNING desk\.somewhere: the feed stooq is 7 minutes late",
        line,
    )


def test_the_time_of_a_line_is_utc_wherever_the_desk_stands() -> None:
    record = logging.LogRecord("desk", logging.INFO, "", 0, "noon", (), None)
    record.created, record.msecs = 1_457_438_400.25, 250.0
    assert WithoutSecrets(()).format(record).startswith("2016-03-08 12:00:00.250Z ")


@pytest.mark.parametrize("name", sorted(KEYS))
def test_a_key_of_the_settings_is_masked_whatever_its_shape(name: str, file: Path) -> None:
    log_to(file, settings(**{name: SecretStr(KEYS[name])}))
    log.error("refused: %s", f"<{KEYS[name]}>")
    assert KEYS[name] not in file.read_text()
    assert f"refused: <{MASK}>" in file.read_text()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://desk:p%40ss%2Fword@db.example:5432/desk",
        "postgresql://db.example/desk?user=desk&password=p%40ss%2Fword",
    ],
)
def test_the_databases_password_is_masked_as_it_is_written_and_as_it_is_sent(url: str, file: Path) -> None:
    log_to(file, settings(database_url=SecretStr(url)))
    log.error("no connection: %s", url)
    log.error("authentication failed for password 'p@ss/word'")
    said = file.read_text()
    assert "p@ss/word" not in said
    assert "p%40ss%2Fword" not in said
    assert "db.example" in said, "where the database is may be said"


def test_a_database_without_a_password_masks_nothing(file: Path) -> None:
    log_to(file, settings(database_url=SecretStr("postgresql://desk@db.example/desk")))
    log.error("desk@db.example does not answer")
    assert "desk@db.example does not answer" in file.read_text()


@pytest.mark.parametrize(
    "text",
    [
        "-".join(("sk", "ant", "api03", "abcdefgh")),
        "Authorization: Bearer abcdef123456",
        "x-api-key: 0123456789ab",
        '{"api_key": "0123456789ab"}',
        "https://user:hunter22@feed.example/bars",
    ],
)
def test_what_is_shaped_like_a_key_is_masked_though_nobody_knows_it(text: str) -> None:
    line = formatted("sent %s", text)
    assert MASK in line
    assert not re.search("abcdefgh|abcdef123456|0123456789ab|hunter22", line)


@given(letters, letters, letters)
def test_no_secret_survives_in_any_line(before: str, secret: str, after: str) -> None:
    assert secret not in formatted("%s", before + secret + after, secrets=(secret,)).replace(MASK, "\x00")


@given(st.text(st.characters(codec="ascii", categories=["L", "Zs"])))
def test_a_line_without_secrets_is_written_as_it_was_said(text: str) -> None:
    assert formatted("%s", text, secrets=("neverhere",)).endswith(f"desk.x: {text}")


def test_of_two_secrets_one_inside_the_other_nothing_is_left() -> None:
    line = formatted("%s and %s", "abcd-efgh-ijkl", "efgh", secrets=("efgh", "abcd-efgh-ijkl"))
    assert line.endswith(f"{MASK} and {MASK}")


def test_a_traceback_is_kept_without_the_secret_in_it(file: Path) -> None:
    log_to(file, settings(openai_api_key=SecretStr("second of four words")))

    def refused() -> None:
        raise ValueError("the key second of four words is not known")

    try:
        refused()
    except ValueError:
        log.exception("a call failed")
    said = file.read_text()
    assert "Traceback (most recent call last)" in said
    assert "in refused" in said
    assert f"ValueError: the key {MASK} is not known" in said
    assert "second of four words" not in said


def test_a_cause_further_down_is_masked_too(file: Path) -> None:
    log_to(file, settings(langsmith_api_key=SecretStr("vierde-van-vier")))
    try:
        try:
            raise KeyError("vierde-van-vier")
        except KeyError as error:
            raise RuntimeError("no trace was sent") from error
    except RuntimeError as error:
        log.error("tracing: %s", error, exc_info=error)
    assert "vierde" not in file.read_text()
    assert "direct cause" in file.read_text()


LEVELS = ("debug", "info", "warning", "error")


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_of_the_settings_decides_what_is_kept(level: str, file: Path) -> None:
    log_to(file, settings(log_level=level))
    for name in LEVELS:
        log.log(logging.getLevelName(name.upper()), "said at %s", name)
    kept = [line.rpartition(" ")[2] for line in file.read_text().splitlines()]
    assert kept == list(LEVELS[LEVELS.index(level) :])


def test_a_library_that_has_set_itself_to_tell_more_is_not_heard(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_to(file, settings(log_level="warning"))
    chatty = logging.getLogger("chatty.package")
    monkeypatch.setattr(chatty, "level", logging.DEBUG)
    chatty.info("a detail")
    chatty.warning("a trouble")
    assert [line.rpartition(" ")[2] for line in file.read_text().splitlines()] == ["trouble"]


def test_every_rooms_records_arrive_in_the_one_file(file: Path) -> None:
    log_to(file, settings())
    for room in ("fund.cycle", "db.engine", "graph.chat", "chainlit", "uvicorn.error"):
        logging.getLogger(room).warning("here")
    assert len(file.read_text().splitlines()) == 5


def test_a_terminal_hears_nothing_of_it(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    log_to(file, settings())
    log.error("only in the file")
    assert capfd.readouterr() == ("", "")


def test_logging_elsewhere_ends_the_file_before(tmp_path: Path) -> None:
    first, second = tmp_path / "first.log", tmp_path / "second.log"
    log_to(first, settings())
    log.info("early")
    (before,) = logging.getLogger().handlers
    log_to(second, settings())
    log.info("late")
    assert "late" not in first.read_text()
    assert "early" not in second.read_text()
    assert before not in logging.getLogger().handlers
    assert isinstance(before, logging.FileHandler)
    assert before.stream is None, "the file before was closed"


def test_a_later_start_goes_on_in_the_same_file(file: Path) -> None:
    for word in ("first", "second"):
        log_to(file, settings())
        log.info("%s start", word)
    assert [line.split()[-2] for line in file.read_text().splitlines()] == ["first", "second"]


def test_a_log_that_is_full_turns_and_the_oldest_goes(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "LOG_BYTES", 500)
    log_to(file, settings())
    for number in range(60):
        log.info("line %04d %s", number, "x" * 40)
    found = sorted(path.name for path in file.parent.iterdir())
    assert found == ["desk.log", *(f"desk.log.{n}" for n in range(1, logs.KEPT_FILES + 1))]
    assert all(path.stat().st_size <= 500 for path in file.parent.iterdir())
    assert "line 0059" in file.read_text()
    assert not any("line 0000" in path.read_text() for path in file.parent.iterdir())


def test_the_log_stays_small_on_a_machine_that_runs_for_years() -> None:
    assert logs.LOG_BYTES * (logs.KEPT_FILES + 1) <= 10_000_000


def test_a_text_that_no_file_can_hold_is_written_in_escapes(file: Path) -> None:
    log_to(file, settings())
    log.info("the LLM said %s", "caf\u00e9 \ud800")
    assert "the LLM said café \\ud800" in file.read_text(encoding="utf-8")


def test_only_regular_text_files_are_written(file: Path) -> None:
    log_to(file, settings())
    log.info("hello")
    assert stat.S_ISREG(file.stat().st_mode)
    assert not file.stat().st_mode & 0o111


def test_what_alerts_go_out_with_is_masked_wherever_a_library_logs_it(file: Path) -> None:
    token = "aB3-" * 17
    alerts = Alerts(
        discord_url=SecretStr(f"https://discord.com/api/webhooks/123456789012345678/{token}"),
        webhook_url=SecretStr("https://hooks.example.com/x?key=fifth-of-six"),
        webhook_secret=SecretStr("whsec_sixth-of-six"),
        smtp_password=SecretStr("seventh of six"),
    )
    log_to(file, settings(alerts=alerts))
    log.info("POST https://162.159.1.1:443/api/webhooks/123456789012345678/%s HTTP/1.1 204", token)
    log.info("POST https://1.1.1.1/x?key=fifth-of-six signed with whsec_sixth-of-six; seventh of six")
    written = file.read_text()
    for secret in (token, "fifth-of-six", "sixth-of-six", "seventh"):
        assert secret not in written
    assert "https://162.159.1.1:443[redacted] HTTP/1.1 204" in written


def lines_of(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_as_json_a_line_is_one_object_whatever_was_said(file: Path) -> None:
    log_to(file, settings(log_format="json"))
    log.warning("the feed %s\nis late", "stooq \u2028 \ud800")
    (line,) = lines_of(file)
    assert line.keys() == {"time", "level", "logger", "message"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert (line["level"], line["logger"]) == ("WARNING", "desk.somewhere")
    assert line["message"] == "the feed stooq \u2028 \ud800\nis late"


def test_a_line_carries_the_cycle_and_the_job_it_belongs_to_and_no_other(file: Path) -> None:
    log_to(file, settings(log_format="json"))
    log.info("before")
    with logged_as(job="daily"):
        log.info("job")
        with logged_as(cycle_id="daily-2016-06-24"):
            log.info("cycle")
        log.info("job again")
    log.info("after")
    found = [(line.get("job"), line.get("cycle_id")) for line in lines_of(file)]
    daily = ("daily", None)
    assert found == [(None, None), daily, ("daily", "daily-2016-06-24"), daily, (None, None)]


def test_a_cycle_that_fails_leaves_no_name_behind() -> None:
    with pytest.raises(ValueError, match="no"), logged_as(cycle_id="x", job="y"):
        raise ValueError("no")
    assert (logs.CYCLE.get(), logs.JOB.get()) == ("", "")


def test_threads_carry_names_of_their_own(file: Path) -> None:
    log_to(file, settings(log_format="json"))

    def work(name: str) -> None:
        with logged_as(cycle_id=name):
            together.wait(10)
            log.info("at work")

    together = Barrier(3)
    threads = [Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line["cycle_id"] for line in lines_of(file)) == ["a", "b", "c"]


@given(letters, letters)
def test_as_json_no_secret_survives_in_message_trace_or_names(before: str, secret: str) -> None:
    try:
        raise ValueError(before + secret)
    except ValueError:
        record = logging.LogRecord("desk.x", logging.INFO, "", 0, "%s", (secret + before,), sys.exc_info())
    with logged_as(cycle_id=secret):
        line = json.loads(AsJson((secret,)).format(record))
    for name in ("message", "trace", "cycle_id"):
        assert secret not in line[name].replace(MASK, "\x00")


def test_the_monitors_key_is_masked(file: Path) -> None:
    log_to(file, settings(monitor=Monitor(api_key=SecretStr("desk_of-the-monitor"))))
    log.info("x-api-key: desk_of-the-monitor")
    assert "of-the-monitor" not in file.read_text()
