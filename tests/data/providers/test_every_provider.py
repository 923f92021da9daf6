"""What holds for every provider, whoever wrote it: it is asked and answered without a network."""

import importlib
import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from replay.cases import COMMON, Altered, altered
from replay.core import Market, answer_to, ask_of, driven

from leadline.data.clock import instants
from leadline.data.provider import (
    Agent,
    Licence,
    NotMeasuredError,
    Provider,
    Request,
    Rows,
    Want,
    WireFormatError,
    feeds,
)
from leadline.data.providers import built_in, provider
from leadline.data.series import Basis, find

IDS = sorted(built_in())
FEEDS = [(feed, name) for name, several in feeds().items() for feed in several]
MARKET = Market()
TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = date(2025, 1, 1)
KEY = "planted0key0planted0key0planted0"
# Their public interfaces are open to all; what they forbid is to pass the values on.
EXCHANGES = {"binance", "coinbase", "kraken"}
# How far what is sent may lie from the market, in relation and absolutely: whole numbers, shares
# of few articles, the fixing of another hour.
ROUGH = {"alternative": (0, 0.51), "gdelt": (0.5, 1e-5), "frankfurter": (0.2, 0)}

MAGIC = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"]\x00\x00", b"<", b"%PDF")
ANYTHING = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(str.encode),
    st.tuples(st.sampled_from(MAGIC), st.binary(max_size=60)).map(b"".join),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(("data", "observations", "a")), inner, max_size=3)
        ),
        max_leaves=6,
    ).map(lambda found: json.dumps(found).encode()),
)
JUNK = st.binary(max_size=4) | st.sampled_from((b",", b'"', b"null", b"-", b"9" * 400))


def replay_of(name):
    return importlib.import_module(f"replay.{name}")


def wanted(feed, name):
    info = feed.info(find(name))
    return Want(info, feed.code, TODAY, since=SINCE, key=KEY, contact="someone@mail.example")


def first_feed(name):
    return next(((feed, series) for feed, series in FEEDS if feed.provider == name), None)


def read(one, want, answer, market=MARKET):
    """Go through a plan and read every answer."""
    return [one.parse(want, got) for got in driven(one, want, answer, market)]


def read_or_refused(one, want, answer, market=MARKET):
    """Read every answer; no rows where one is refused in words. Anything else is an error."""
    try:
        return read(one, want, answer, market)
    except (NotMeasuredError, WireFormatError) as error:
        if not str(error) or KEY in str(error):
            raise
        return []


def spoiled(one, case):
    """Give the answers of a provider in one of the cases that all have in common."""
    module = replay_of(one.id)
    return lambda ask, market: COMMON[case](ask, market, module.answer)


def tail(days, values):
    return days[-200:], values[-200:]


@pytest.fixture(params=IDS)
def one(request):
    return provider(request.param)


@pytest.fixture
def told(one):
    """Give what a provider was asked for and answered, of a short history."""
    want = wanted(*first_feed(one.id))
    market = Altered(change=tail)
    return want, driven(one, want, replay_of(one.id).answer, market)


def test_each_says_who_it_is_and_on_what_terms(one):
    assert isinstance(one, Provider)
    assert one.title
    assert one.hosts
    assert not [host for host in one.hosts if "/" in host or host != host.lower()]
    assert one.agent in get_args(Agent)
    assert one.terms.licence in get_args(Licence)
    assert 0 < one.pace <= 60
    if one.terms.licence != "public":
        assert one.terms.credit
    if one.terms.licence == "restricted" and one.id not in EXCHANGES:
        assert one.terms.consent
    assert set(replay_of(one.id).HOSTS) & set(one.hosts)


def test_each_feeds_a_series(one):
    assert first_feed(one.id) is not None


def test_every_feed_has_its_provider():
    assert {feed.provider for feed, _ in FEEDS} <= set(IDS)


def requests_of(one, want, market, answer):
    """Go through a plan and give its requests."""
    plan = one.plan(want)
    found = []
    try:
        request = next(plan)
        while len(found) < 2000:
            found.append(request)
            reply = answer(ask_of(request), market)
            if reply.status == 200:
                request = plan.send(answer_to(request, reply, TODAY))
            else:
                request = plan.throw(NotMeasuredError("no", status=reply.status))
    except StopIteration:
        return found
    msg = "it asks without end"
    raise AssertionError(msg)


def test_each_asks_its_own_hosts_over_tls_and_names_its_secrets(one):
    want = wanted(*first_feed(one.id))
    for request in requests_of(one, want, Altered(change=tail), replay_of(one.id).answer):
        assert isinstance(request, Request)
        scheme, _, host = request.url.partition("://")
        assert scheme == "https"
        assert host.partition("/")[0] in one.hosts
        assert "?" not in request.url
        assert KEY not in request.url
        for name, text in (*request.query, *request.headers):
            assert isinstance(text, str)
            assert KEY not in text or name in request.secret
    assert KEY not in repr(want)


@pytest.mark.parametrize(("feed", "name"), FEEDS, ids=[f"{f.provider}-{n}" for f, n in FEEDS])
def test_what_was_sent_is_what_is_read(feed, name):
    one, want = provider(feed.provider), wanted(feed, name)
    answers = driven(one, want, replay_of(one.id).answer, MARKET)
    assert answers
    atol = 0.51 if want.info.kind == "count" else 1e-9
    seen = set()
    for answer in answers:
        rows = one.parse(want, answer)
        known, basis = one.known_at(want, answer, rows)
        _check_shapes(rows, known, basis, want)
        _check_values(rows, known, basis, want, *ROUGH.get(one.id, (1e-4, atol)))
        seen |= set(rows.period[~np.isnan(rows.value)])
    days, _ = MARKET.published(name)
    out = set(days[days >= np.datetime64(SINCE)])
    assert len(out & seen) >= 0.6 * len(out)


def _check_shapes(rows, known, basis, want):
    assert rows.period.dtype == "datetime64[D]"
    assert rows.value.dtype == np.float64
    assert rows.period.shape == rows.value.shape == known.shape
    assert known.dtype == "datetime64[s]"
    assert not np.isnat(known).any()
    assert basis in get_args(Basis)
    assert not np.isinf(rows.value).any()
    if basis != "vintage":
        assert np.unique(rows.period).size == len(rows)
    if basis in ("rule", "first_seen"):
        # Only the provider's own word can make a value known before its period has closed.
        assert (known >= instants(rows.period, want.info.close)).all()
        assert (known <= np.datetime64(TODAY.replace(tzinfo=None), "s")).all()


def _check_values(rows, known, basis, want, rtol, atol):
    name = want.info.id
    there = ~np.isnan(rows.value)
    for moment in np.unique(known) if basis == "vintage" else [None]:
        at = there if moment is None else there & (known == moment)
        vintage = None if moment is None else (moment - np.timedelta64(12, "h")).astype("M8[D]")
        days, values = MARKET.series(name) if vintage is None else MARKET.vintage(name, vintage)
        place = np.searchsorted(days, rows.period[at])
        assert (days[np.minimum(place, days.size - 1)] == rows.period[at]).all()
        np.testing.assert_allclose(rows.value[at], values[place], rtol=rtol, atol=atol)


def test_the_probe_is_small_and_brings_something(one):
    want = replace(one.probe(TODAY), key=KEY, contact="someone@mail.example")
    answers = driven(one, want, replay_of(one.id).answer, MARKET, patience=6)
    assert sum(len(one.parse(want, answer)) for answer in answers) > 0


def same(a, b):
    return all(
        (one is None and other is None) or np.array_equal(one, other, equal_nan=True)
        for one, other in ((getattr(a, f.name), getattr(b, f.name)) for f in fields(Rows))
    )


def test_reading_twice_gives_the_same(one, told):
    want, answers = told
    for answer in answers:
        assert same(one.parse(want, answer), one.parse(want, answer))


def readable(one, want, answer):
    """Read it, or see it refused in words; anything else is an error. Give the rows, or None."""
    try:
        rows = one.parse(want, answer)
    except WireFormatError as error:
        if not str(error).startswith(f"{one.id}: ") or KEY in str(error):
            raise
        return None
    known, _ = one.known_at(want, answer, rows)
    assert len(known) == len(rows)
    return rows


@pytest.mark.parametrize("name", IDS)
def test_any_bytes_are_rows_or_an_error_in_words(name):
    one = provider(name)
    want = wanted(*first_feed(name))
    answers = driven(one, want, replay_of(name).answer, Altered(change=tail))

    @settings(max_examples=20)
    @given(body=ANYTHING, which=st.integers(0, len(answers) - 1))
    def check(body, which):
        readable(one, want, replace(answers[which], body=body))

    check()


@pytest.mark.parametrize("name", IDS)
def test_spoiled_answers_are_rows_or_an_error_in_words(name):
    one = provider(name)
    want = wanted(*first_feed(name))
    answers = driven(one, want, replay_of(name).answer, Altered(change=tail))

    @settings(max_examples=20)
    @given(
        which=st.integers(0, len(answers) - 1),
        where=st.floats(0, 1),
        less=st.integers(0, 6),
        more=JUNK,
    )
    def check(which, where, less, more):
        body = answers[which].body
        at = int(where * len(body))
        spoiled = body[:at] + more + body[at + less :]
        readable(one, want, replace(answers[which], body=spoiled))

    check()


@pytest.mark.parametrize("name", IDS)
def test_an_answer_cut_off_is_a_part_of_it_or_an_error(name):
    one = provider(name)
    want = wanted(*first_feed(name))
    answer = driven(one, want, replay_of(name).answer, Altered(change=tail))[-1]
    whole = one.parse(want, answer)

    @settings(max_examples=20)
    @given(where=st.floats(0, 1, exclude_max=True))
    def check(where):
        cut = replace(answer, body=answer.body[: int(where * len(answer.body))])
        rows = readable(one, want, cut)
        if rows is not None and rows.stamp is None:
            known = dict(zip(whole.period, whole.value, strict=True))
            pairs = zip(rows.period, rows.value, strict=True)
            other = [day for day, x in pairs if not np.array_equal(known[day], x, equal_nan=True)]
            # The last number may be cut in two: the transport counts the bytes.
            assert len(other) <= 1

    check()


@pytest.mark.parametrize("case", ["html_200", "zeros_200", "schema_drift", "contradicting_rows"])
def test_what_is_not_as_expected_is_refused(one, case):
    want = wanted(*first_feed(one.id))
    with pytest.raises((WireFormatError, NotMeasuredError)):
        read(one, want, spoiled(one, case))


@pytest.mark.parametrize("case", ["empty_200", "ok_empty_range"])
def test_an_empty_answer_is_no_rows_or_an_error(one, case):
    want = wanted(*first_feed(one.id))
    assert sum(map(len, read_or_refused(one, want, spoiled(one, case)))) == 0


def test_equal_duplicates_are_merged_and_the_order_does_not_matter(one):
    want = wanted(*first_feed(one.id))
    plain = sum(map(len, read(one, want, replay_of(one.id).answer)))
    for case in ("duplicate_rows", "unsorted"):
        # Where only so many rows are sent, others take the place of the oldest or the unfinished.
        assert abs(sum(map(len, read(one, want, spoiled(one, case)))) - plain) <= 2


def test_its_own_cases_are_read_or_refused_in_words(one):
    cases = replay_of(one.id).CASES
    assert cases
    for case in cases.values():
        read_or_refused(one, wanted(*first_feed(one.id)), case, Altered(change=tail))


def test_nothing_from_the_future_is_read(one):
    def answer(ask, market):
        ahead = altered(lambda days, values: (days + np.timedelta64(40, "D"), values))
        return ahead(ask, market, replay_of(one.id).answer)

    for rows in read_or_refused(one, wanted(*first_feed(one.id)), answer):
        assert (rows.period <= np.datetime64("2026-11-20")).all()
