from dataclasses import replace

import numpy as np
import pytest

from fund.errors import DataError
from fund.features.universe import sector_codes
from support.panels import a_panel, a_universe


def test_a_matrix_that_does_not_fit_is_named():
    panel = a_panel(20, 3)
    with pytest.raises(DataError, match=r"volume of shape \(20, 4\), found \(19, 4\)"):
        a_universe(replace(panel, volume=panel.volume[1:]))
    with pytest.raises(DataError, match="sectors"):
        replace(a_universe(panel), sectors=np.zeros(9, dtype=np.int64))


def test_an_unknown_benchmark_is_refused():
    with pytest.raises(DataError, match="'QQQ'"):
        replace(a_universe(a_panel(20, 3)), benchmark="QQQ")


def test_sessions_out_of_order_are_refused():
    panel = a_panel(20, 3)
    with pytest.raises(DataError, match="ascending"):
        a_universe(replace(panel, sessions=panel.sessions[::-1]))


def test_a_member_without_a_bar_is_not_present():
    universe = a_universe(a_panel(60, 5, holes=0.3))
    assert not (universe.present & np.isnan(universe.panel.close)).any()
    assert universe.present.sum() < universe.members.sum()


def test_rows_keep_values_and_names():
    universe = a_universe(a_panel(30, 4))
    part = universe.rows(10, 20)
    assert part.panel.sessions == universe.panel.sessions[10:20]
    np.testing.assert_array_equal(part.panel.close, universe.panel.close[10:20])
    np.testing.assert_array_equal(part.members, universe.members[10:20])


def test_sectors_are_numbered_and_funds_have_none():
    assert sector_codes(["Utilities", "", "Energy", "Utilities"]).tolist() == [1, -1, 0, 1]
