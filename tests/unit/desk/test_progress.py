"""Progress: a line a stage, finished when its steps are, or when the next stage begins."""

import io
import re

import pytest
from rich.console import Console

from desk.progress import progress_bars, silent


def lines_of(page: io.StringIO) -> dict[str, str]:
    """Return the last state of every stage: its marks and figures, by label."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", page.getvalue())
    found = re.findall(r"([⠋-⣿✓])\s*\n*\s*(\w[\w ]*?)\s{2,}[^0-9]*?(\d+/\d+)", plain)
    return {label: f"{mark} {count}" for mark, label, count in found}


def cut_off(console: Console, *told: tuple[str, int, int]) -> None:
    """Show some work that ends by Ctrl-C."""
    with progress_bars(console) as show:
        for label, done, total in told:
            show(label, done, total)
        raise KeyboardInterrupt


@pytest.fixture
def page() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def console(page: io.StringIO) -> Console:
    return Console(file=page, force_terminal=True, width=100, color_system=None)


def test_a_stage_shows_how_far_it_is_and_that_it_is_over(console: Console, page: io.StringIO) -> None:
    with progress_bars(console) as show:
        show("Replaying", 0, 3)
        show("Replaying", 3, 3)
    assert lines_of(page) == {"Replaying": "✓ 3/3"}


def test_another_stage_ends_the_one_before(console: Console, page: io.StringIO) -> None:
    with progress_bars(console) as show:
        show("Reading bars", 0, 9)
        show("Reading macro", 1, 9)
        show("Market data ready", 9, 9)
    assert set(lines_of(page)) == {"Reading bars", "Reading macro", "Market data ready"}
    assert set(lines_of(page).values()) == {"✓ 9/9"}


def test_a_stage_that_comes_back_goes_on_where_it_was(console: Console, page: io.StringIO) -> None:
    features = (("Computing features", 0, 1), ("Computing features", 1, 1))
    with pytest.raises(KeyboardInterrupt):
        cut_off(console, ("Sessions played", 3, 40), *features, ("Sessions played", 4, 40))
    shown = lines_of(page)
    assert shown["Computing features"] == "✓ 1/1"
    assert shown["Sessions played"].endswith(" 4/40")
    assert not shown["Sessions played"].startswith("✓")


def test_what_is_cut_off_is_not_shown_as_finished(console: Console, page: io.StringIO) -> None:
    with pytest.raises(KeyboardInterrupt):
        cut_off(console, ("Replaying", 7, 100))
    assert lines_of(page)["Replaying"].endswith(" 7/100")


def test_a_stage_without_steps_is_one_step(console: Console, page: io.StringIO) -> None:
    with progress_bars(console) as show:
        show("Nothing to do", 0, 0)
    assert lines_of(page) == {"Nothing to do": "✓ 1/1"}


def test_silence_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    silent("Replaying", 1, 2)
    assert capsys.readouterr() == ("", "")
