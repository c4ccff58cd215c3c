"""Medians, what is over unaudited, and verdicts, from samples that are made up."""

import pytest

from tests.benchmarks.figures import Figure, Figures, figure
from tests.benchmarks.sample import Sample
from tests.benchmarks.targets import Verdict, verdicts


def sample(kind, seconds, work="bulk update", rows=10, **others):
    return Sample("eleven", work, kind, rows, seconds, **others)


def test_a_figure_is_a_median_between_its_quartiles():
    assert figure([5.0, 1.0, 2.0, 4.0, 3.0]) == Figure(3.0, 2.0, 4.0)
    assert figure([7.0]) == Figure(7.0, 7.0, 7.0)


def test_figures_are_of_a_row():
    figures = Figures([sample("full", 30.0, wal=50), sample("full", 10.0, wal=70)])
    assert figures.each("eleven", "bulk update", "full", "wal").median == 6.0
    assert figures.each("eleven", "bulk update", "full", "seconds").median == 2.0
    assert figures.whole("eleven", "bulk update", "full", "seconds").median == 20.0


def test_costs_are_compared_with_unaudited():
    figures = Figures([sample("unaudited", 10.0), sample("full", 30.0)])
    assert figures.over("eleven", "bulk update", "full") == 2.0
    assert figures.times("eleven", "bulk update", "full") == 3.0
    assert figures.over("eleven", "bulk update", "changes") is None


def test_times_of_what_was_missed_count_for_nothing():
    figures = Figures([sample("unaudited", 10.0), sample("auditlog", 10.0, is_missed=True)])
    assert figures.each("eleven", "bulk update", "auditlog", "seconds") is None
    assert figures.times("eleven", "bulk update", "auditlog") is None
    assert figures.is_missed("eleven", "bulk update", "auditlog")
    assert not figures.is_missed("eleven", "bulk update", "unaudited")


def test_what_could_not_be_measured_once_has_no_figure():
    figures = Figures([sample("full", 1.0, memory=1), sample("full", 1.0, memory=None)])
    assert figures.each("eleven", "bulk update", "full", "memory") is None


@pytest.mark.parametrize(
    ("measured", "processor", "word"),
    [
        (0.4, 0.5, "met"),
        (0.4, None, "met"),
        (0.6, 0.7, "missed"),
        (0.6, None, "missed"),
        (0.4, 0.6, "met by the client's clock only"),
        (0.6, 0.4, "met by processor time only"),
        (None, None, "not measured"),
    ],
)
def test_a_verdict_is_of_both_clocks(measured, processor, word):
    assert Verdict("", 0.5, measured, processor).word == word


def test_a_target_is_the_ratio_of_what_two_cost_over_unaudited():
    found = verdicts(
        Figures(
            [
                sample("unaudited", 20.0, processor=10.0),
                sample("full", 30.0, processor=20.0),
                sample("pghistory_row", 40.0, processor=50.0),
            ]
        )
    )
    measured = {each.target: (each.measured, each.processor) for each in found if each.measured}
    assert measured == {"bulk update, `full`, over pghistory's rows": (0.5, 0.25)}


def test_single_rows_are_compared_with_the_cheaper_of_two():
    work = "single insert, context"
    costs = {"unaudited": 10.0, "full": 40.0, "pghistory_row": 90.0, "pghistory_statement": 30.0}
    found = verdicts(Figures([sample(kind, cost, work) for kind, cost in costs.items()]))
    measured = {each.target: each.measured for each in found if each.measured}
    assert measured == {f"{work}, `full`, over the cheaper pghistory": 1.5}
