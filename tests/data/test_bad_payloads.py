"""Every bad answer of every provider is refused and named, and leaves the store as it was."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from replay.cases import MUST_FAIL
from replay.server import modules
from sqlalchemy import select

from leadline.data import providers
from leadline.data.database import Database, tables
from leadline.data.fetching import fetch

BEFORE = datetime(2026, 9, 1, 12, tzinfo=UTC)
AFTER = BEFORE + timedelta(days=60)
SINCE = BEFORE.date() - timedelta(days=150)
PLAYED = modules()
FAULTS = [(provider, case) for provider in PLAYED for case in MUST_FAIL]
# Every fault at several providers, and several faults at every provider.
QUICK = FAULTS[::4]
EVERY = [pytest.param(*pair, marks=() if pair in QUICK else pytest.mark.slow) for pair in FAULTS]
OWN = [(provider, case) for provider, module in PLAYED.items() for case in module.CASES]


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("FRED_API_KEY", "0123456789abcdef0123456789abcdef")


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Keep the store of each provider after one good fetch."""
    return {}, tmp_path_factory.mktemp("stores")


@pytest.fixture
def fetched(stores, replay, asking, only, tmp_path):
    """Give a store that holds a provider's good answer, and fetch into it once more."""
    known, folder = stores

    def run(provider, case):
        name = only(provider)
        if provider not in known:
            replay.on(BEFORE.date())
            path = folder / f"{provider}.db"
            with Database.open(path) as db, asking(db, now=BEFORE) as transport:
                (first,) = fetch([name], db, since=SINCE, accept=[provider], transport=transport)
            assert first.outcome == "ok", first
            known[provider] = path
        path = tmp_path / "leadline.db"
        shutil.copy(known[provider], path)
        replay.reset()
        replay.on(AFTER.date())
        replay.script_provider(provider, case)
        wait = 0.1 if case == "hang" else 5.0
        with Database.open(path) as db:
            before = contents(db)
            with asking(db, now=AFTER, timeout=wait) as transport:
                (outcome,) = fetch([name], db, since=SINCE, transport=transport)
            return outcome, before, contents(db), refusals(db)

    return run


def contents(db):
    table = tables.observations
    with db.connect() as connection:
        return set(connection.execute(select(table).order_by(table.c.id)).all())


def refusals(db):
    held = tables.fetches.c
    with db.connect() as connection:
        query = select(held.outcome, held.message, held.status, held.sha256)
        return connection.execute(query.where(held.outcome.in_(("not_measured", "rejected")))).all()


def check_refused(outcome, before, after, kept, provider):
    assert outcome.outcome in ("not_measured", "rejected"), outcome
    assert after == before
    assert before
    hosts = providers.provider(provider).hosts
    assert outcome.message.startswith(f"{provider}: "), outcome.message
    assert any(f"https://{host}/" in outcome.message for host in hosts), outcome.message
    (record, *_) = kept
    assert record.outcome == outcome.outcome
    assert outcome.message.startswith(record.message)
    if record.status is not None:
        assert f"status {record.status}" in outcome.message
        assert "begins " in outcome.message or "empty" in outcome.message, outcome.message


@pytest.mark.parametrize(("provider", "case"), EVERY)
def test_a_bad_answer_is_refused_and_named(fetched, provider, case):
    check_refused(*fetched(provider, case), provider)


@pytest.mark.parametrize(("provider", "case"), OWN)
def test_a_providers_own_case_is_taken_whole_or_refused(fetched, provider, case):
    outcome, before, after, kept = fetched(provider, case)
    assert before <= after
    if not outcome.measured:
        check_refused(outcome, before, after, kept, provider)


def test_there_are_enough_bad_answers():
    assert len(QUICK) >= 60
    assert len(PLAYED) >= 15
    for one in (0, 1):
        assert {pair[one] for pair in QUICK} == {pair[one] for pair in FAULTS}
