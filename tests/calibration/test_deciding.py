"""The year named for deciding, against the year after which a planted effect is found."""

import numpy as np
import pytest
from scipy.stats import norm

from leadline.calibration import document, markdown, planted
from leadline.calibration.assemble import assembled, years_needed
from leadline.calibration.designs import N_RESAMPLES, RELATIONS
from leadline.calibration.document import Calibration, Deciding, Share
from leadline.calibration.jobs import jobs
from leadline.calibration.promises import _years
from leadline.worlds import NULL_WORLDS
from leadline.worlds.calibration import N_OBS

N = 10_000


@pytest.fixture(scope="module")
def market():
    """Give ten years without a lead in which every kind finds enough episodes."""
    return NULL_WORLDS["iid"].panel(N_OBS, np.random.default_rng(4))


def shares(needed, lengths=(10, 20, 40)):
    """Give what a z-test finds at several lengths that takes ``needed`` years."""
    drift = (norm.isf(0.05) + norm.ppf(0.8)) / np.sqrt(needed)
    found = norm.cdf(drift * np.sqrt(lengths) - norm.isf(0.05))
    return {y: Share.of(round(N * p), N) for y, p in zip(lengths, found, strict=True)}


@pytest.mark.parametrize("needed", [12.0, 19.0, 26.0, 39.0])
def test_a_z_test_needs_the_years_of_the_closed_form(needed):
    assert years_needed(shares(needed)) == pytest.approx(needed, rel=0.01)


def test_what_lies_outside_the_lengths_is_not_measured():
    assert years_needed(shares(8.0)) is None
    assert years_needed(shares(60.0)) is None


def deciding(named, needed=24.0, name="event_study", n=100):
    """Give what is said of years named where so many are needed."""
    found = {}
    for job in jobs(("planted",), 1000):
        if job.name != name or not job.world.startswith("iid"):
            continue
        years = int(job.world.rpartition(", ")[2].split()[0])
        look = planted.planting(name, years)
        p = shares(needed, (years,))[years].share
        hits = [0.01] * round(n * p) + [0.5] * (n - round(n * p))
        more = {"effect": 0.2, "promised": p, "covered": None, "level": 0.9}
        found[job] = [
            {
                "episodes": years,
                "years": years,
                "said": None,
                "named": named[i % len(named)],
                "looks": [{"p": hits[i], **more}] * len(look.multiples),
            }
            for i in range(n)
        ]
    return assembled(found)


@pytest.mark.parametrize(
    ("named", "holds"), [(24.0, True), (17.0, True), (35.0, True), (15.0, False), (40.0, False)]
)
def test_a_year_is_right_within_a_factor_of_one_and_a_half(named, holds):
    made = deciding([named])
    (row,) = made.deciding
    assert row.needed == pytest.approx(24.0, rel=0.05)
    assert row.named == named
    assert row.holds is holds
    check = next(c for c in made.checks if c.name == "the year named for deciding")
    assert check.holds is holds


def test_no_year_named_is_a_year_that_never_comes():
    made = deciding([None, None, 24.0])
    (row,) = made.deciding
    assert row.unnamed == 67
    assert (row.ratio, row.named, row.holds) == (0.0, None, False)
    assert "| none | **0.00** |" in markdown.page(made)
    assert document.loads(document.dumps(made), "here") == made


def test_a_document_of_before_still_says_its_ratios():
    row = Deciding.model_validate(
        {"test": "t", "world": "w", "ratio": 1.2, "low": 1.0, "high": 1.4, "n": 9}
    )
    made = Calibration(
        leadline="0", day="2026-01-01", seed=1, n_obs=10, n_resamples=99, deciding=(row,)
    )
    assert "| t | w |  |  |  | none | 1.20 | 1.00 to 1.40 | 9 |" in markdown.page(made)
    assert _years(made).holds is True


def test_each_kind_is_left_open_or_says_that_no_year_decides_it():
    for name in planted.PLANTED:
        assert (name in planted.OPEN) is not bool(RELATIONS[name].limit)


def test_longer_histories_look_at_what_is_found_alone():
    test = planted.planting("event_study", 40)
    assert not test.whole
    assert test.multiples == (planted.MATTERS, planted.OPEN["event_study"])
    whole = planted.planting("event_study")
    assert {*planted.MULTIPLES, *test.multiples} <= set(whole.multiples)


@pytest.mark.parametrize("name", planted.PLANTED)
def test_a_short_look_finds_what_the_whole_test_finds(name, market):
    look = planted.planting(name)
    own = look.test.own(look.test.draw(market))
    with_effect = look._with(own, 1.0, np.random.default_rng(2))
    p = look._p_value(with_effect, np.random.default_rng(1))
    found = look.test.significance(with_effect, np.random.default_rng(1), N_RESAMPLES)
    assert p == pytest.approx(found.p_value, abs=1e-12)
