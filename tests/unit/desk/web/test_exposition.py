"""Figures as Prometheus' own parser reads them: names, kinds, labels and values come back as they were."""

from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from desk.durations import BOUNDS_SECONDS, Durations
from desk.web.exposition import exposition
from desk.web.face import Metric, Sample

labels = st.lists(
    st.tuples(st.sampled_from(("job", "status", "limit")), st.text()),
    max_size=3,
    unique_by=lambda pair: pair[0],
)


def read(metrics: list[Metric]) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families(exposition(metrics)):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


@given(st.lists(st.tuples(st.floats(), labels), max_size=5))
def test_every_figure_comes_back_with_its_labels(values: list[tuple[float, list[tuple[str, str]]]]) -> None:
    samples = tuple(Sample(value=value, labels=tuple(pairs)) for value, pairs in values)
    found = read([Metric(name="x", help="what it is", kind="gauge", samples=samples)]).get("x", [])
    assert [given for given, _ in found] == [dict(pairs) for _, pairs in values]
    for (_, value), (expected, _) in zip(found, values, strict=True):
        assert value == expected or (isnan(value) and isnan(expected))


@given(st.text())
def test_a_help_stays_on_its_line_and_comes_back(told: str) -> None:
    metric = Metric(name="x", help=told, kind="gauge", value=1.0)
    assert len(exposition([metric]).split("\n")) == 4
    (family,) = text_string_to_metric_families(exposition([metric]))
    assert family.documentation.split() == told.split()


@pytest.mark.parametrize(
    ("value", "written"), [(inf, "+Inf"), (-inf, "-Inf"), (nan, "NaN"), (0.1, "0.10000000000000001")]
)
def test_numbers_are_written_whole(value: float, written: str) -> None:
    assert exposition([Metric(name="x", help="", kind="gauge", value=value)]).endswith(f"\nx {written}\n")


def test_what_is_not_known_has_a_name_and_no_value() -> None:
    metrics = [
        Metric(name="feed_age", help="age", kind="gauge"),
        Metric(name="y", help="y", kind="gauge", value=2),
    ]
    assert exposition(metrics).startswith("# HELP feed_age age\n# TYPE feed_age gauge\n# HELP y y\n")
    assert read(metrics) == {"y": [({}, 2.0)]}


@given(st.lists(st.floats(min_value=0, max_value=2000)))
def test_a_histogram_counts_every_duration_once_and_its_buckets_add_up(seconds: list[float]) -> None:
    durations = Durations()
    for each in seconds:
        durations.add(each)
    metric = durations.metric("d", "how long")
    (family,) = text_string_to_metric_families(exposition([metric]))
    assert family.type == "histogram"
    found = read([metric])
    assert found["d_count"] == [({}, float(len(seconds)))]
    assert found["d_sum"][0][1] == pytest.approx(sum(seconds))
    for (label, count), bound in zip(found["d_bucket"], (*BOUNDS_SECONDS, inf), strict=True):
        assert float(label["le"]) == bound
        assert count == sum(1 for each in seconds if each <= bound)


def test_what_fails_is_timed_too() -> None:
    durations = Durations()
    with pytest.raises(ValueError, match="no"), durations.timed():
        raise ValueError("no")
    assert read([durations.metric("d", "how long")])["d_count"] == [({}, 1.0)]
