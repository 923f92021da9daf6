"""The rows of scans: counted from what each universe gave, judged, and shown."""

import pytest

from leadline.calibration import markdown, page
from leadline.calibration.assemble import assembled
from leadline.calibration.jobs import jobs
from leadline.calibration.universes import Found
from leadline.worlds.calibration import bounds


def found(closed=1.0, stepped=1.0, false=0.0, right=0, at_lag=0):
    return list(Found(closed, stepped, false, false / 2, right, at_lag, 0.02, 0.06))


def document(values, world="no lead"):
    (job,) = (job for job in jobs(("scans",)) if job.world == world)
    return assembled({job: values})


def test_universes_with_a_false_lead_are_counted():
    values = [found(0.05, 0.2), found(0.2, 0.05), found(0.04, 0.01)] + [found()] * 97
    (row,) = document(values).scans
    assert (row.n, row.n_assets, row.n_leads) == (100, 50, 0)
    assert (row.closed.k, row.stepped.k) == (2, 2)
    assert row.found is row.at_lag is row.decoys is None


@pytest.mark.parametrize("way", ["closed", "stepped"])
def test_a_row_is_quiet_up_to_what_chance_shows(way):
    most = bounds(200, 0.05)[1]
    for k, holds in ((most, True), (most + 1, False)):
        made = document([found(**{way: 0.01})] * k + [found()] * (200 - k))
        (row,) = made.scans
        assert row.is_quiet is holds
        (check,) = (check for check in made.checks if check.name == "scan, no lead")
        assert check.holds is holds


def test_planted_leads_are_shares_of_all_that_were_planted():
    values = [found(false=0.10, right=30, at_lag=29), found(false=0.0, right=20, at_lag=20)]
    made = document(values, "40 leads among 200")
    (row,) = made.scans
    assert row.found == pytest.approx(50 / 80)
    assert row.at_lag == pytest.approx(49 / 80)
    assert row.false == pytest.approx(0.05)
    assert row.false_by == pytest.approx(0.025)
    assert row.decoys == pytest.approx((0.02, 0.06))
    quiet, rate = (check for check in made.checks if check.name.startswith("scan, 40"))
    assert quiet.holds
    assert rate.holds
    worse = document([found(false=0.11, right=30)] * 2, "40 leads among 200")
    assert [c.holds for c in worse.checks if c.name.startswith("scan, 40")] == [True, False]


def test_what_a_scan_warns_of_is_shown_and_not_promised():
    made = document([found(1e-9, 0.005, 1.0)] * 50, "late answers")
    assert not made.scans[0].is_quiet
    assert not [check for check in made.checks if check.name.startswith("scan")]
    assert "| **100.0%, 100.0%**† |" in markdown.page(made)
    text = page.page(made)
    assert "100.0% warned of" in text
    assert 'id="scans"' in text


def test_every_universe_has_its_own_row():
    worlds = [job.world for job in jobs(("scans",))]
    assert len(set(worlds)) == len(worlds) >= 6
    assert {job.n for job in jobs(("scans",), 10)} == {2, 10}
