"""What is frozen at publication, against plain counting and least squares."""

from datetime import date, timedelta

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from live.made import PUBLISHED, a_claim, an_article, call, relation, store_of, the_series
from scipy.special import expit

from leadline.claim import Article, Claim, load_article
from leadline.data import gather
from leadline.errors import DataError
from leadline.live import relations
from leadline.live.book import CHECKPOINTS, Registration
from leadline.live.register import deciding, register, series_of

SERIES = the_series()
ARTICLE = an_article()
FOUNDING = {
    "S01": "dbd99187fb93",
    "S25": "ae89327dd48f",
    "S27": "7c9f9b03becf",
    "S31": "9b4b3b9546af",
    "S33": "c96dc7685b43",
}


def panel_for(claim, series=SERIES, *, until=None):
    names = series_of(claim)
    return gather(names, store_of(series, until=until), as_of=claim.first_seen)


def frozen(claim, series=SERIES, **more):
    return register(claim, ARTICLE, panel_for(claim, series, **more))


def made(**more):
    return Claim.model_validate(a_claim("x", **more))


def closes():
    kept = SERIES["follower"][: str(PUBLISHED)]
    return kept.to_numpy()


def share_reaching(price, factor, horizon):
    """Count by hand from how many days the price moved by a factor within a horizon."""
    starts = range(price.size - horizon)
    ahead = [price[i + 1 : i + 1 + horizon] / price[i] for i in starts]
    hit = [(path >= factor).any() if factor > 1 else (path <= factor).any() for path in ahead]
    return np.array(hit)


@pytest.mark.parametrize(
    ("success", "factor"),
    [
        ({"rise": 0.1}, 1.1),
        ({"rise": -0.1}, 0.9),
        ({"level": 3200.0}, lambda price: 3200 / price[-1]),
        ({"record": True}, lambda price: price.max() / price[-1]),
    ],
)
def test_the_base_rate_is_the_share_of_earlier_days_that_moved_as_far(success, factor):
    price = closes()
    factor = factor(price) if callable(factor) else factor
    found = frozen(made(tests=[relation("granger")], live=call(**success))).call
    hit = share_reaching(price, factor, 30)
    assert found.q == pytest.approx(np.clip(hit.mean(), 0.01, 0.99))
    assert found.price == pytest.approx(price[-1])
    assert found.mark == pytest.approx(price[-1] * factor)
    assert found.n_eff == pytest.approx(hit.size / 30)
    # The claim's odds: where the leader was up over 20 days, at least what matters above the rate.
    leader = SERIES["leader"][: str(PUBLISHED)].to_numpy()
    up = np.zeros(leader.size, dtype=bool)
    up[20:] = leader[20:] > leader[:-20]
    label, on = False, []
    for i in range(leader.size):
        last = up[max(i - 4, 0) : i + 1]
        if i >= 24 and last.all():
            label = True
        if i >= 24 and not last.any():
            label = False
        on.append(label)
    held = hit[np.array(on[: hit.size])].mean()
    assert found.p == pytest.approx(np.clip(max(held, hit.mean() + 0.15), 0.01, 0.99))


def test_doing_better_counts_at_the_end_alone():
    found = frozen(made(tests=[relation("granger")], live=call(beats="early"))).call
    ratio = closes() / SERIES["early"][: str(PUBLISHED)].to_numpy()
    assert found.q == pytest.approx(np.mean(ratio[30:] > ratio[:-30]))
    assert found.against == "early"
    assert found.price == pytest.approx(ratio[-1]) == found.mark


def test_quantiles_are_those_of_every_earlier_day():
    found = frozen(made(tests=[relation("granger")], live=call(rise=0.1, horizon="90d"))).call
    price = closes()
    assert set(CHECKPOINTS[:4]) <= set(found.ages)
    for age, low, middle, high in zip(found.ages, found.low, found.median, found.high, strict=True):
        moved = price[age:] / price[:-age] - 1
        assert (low, middle, high) == pytest.approx(np.quantile(moved, (0.1, 0.5, 0.9)), abs=1e-3)


def test_the_extra_drift_is_that_of_the_claim():
    up = frozen(made(tests=[relation("granger")], live=call(rise=0.1))).call
    down = frozen(made(tests=[relation("granger")], live=call(rise=-0.1))).call
    assert up.p > up.q
    assert up.drift > 0 > down.drift


def test_the_line_is_least_squares_on_what_was_known():
    claim = made(tests=[relation("predictive_skill")])
    test, panel = deciding(claim), panel_for(claim)
    line = frozen(claim).line
    x, y, delay = test.forecasters(test.own(test.draw(panel)))
    fit = sm.OLS(y, sm.add_constant(x[:, 0])).fit()
    assert line.slope == pytest.approx(fit.params[1])
    assert line.base == pytest.approx(y.mean())
    assert line.spread == pytest.approx(np.sqrt(fit.scale))
    assert line.every == delay
    assert line.up == pytest.approx(np.mean(y > y.mean()))
    # Where the logit fits best, the ridge of one aside, its residuals are at right angles to x.
    away = x[:, 0] - x[:, 0].mean()
    wrong = (y > y.mean()) - expit(line.curve[0] + line.curve[1] * away)
    assert wrong.sum() == pytest.approx(0, abs=1e-6)
    assert wrong @ away / away.std() == pytest.approx(line.curve[1] * away.std(), rel=1e-6)


def test_of_several_predictors_the_one_with_the_largest_t_is_taken():
    claim = made(tests=[relation("lag_profile")])
    line = frozen(claim).line
    test = deciding(claim)
    x, y, _ = test.forecasters(test.own(test.draw(panel_for(claim))))
    t = [sm.OLS(y, sm.add_constant(column)).fit().tvalues[1] for column in x.T]
    assert line.column == int(np.argmax(t))
    # The market was made so that the follower answers three days later.
    assert line.column == 2
    assert not line.is_yes_or_no


def test_a_relation_the_other_way_round_foretells_nothing():
    claim = made(tests=[relation("predictive_skill")], direction="negative")
    found = frozen(claim)
    assert found.line is None
    assert "the other way round or not at all" in found.clock


def test_a_necessary_condition_is_a_ceiling():
    claim = made(tests=[relation("necessary_condition")])
    found = frozen(claim)
    test = deciding(claim)
    _, started, covered = test.seen(test.own(test.draw(panel_for(claim))))
    assert found.ceiling.q == pytest.approx(covered.mean())
    assert found.ceiling.p == test.ceiling
    assert found.line is None
    assert started.sum() >= 3


def test_why_nothing_can_be_followed():
    hedge = made(untestable="It names nothing.", type="hedge")
    panel = gather(("leader",), store_of(SERIES), as_of=PUBLISHED)
    assert register(hedge, ARTICLE, panel).clock == "It names nothing."
    fact = {"kind": "market_fact", "fact": "record", "of": "leader", "day": str(PUBLISHED)}
    assert "up to its publication" in register(made(tests=[fact]), ARTICLE, panel).clock
    first = PUBLISHED - timedelta(days=50)
    thin = {**SERIES, "follower": SERIES["follower"][str(first) :]}
    assert "50" in frozen(made(tests=[relation("lag_profile")]), thin).clock
    assert (
        "odds over 30 days need 91" in frozen(made(tests=[fact], live=call(rise=0.1)), thin).clock
    )


def test_a_call_needs_a_recent_price():
    ends = PUBLISHED - timedelta(days=20)
    old = {**SERIES, "follower": SERIES["follower"][: str(ends)]}
    fact = {"kind": "market_fact", "fact": "record", "of": "leader", "day": str(PUBLISHED)}
    found = frozen(made(tests=[fact], live=call(rise=0.1)), old)
    assert f"(last: {ends})" in found.clock


def test_a_panel_of_another_day_is_refused():
    claim = made(tests=[relation("lag_profile")])
    with pytest.raises(DataError, match="the panel ends on 2019-05-31"):
        register(claim, ARTICLE, panel_for(claim).until(PUBLISHED - timedelta(days=1)))


@settings(max_examples=6)
@given(kind=st.sampled_from(["predictive_skill", "lag_profile"]), factor=st.floats(0.3, 3))
def test_what_comes_after_publication_changes_nothing_frozen(kind, factor):
    claim = made(tests=[relation(kind)], live=call(rise=0.1))
    later = {name: given.copy() for name, given in SERIES.items()}
    for name in ("leader", "follower"):
        later[name][str(PUBLISHED + timedelta(days=1)) :] *= factor
    panel = gather(series_of(claim), store_of(later), as_of=date(2019, 12, 1))
    assert register(claim, ARTICLE, panel.until(PUBLISHED)) == frozen(claim)


def test_a_registration_is_read_back_with_its_hash():
    found = frozen(made(tests=[relation("lag_profile")], live=call(rise=0.1)))
    again = Registration.model_validate_json(found.text)
    assert (again, again.sha256) == (found, found.sha256)


def test_outcomes_do_not_overlap_and_are_seen_as_they_were_first_known():
    claim = made(tests=[relation("predictive_skill")])
    line = frozen(claim).line
    last = PUBLISHED + timedelta(days=60)
    panel = gather(series_of(claim), store_of(SERIES), as_of=last)
    found = relations.outcomes(deciding(claim), line, panel, PUBLISHED)
    assert (np.diff(found.known).astype(int) >= line.every).all()
    assert found.known[0] > np.datetime64(PUBLISHED) + line.every - 1
    test = deciding(claim)
    x, y, _ = test.forecasters(test.own(test.draw(panel)))
    n = test.forecasters(test.own(test.draw(panel.until(PUBLISHED))))[1].size
    rows = np.arange(n + line.every, y.size, line.every)
    assert found.surprise == pytest.approx(y[rows] - line.base)
    assert found.away == pytest.approx(x[rows, line.column] - line.centre)


def test_triggers_are_those_that_bear_on_the_claim():
    assert [each.id for each in frozen(ARTICLE.claim("rise")).triggers] == ["boom"]
    assert frozen(made(tests=[relation("lag_profile")])).triggers == ()


def test_the_watch_of_an_article_moves_no_hash_of_its_claims():
    article = load_article("silver-2026")
    assert article.watch is not None
    for name, digits in FOUNDING.items():
        assert article.claim(name).sha256.startswith(digits)
    bare = Article.model_validate({**dict(article), "watch": None})
    assert [c.sha256 for c in bare.claims] == [c.sha256 for c in article.claims]
