"""What was written for a day was known on it, whichever day one asks on."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live.made import (
    FACT,
    LAST,
    PUBLISHED,
    RISING,
    a_claim,
    an_article,
    call,
    days,
    relation,
    store_of,
    the_series,
)

from leadline.claim import Article, Claim
from leadline.errors import DataError
from leadline.live.book import Freshness, Phase, State
from leadline.live.follow import follow
from leadline.trial import hear

SERIES = the_series()
ARTICLE = an_article()
# Without a rally to give odds of: those have tests of their own, and take their time.
PLAIN = an_article(kinds=("lag_profile", "regime_means"))
SMALL = an_article(kinds=(), marks=("fall", "beats"))


@pytest.fixture(scope="module")
def book():
    return follow(ARTICLE, store_of(SERIES), as_of=LAST)


@pytest.fixture(scope="module")
def plain():
    return follow(PLAIN, store_of(SERIES), as_of=LAST)


@pytest.fixture(scope="module")
def small():
    return follow(SMALL, store_of(SERIES), as_of=LAST)


def texts(rows):
    return [row.text for row in rows]


def until(book, day):
    return [row for row in book.rows if row.day <= day]


def test_there_is_a_row_for_every_claim_and_day(book):
    for claim in ARTICLE.claims:
        written = [row.day for row in book.of(claim.ref)]
        assert written == days()
    for kind in ("phase", "data"):
        assert [row.day for row in book.of("made") if row.body.kind == kind] == days()
    assert len({row.place for row in book.rows}) == len(book.rows)
    assert list(book.rows) == sorted(book.rows, key=lambda row: row.place)


def test_every_row_names_what_was_frozen(book):
    hashes = {ref: each.sha256 for ref, each in book.registrations.items()}
    for row in book.rows:
        if isinstance(row.body, State):
            assert row.body.registration == hashes[row.subject]


def test_replay_in_one_go_is_what_was_gathered_day_by_day(small):
    for day in days()[::3]:
        # The store of that day holds nothing later at all.
        alone = follow(SMALL, store_of(SERIES, until=day), as_of=day)
        assert alone.registrations == small.registrations
        assert texts(alone.on(day)) == texts(small.on(day))


@pytest.mark.parametrize("age", [1, 17, 52])
def test_every_kind_of_relation_and_the_odds_are_what_they_were(book, age):
    day = PUBLISHED + timedelta(days=age)
    alone = follow(ARTICLE, store_of(SERIES, until=day), as_of=day)
    assert alone.registrations == book.registrations
    assert texts(alone.rows) == texts(until(book, day))


@settings(max_examples=8)
@given(
    age=st.integers(1, (LAST - PUBLISHED).days - 1),
    factor=st.floats(0.2, 5.0),
    name=st.sampled_from(["leader", "follower", "early"]),
)
def test_what_comes_later_changes_no_row(small, age, factor, name):
    day = PUBLISHED + timedelta(days=age)
    later = SERIES[name].copy()
    later[str(day + timedelta(days=1)) :] *= factor
    other = follow(SMALL, store_of({**SERIES, name: later}), as_of=LAST)
    assert other.registrations == small.registrations
    assert texts(until(other, day)) == texts(until(small, day))


def test_live_and_trial_say_the_same_on_the_same_day(plain):
    store = store_of(SERIES)
    for name in ("rise", "fall", "level", "record", "beats", "both", "hedge"):
        claim = PLAIN.claim(name)
        for age in (1, 31) if name == "both" else (1, 5, 24, 31, 60):
            day = PUBLISHED + timedelta(days=age)
            live = hear(claim, store, as_of=day).live
            body = next(row.body for row in plain.on(day) if row.subject == claim.ref)
            assert (live.state, live.sentence) == (body.state, body.sentence)
            assert (live.day, live.of) == (body.day, body.of)
            if body.moved is not None:
                assert live.follower_return == body.moved
                assert live.percentile == body.percentile


def test_a_claim_alone_is_followed_as_among_the_others(plain):
    claim = PLAIN.claim("rise")
    alone = follow(Article.model_copy(PLAIN, update={"claims": (claim,)}), store_of(SERIES),
                   as_of=LAST)  # fmt: skip
    assert texts(alone.of(claim.ref)) == texts(plain.of(claim.ref))


def test_nothing_published_yet_is_refused_with_the_first_day():
    with pytest.raises(DataError, match="the first day to follow is 2019-06-02"):
        follow(ARTICLE, store_of(SERIES), as_of=PUBLISHED)


def test_a_claim_that_appears_later_has_no_rows_before():
    later = a_claim("later", tests=[relation("lag_profile")], first_seen=PUBLISHED + timedelta(9))
    article = ARTICLE.model_copy(
        update={"claims": (ARTICLE.claim("rise"), Claim.model_validate(later))}
    )
    found = follow(article, store_of(SERIES), as_of=PUBLISHED + timedelta(12))
    assert [row.day for row in found.of("made/later")] == days(
        PUBLISHED + timedelta(9), PUBLISHED + timedelta(12)
    )
    assert (
        "made/later"
        not in follow(article, store_of(SERIES), as_of=PUBLISHED + timedelta(9)).registrations
    )


def test_a_claim_without_its_series_is_named_and_the_others_go_on():
    series = {name: given for name, given in SERIES.items() if name != "early"}
    found = follow(PLAIN, store_of(series), as_of=PUBLISHED + timedelta(5))
    assert "made/beats" not in found.registrations
    assert list(found.of("made/rise"))
    body = next(row.body for row in found.on(found.last) if isinstance(row.body, Freshness))
    assert body.missing == {"made/beats": "The store has no early that was known by 2019-06-01."}


def test_a_series_that_begins_after_publication_cannot_be_followed():
    series = {**SERIES, "early": SERIES["early"][str(PUBLISHED + timedelta(3)) :]}
    found = follow(PLAIN, store_of(series), as_of=PUBLISHED + timedelta(9))
    assert "made/beats" not in found.registrations


def test_what_ends_makes_the_data_stale_and_the_phase_unknown():
    ends = PUBLISHED + timedelta(days=10)
    cut = {name: SERIES[name][: str(ends)] for name in ("p_rising", "p_falling", "follower")}
    found = follow(PLAIN, store_of({**SERIES, **cut}), as_of=LAST)
    phases = {row.day: row.body for row in found.of("made") if isinstance(row.body, Phase)}
    allowed = 7
    assert phases[ends + timedelta(days=allowed)].probabilities
    assert not phases[ends + timedelta(days=allowed + 1)].probabilities
    turned = ends + timedelta(days=allowed + 5)
    assert phases[turned - timedelta(days=1)].label in {"rising", "falling"}
    assert (phases[turned].label, phases[turned].since) == ("unknown", turned)
    stale = {row.day: row.body.stale for row in found.of("made") if row.body.kind == "data"}
    assert stale[ends + timedelta(days=allowed)] == ()
    assert "follower" in stale[ends + timedelta(days=allowed + 1)]
    # The end of the horizon, without a recent close, settles nothing.
    last = next(row.body for row in found.on(LAST) if row.subject == "made/level")
    assert last.state not in {"hit", "miss"}
    assert last.sentence.endswith(f"No price of follower came after {ends}.")


def test_thin_history_gives_a_state_but_no_odds():
    first = PUBLISHED - timedelta(days=40)
    series = {**SERIES, "follower": SERIES["follower"][str(first) :]}
    article = PLAIN.model_copy(update={"claims": (PLAIN.claim("rise"),)})
    found = follow(article, store_of(series), as_of=LAST)
    frozen = found.registrations["made/rise"]
    assert frozen.call is None
    assert frozen.clock
    assert next(row.body for row in found.on(LAST) if row.subject == "made/rise").state in {
        "hit",
        "miss",
    }


def test_a_hit_waits_for_the_close_that_could_expose_it():
    days_ = SERIES["follower"].index
    flat = SERIES["follower"].copy()
    at = int(np.searchsorted(days_.to_numpy(), np.datetime64(PUBLISHED)))
    noise = 1 + 0.001 * np.sin(np.arange(flat.size))
    flat[:] = 1000.0 * noise
    up = flat.copy()
    up.iloc[at + 10 :] *= 1.5
    spike = flat.copy()
    spike.iloc[at + 10] *= 1.5
    article = PLAIN.model_copy(
        update={
            "claims": (
                Claim.model_validate(
                    a_claim("x", tests=[relation("granger")], live=call(rise=0.2))
                ),
            )
        }
    )

    def states(given):
        found = follow(article, store_of({**SERIES, "follower": given}), as_of=LAST)
        return {row.day: row.body for row in found.of("made/x")}

    found = states(up)
    tenth = PUBLISHED + timedelta(days=10)
    assert found[tenth].state != "hit"
    assert found[tenth + timedelta(days=1)].state == "hit"
    assert found[tenth + timedelta(days=1)].since == tenth
    assert found[LAST].state == "hit"
    assert "reached its mark on 2019-06-11" in found[LAST].sentence
    found = states(spike)
    assert {body.state for body in found.values()} <= {"not_so_far", "on_course", "miss"}
    assert found[PUBLISHED + timedelta(days=29)].state != "miss"
    assert found[PUBLISHED + timedelta(days=30)].state == "miss"


def test_a_forecast_is_of_one_time_and_a_pattern_goes_on():
    success = {"rise": 0.5}
    claims = [
        a_claim(kind, type=kind, tests=[relation("event_coincidence")], live=call(**success))
        for kind in ("forecast", "pattern")
    ]
    article = SMALL.model_copy(update={"claims": tuple(map(Claim.model_validate, claims))})
    found = follow(article, store_of(SERIES), as_of=LAST)
    end = PUBLISHED + timedelta(days=30)
    told = {
        kind: [row.body for row in found.of(f"made/{kind}")] for kind in ("forecast", "pattern")
    }
    assert told["forecast"][-1].state == "miss"
    for kind, n_outcomes in (("forecast", 1), ("pattern", 2)):
        assert told[kind][-1].outcomes.n <= n_outcomes
        assert told[kind][29].outcomes.next_due == (
            None if kind == "forecast" else LAST - timedelta(20)
        )
    once = told["forecast"]
    # Nothing is left to come of it, so that no day is named on which it could be decided.
    assert all(body.outcomes.decides is None for body in once)
    assert all(body.returns.decides is None or body.returns.decides <= end for body in once)
    assert {(body.returns.n, body.returns.value) for body in once[29:]} == {
        (once[29].returns.n, once[29].returns.value)
    }
    assert told["pattern"][-1].returns.n > once[-1].returns.n


def test_a_hit_ends_what_a_forecast_says_of_returns():
    said = {"horizon": "30d", "success": {"series": "follower", "level": 3200.0}}
    claim = Claim.model_validate(a_claim("x", tests=[FACT], live=said))
    article = PLAIN.model_copy(update={"claims": (claim,)})
    price = SERIES["follower"].copy()
    later = price.index > str(PUBLISHED + timedelta(days=9))
    price[later] = 3300.0 * (1 + 0.001 * np.sin(np.arange(later.sum())))
    book = follow(article, store_of({**SERIES, "follower": price}), as_of=LAST)
    found = [row.body for row in book.of("made/x")]
    hit = next(i for i, body in enumerate(found) if body.state == "hit")
    assert hit < 15
    assert found[hit - 1].returns.n < found[hit].returns.n
    assert {body.returns for body in found[hit:]} == {found[hit].returns}
    assert found[hit].returns.decides is None


def test_a_decision_takes_longer_where_the_antecedent_seldom_holds():
    def decided(antecedent):
        said = {**call(rise=0.3), "antecedent": antecedent}
        claim = Claim.model_validate(a_claim("x", tests=[FACT], live=said))
        book = follow(PLAIN.model_copy(update={"claims": (claim,)}), store_of(SERIES), as_of=LAST)
        first = next(book.of("made/x")).body
        return [(each.decides - PUBLISHED).days for each in (first.outcomes, first.returns)]

    always = decided({**RISING, "above": -5.0})
    half = decided(RISING)
    # Up over 20 days on about half of all days; the odds of the claim are nearly the same.
    assert all(1.4 * plain < seldom for plain, seldom in zip(always, half, strict=True))
