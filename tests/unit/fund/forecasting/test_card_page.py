"""A card as a page: every figure with its interval and sample, four plots that can be drawn."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from fund.forecasting.card_page import by_year, card_page
from support.forecasters import a_card, a_trained_forecaster, an_interval

PLOTS = ("coverage.svg", "reliability.svg", "rolling-ic.svg", "year-ic.svg")


def test_the_page_says_the_cards_figures_with_interval_and_sample() -> None:
    trained = a_trained_forecaster()
    text = card_page(trained.card, trained.table)["card.md"]
    card = trained.card
    assert card.rank_ic is not None
    assert f"# {card.version}" in text
    told = f"{card.rank_ic.value:+.4f} ({card.rank_ic.low:+.4f} to {card.rank_ic.high:+.4f})"
    assert f"| Rank IC | {told} | {card.rank_ic.n} |" in text
    assert card.always_up is not None
    assert card.books
    assert f"| Always up, same names | {card.always_up.value:+.4f} (" in text
    assert "| Sharpe, equal weight of all names, before costs | " in text
    assert all(
        f"| Sharpe, {book.book}, {each.cost_bps:.0f} bp a side | " in text
        for book in card.books
        for each in book.net
    )
    assert f"Calibration error {card.calibration_error:.4f} over " in text
    assert "Worth: " in text
    assert all(f"]({name})" in text for name in PLOTS)


def test_each_year_has_its_own_sessions() -> None:
    table = a_trained_forecaster().table
    years = by_year(table)
    known = np.isfinite(table.daily_rank_ic)
    for year, (ic, _) in years.items():
        inside = np.array([session.year == year for session in table.sessions]) & known
        if ic is not None:
            assert ic.n == inside.sum()
            assert ic.value == pytest.approx(table.daily_rank_ic[inside].mean())
    assert any(ic is not None for ic, _ in years.values())


def test_every_plot_is_a_drawing_with_a_label() -> None:
    trained = a_trained_forecaster()
    for made in (trained.card, replace(trained.card, calibration=())):
        files = card_page(made, trained.table)
        for name in PLOTS:
            drawn = ET.fromstring(files[name])
            assert drawn.attrib["role"] == "img"
            assert drawn.attrib["aria-label"]
    assert "too few forecasts" in files["reliability.svg"]


def test_what_is_too_good_and_its_explanation_are_on_the_page() -> None:
    card = a_card(rank_ic=an_interval(0.3), explanation="ten <names> only")
    text = card_page(card, a_trained_forecaster().table)["card.md"]
    assert "Too good to believe: mean rank IC is 0.300" in text
    assert "Explained: ten <names> only" in text
    none = card_page(a_card(rank_ic=None), a_trained_forecaster().table)["card.md"]
    assert "| Rank IC | too few sessions | 0 |" in none
    assert "Calibration error: too few forecasts." in none
