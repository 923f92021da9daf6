"""What known answers there are: for which kinds, to which method, from where.

``paper``: a number that somebody published, or an identity proved there. ``program``: what
another program says. ``twin``: a second implementation, written from the definition in another
language or another form, where nobody else computes the thing at all.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple

Way = Literal["paper", "program", "twin"]


class Answer(NamedTuple):
    """One known answer; ``where`` is the file in tests/ and the test that holds it."""

    kinds: tuple[str, ...]
    method: str
    way: Way
    source: str
    where: str


ANSWERS: list[Answer] = []


def answers(
    *kinds: str, method: str, way: Way, source: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Say of a test whose known answer it holds."""

    def note(test: Callable[..., None]) -> Callable[..., None]:
        file = test.__code__.co_filename.rpartition("/")[2]
        ANSWERS.append(Answer(kinds, method, way, source, f"known/{file}::{test.__name__}"))
        return test

    return note


ELSEWHERE = (
    Answer(
        ("tradable",),
        "probabilistic Sharpe ratio, variants of 2012 and 2025",
        "paper",
        "Bailey and Lopez de Prado (2012), J. of Risk 15(2), section 3: 0.913; Lopez de Prado, "
        "Lipton and Zoonekynd (2025): 0.987",
        "kernels/test_sharpe.py::test_the_probabilistic_ratio_is_that_of_either_paper",
    ),
    Answer(
        ("tradable",),
        "deflated Sharpe ratio, variant of 2014",
        "paper",
        "Bailey and Lopez de Prado (2014), J. of Portfolio Management 40(5): 0.9004 and 0.9505",
        "kernels/test_sharpe.py::test_the_deflated_ratio_is_that_of_2014",
    ),
    Answer(
        ("tradable",),
        "shortest track record",
        "paper",
        "Bailey and Lopez de Prado (2012), section 4: 2.73, 2.83, 3.24 and 4.99 years",
        "kernels/test_sharpe.py::test_the_shortest_track_is_that_of_2012",
    ),
    Answer(
        ("tradable",),
        "shortest backtest",
        "paper",
        "Bailey, Borwein, Lopez de Prado and Zhu (2014), Notices of the AMS 61: 45 trials bear "
        "five years",
        "kernels/test_sharpe.py::test_five_years_bear_45_trials",
    ),
    Answer(
        ("tradable",),
        "probability of backtest overfitting",
        "twin",
        "Bailey, Borwein, Lopez de Prado and Zhu (2017), section 2, half by half",
        "kernels/test_overfitting.py::test_every_half_is_as_if_put_together",
    ),
    Answer(
        ("tradable",),
        "superior predictive ability, not studentised",
        "program",
        "arch: the three p of SPA and its long-run variances, from the same resamples",
        "kernels/test_superior.py::test_without_studentising_all_three_p_are_those_of_arch",
    ),
    Answer(
        ("explosive",),
        "SADF and GSADF critical values",
        "paper",
        "Phillips, Shi and Yu (2015), International Economic Review 56, table 1",
        "kernels/test_explosive.py::test_published_critical_values_are_met_within_their_error",
    ),
    Answer(
        ("explosive",),
        "ADF, SADF, GSADF and BSADF",
        "program",
        "exuber, under its count of windows",
        "kernels/test_explosive.py::"
        "test_all_statistics_are_those_of_exuber_under_its_count_of_differences",
    ),
    Answer(
        ("regime_now",),
        "Markov switching",
        "paper",
        "Hamilton (1989), Econometrica 57, table I: log likelihood at his estimates and the "
        "recessions of his figure",
        "kernels/test_regimes.py::test_hamiltons_table_of_gnp_is_met",
    ),
    Answer(
        ("regime_now",),
        "Markov switching",
        "program",
        "statsmodels MarkovRegression: filtered probabilities and likelihood",
        "kernels/test_regimes.py::test_the_filter_is_that_of_statsmodels",
    ),
    Answer(
        ("granger",),
        "order of a VAR",
        "program",
        "statsmodels VAR.select_order",
        "kernels/test_granger.py::test_the_order_is_that_of_statsmodels",
    ),
    Answer(
        ("shock_response", "response_order"),
        "local projections",
        "program",
        "statsmodels OLS with HC1 errors, horizon by horizon",
        "kernels/test_projections.py::test_each_horizon_is_an_ordinary_regression",
    ),
    Answer(
        ("predictive_skill", "forecast"),
        "Clark-West",
        "program",
        "statsmodels OLS on a constant with HAC errors",
        "kernels/test_forecast.py::"
        "test_the_clark_west_t_is_a_regression_on_a_constant_with_newey_west_errors",
    ),
    Answer(
        ("forecast",),
        "discrete-time hazard",
        "program",
        "statsmodels GLM, logit and complementary log-log",
        "kernels/test_hazard.py::test_without_ridge_the_fit_is_that_of_statsmodels",
    ),
    Answer(
        ("forecast",),
        "e-process of outcomes",
        "paper",
        "Howard, Ramdas, McAuliffe and Sekhon (2021), Annals of Statistics 49: a beta-binomial "
        "mixture covers at all times, here over every sequence",
        "kernels/test_evalues.py::test_over_all_sequences_the_share_interval_keeps_the_truth",
    ),
    Answer(
        ("forecast",),
        "e-process of outcomes",
        "paper",
        "Waudby-Smith and Ramdas (2024), JRSS B 86: the wealth of a bet is one on average under "
        "its null; with Ville's inequality over every sequence",
        "kernels/test_evalues.py::test_no_process_of_outcomes_ever_crosses_too_often",
    ),
)
