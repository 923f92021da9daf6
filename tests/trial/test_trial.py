"""A claim and a store go in, a verdict comes out: on small markets."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from evidence.quick import FEW, RISE, SMALL, beside, infos, market

from leadline import archive
from leadline.claim import Article, Claim
from leadline.data.series import Series, SeriesInfo, series_of
from leadline.data.store import MemoryStore
from leadline.errors import NotHeldError
from leadline.trial import Unheard, adjusted, hear, hear_article, hear_each

PUBLISHED = date(2020, 1, 1)
KINDS = sorted(SMALL)


def a_claim(kind="lag_profile", **more):
    test = {"kind": kind, "leader": "leader", "follower": "follower", **FEW, **SMALL[kind]}
    said = {
        "id": f"X-{kind}",
        "paraphrase": "It leads.",
        "publisher": "somebody",
        "type": "pattern",
        "first_seen": PUBLISHED,
        "tests": [test],
    }
    return Claim.model_validate(said | more)


def as_series(given, info):
    days = given.index.to_numpy().astype("datetime64[D]")
    return series_of(info, days, given.to_numpy().astype(float))


def a_store(pair):
    """Give a store of both prices, and of the conditions and the price that follow from them."""
    read = beside(*pair)
    conditions = infos(read)
    return MemoryStore(
        {
            name: as_series(
                given,
                conditions.get(name) or SeriesInfo(id=name, title=name, unit="USD", kind="price"),
            )
            for name, given in read.items()
        }
    )


@pytest.fixture(scope="module")
def store():
    return a_store(market())


@pytest.fixture(scope="module")
def leads(store):
    return hear(a_claim(), store, as_of=PUBLISHED - timedelta(days=1))


def changed_after(store, day, factor):
    """Give a store in which every value after a day is another."""

    def changed(series: Series) -> Series:
        later = series.period > np.datetime64(day)
        other = 1 - series.value if series.info.is_state else factor * series.value
        return series_of(series.info, series.period, np.where(later, other, series.value))

    return MemoryStore({name: changed(store.series(name)) for name in store.ids()})


def digits(verdict):
    """Give everything that a second run must repeat: all but the clock."""
    document = archive.document(verdict)
    document["made_by"].pop("at")
    return document


def test_a_planted_lead_is_found_and_its_absence_too(leads):
    assert leads.history.outcome in {"supported", "weakly_supported"}
    none = hear(a_claim(), a_store(market(link=0.0, noise=0.02, seed=2)), as_of=PUBLISHED)
    assert none.history.outcome in {"not_supported", "undecidable"}


def test_a_verdict_is_complete(leads):
    assert leads.document == "verdict"
    assert [number.name for number in leads.history.numbers] == [
        "size",
        "odds",
        "power",
        "episodes",
    ]
    assert leads.history.data_until == PUBLISHED - timedelta(days=1)
    assert leads.claim.sha256 == a_claim().sha256
    assert leads.seal == archive.sealed(leads).seal
    assert archive.dumps(leads).startswith("{")


def test_two_runs_give_the_same_digits_apart_from_the_clock(leads, store):
    again = hear(a_claim(), store, as_of=PUBLISHED - timedelta(days=1))
    assert digits(again) == digits(leads)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_after_publication_changes_no_history(store, kind):
    claim = a_claim(kind)
    then = hear(claim, store, as_of=PUBLISHED - timedelta(days=1))
    today = hear(claim, store)
    other = hear(claim, changed_after(store, PUBLISHED, 3.0))
    assert then.evidence == today.evidence == other.evidence
    assert then.history == today.history == other.history
    assert then.live.state == "not_published_yet"
    assert today.as_of > PUBLISHED


def test_a_past_day_gives_the_verdict_of_that_day(store):
    early = date(2019, 3, 1)
    then = hear(a_claim(), store, as_of=early)
    other = hear(a_claim(), changed_after(store, early, 0.5), as_of=early)
    assert then.evidence == other.evidence
    assert then.history.data_until == early
    assert then.evidence[0].stop <= "2019-03-01"


def test_claims_heard_together_get_the_digits_they_get_alone(store):
    claims = [a_claim(kind) for kind in KINDS]
    article = Article(
        id="all",
        title="All of it",
        publisher="somebody",
        first_seen=PUBLISHED,
        claims=tuple(claims),
    )
    together = hear_article(article, store, as_of=PUBLISHED)
    backwards = article.model_copy(update={"claims": tuple(reversed(claims))})
    reversed_order = hear_article(backwards, store, as_of=PUBLISHED)[::-1]
    for claim, verdict, other in zip(claims, together, reversed_order, strict=True):
        alone = hear(claim, store, as_of=PUBLISHED)
        assert verdict.claim.id == claim.ref
        assert digits(verdict) == digits(alone) == digits(other)
    p = adjusted(together)
    assert set(p) == {claim.ref for claim in claims}
    assert all(raw <= by_holm <= 1 for raw, by_holm, _ in p.values())


def test_progress_runs_from_nothing_to_all(store):
    seen = []
    claim = a_claim(
        tests=[
            {
                "kind": "event_study",
                "leader": "leader",
                "follower": "follower",
                **FEW,
                "event": RISE,
                "horizon": horizon,
            }
            for horizon in ("5d", "10d")
        ]
    )
    hear(claim, store, as_of=PUBLISHED, progress=lambda name, share: seen.append((name, share)))
    assert seen == [("X-lag_profile: test 1 of 2", 0.5), ("X-lag_profile: test 2 of 2", 1.0)]


def test_a_claim_without_a_test_is_untestable(store):
    claim = a_claim(tests=[], untestable="It names no asset.")
    verdict = hear(claim, store, as_of=PUBLISHED)
    assert verdict.history.outcome == "untestable"
    assert verdict.evidence == ()
    assert verdict.seal == archive.sealed(verdict).seal


def test_thin_data_are_untestable_with_the_reason():
    verdict = hear(a_claim(first_seen=date(2017, 3, 1)), a_store(market()))
    assert verdict.history.outcome == "untestable"
    assert "needs" in verdict.history.sentence
    assert verdict.history.would_change.startswith("Enough data")


@pytest.mark.parametrize(
    ("rise", "state"), [(0.001, "hit"), (50.0, "miss"), (-0.999, "miss"), (-0.001, "hit")]
)
def test_the_live_part_is_scored_by_the_claims_own_rule(store, rise, state):
    rule = {"horizon": "60d", "success": {"series": "follower", "rise": rise}}
    live = hear(a_claim(live=rule), store).live
    assert live.state == state
    assert (live.day, live.of) == (60, 60)


def test_the_live_part_sees_no_more_than_its_day(store):
    rule = {"horizon": "60d", "success": {"series": "follower", "rise": 0.4}}
    day = PUBLISHED + timedelta(days=20)
    one = hear(a_claim(live=rule), store, as_of=day)
    other = hear(a_claim(live=rule), changed_after(store, day, 9.0), as_of=day)
    assert one.live == other.live
    assert one.live.day == 20


def test_what_cannot_be_heard_does_not_keep_the_others_from_it(store):
    able, lacking = a_claim(), a_claim(id="X-lacking", placebos=["elsewhere"])
    heard, unheard = hear_each((able, lacking), store, as_of=PUBLISHED)
    assert digits(heard) == digits(hear(able, store, as_of=PUBLISHED))
    assert isinstance(unheard, Unheard)
    assert unheard.missing == ("elsewhere",)
    assert "elsewhere" in unheard.reason
    with pytest.raises(NotHeldError, match="elsewhere"):
        hear(lacking, store, as_of=PUBLISHED)


def test_a_series_that_was_not_known_yet_keeps_only_its_readers_from_being_heard(store):
    late = store.series("leader")
    young = late.period > np.datetime64(PUBLISHED)
    held = {name: store.series(name) for name in store.ids()}
    held["young"] = series_of(late.info, late.period[young], late.value[young])
    both = (a_claim(), a_claim(id="X-young", placebos=["young"]))
    heard, unheard = hear_each(both, MemoryStore(held), as_of=PUBLISHED)
    assert digits(heard) == digits(hear(both[0], store, as_of=PUBLISHED))
    assert unheard.missing == ()
    assert f"known by {PUBLISHED - timedelta(days=1)}" in unheard.reason


def test_an_article_is_heard_whole_or_not_at_all(store):
    article = Article(
        id="all",
        title="All of it",
        publisher="somebody",
        first_seen=PUBLISHED,
        claims=(a_claim(), a_claim(id="X-lacking", placebos=["elsewhere"])),
    )
    with pytest.raises(NotHeldError, match="elsewhere"):
        hear_article(article, store)


def test_who_gave_the_values_is_credited(store):
    held = {name: store.series(name) for name in store.ids()}
    held["leader"] = replace(held["leader"], providers=("coinmetrics", "import"))
    verdict = hear(a_claim(), MemoryStore(held), as_of=PUBLISHED)
    rows = {row["id"]: row for row in verdict.data}
    assert rows["leader"]["providers"] == ["coinmetrics", "import"]
    assert rows["leader"]["credit"] == ["Prices: Coin Metrics, CC BY-NC 4.0."]
    assert "providers" not in rows["follower"]
