"""Our kernels against numbers from papers and other programs; see make_known_answers.py."""

import json

import numpy as np
import pytest
from known.make_known_answers import FILE, answers
from known.make_r_answers import FILE as R_FILE
from known.register import answers as answers_of

from leadline.kernels import autoregression, breaks, resample
from leadline.kernels.cross_correlation import profile


@pytest.fixture(scope="module")
def known():
    return json.loads(FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def data(known):
    return {name: np.array(known[name]) for name in ("nile", "output", "unemployment")}


def test_the_script_still_gives_the_stored_answers(known):
    again = answers()
    for name in ("nile", "output", "unemployment", "ar_bic_of_output"):
        np.testing.assert_allclose(again[name], known[name], rtol=1e-9)
    for name in ("block_length", "ccf_output_leads_unemployment"):
        for key, value in known[name].items():
            np.testing.assert_allclose(again[name][key], value, rtol=1e-9, atol=1e-12)


@answers_of(
    "lag_profile",
    method="cross-correlations",
    way="program",
    source="statsmodels: ccf of US output and unemployment 1959-2009",
)
def test_output_moves_before_unemployment_as_statsmodels_has_it(known, data):
    expected = known["ccf_output_leads_unemployment"]
    lags = np.array(expected["lags"])
    x, y = (data[name] - data[name].mean() for name in ("output", "unemployment"))
    found = profile(x, y, lags)
    np.testing.assert_allclose(found.r, expected["r"], rtol=1e-9, atol=1e-12)
    # Unemployment lags the cycle: a quarter later is nearer to output than a quarter before.
    r = dict(zip(lags.tolist(), found.r, strict=True))
    assert r[1] < r[-1] < 0


@answers_of(
    "lag_profile",
    method="prewhitening by an autoregression",
    way="program",
    source="statsmodels: ar_select_order (BIC) and AutoReg of US output 1959-2009",
)
def test_the_autoregression_of_output_is_that_of_statsmodels(known, data):
    model = autoregression.fit(data["output"])
    np.testing.assert_allclose(model.coefficients, known["ar_bic_of_output"], rtol=1e-8)


@answers_of(
    "tradable",
    method="block length of Politis and White (2004), corrected by Patton et al. (2009)",
    way="program",
    source="arch: optimal_block_length of the Nile, US output and unemployment",
)
@pytest.mark.parametrize("name", ["nile", "output", "unemployment"])
def test_block_lengths_are_those_of_arch(known, data, name):
    expected = max(known["block_length"][name], 1.0)
    assert resample.automatic_block(data[name]) == pytest.approx(expected, rel=1e-8)


@answers_of(
    "market_fact",
    "driver_loading",
    method="one break at an unknown time",
    way="paper",
    source="Cobb (1978), Biometrika 65, 243-251: after 1898, from 1,098 to 850; breakpoints of R's "
    "strucchange the same year",
)
def test_the_nile_fell_after_1898(data):
    r_answers = json.loads(R_FILE.read_text(encoding="utf-8"))
    assert r_answers["Nile: last year before the break"] == [1898]
    found = breaks.sup_t(
        data["nile"], trim=0.15, n_resamples=999, rng=np.random.default_rng(1), sign=-1
    )
    assert 1871 + found.position - 1 == 1898
    assert found.before == pytest.approx(1097.75, abs=0.005)
    assert found.after == pytest.approx(849.97, abs=0.005)
    assert found.p_value == 0.001
