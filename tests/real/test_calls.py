"""The library's calls on the folder of real series, each settled again by hand from the files."""

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from leadline.claim import library, load_article
from leadline.data.providers.folder import FolderStore
from leadline.live.calls import calls
from leadline.live.follow import follow
from leadline.live.lags import lags
from leadline.report import words
from leadline.trial import hear_each

pytestmark = pytest.mark.real_data

DAY = date(2026, 8, 20)
PAGE = Path(__file__).parents[2] / "docs" / "results" / "calls.md"
FILES = {
    "bitcoin": (("btc", "value"), ("btc_ohlc", "close")),
    "silver": (("silver", "value"),),
    "gold": (("gold", "value"),),
}
BY_MARK = {
    # id: series, days, rise or level or "record"; how it came out, and when
    "W53": ("bitcoin", 85, "record", "hit", "2025-05-20"),
    "W53-mean": ("bitcoin", 90, 0.37, "miss", "2025-06-05"),
    "W05-call": ("bitcoin", 258, "record", "hit", "2025-05-20"),
    "W48-call": ("bitcoin", 62, 150_000, "miss", "2025-08-31"),
    "W06-call": ("bitcoin", 61, "record", "hit", "2025-10-05"),
    "W45": ("bitcoin", 69, 180_000, "miss", "2025-12-31"),
    "W63": ("bitcoin", 365, 170_000, "open", None),
    "S25": ("bitcoin", 365, 0.5, "open", None),
    "S27": ("bitcoin", 365, 0.5, "open", None),
    "S31": ("bitcoin", 180, 0.2, "miss", "2026-07-22"),
    "S33": ("bitcoin", 365, 0.5, "open", None),
    "W72": ("silver", 90, 150, "miss", "2026-04-27"),
}
BY_END = {
    "W70": ("bitcoin", "gold", 241, "miss", "2025-12-31"),
    "W19": ("bitcoin", "silver", 90, "hit", "2026-04-27"),
}


@pytest.fixture(scope="module")
def store(data_dir):
    return FolderStore(data_dir)


@pytest.fixture(scope="module")
def board(store):
    return calls(library(), store, DAY)


@pytest.fixture(scope="module")
def rows(board):
    return {row.claim.partition("/")[2]: row for row in board.rows}


@pytest.fixture(scope="module")
def price(data_dir):
    """Read closes from the files themselves; where one ends, the next goes on."""

    def read(series):
        found: dict[date, float] = {}
        for name, column in FILES[series]:
            with (data_dir / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
                last = max(found, default=date.min)
                for line in csv.DictReader(lines):
                    day = date.fromisoformat(line["date"])
                    if day > last and line[column]:
                        found[day] = float(line[column])
        return found

    return {series: read(series) for series in FILES}


def settle(path, said, due, asked):
    """Settle by hand: the first close at the mark, or the end."""
    before = [value for day, value in path.items() if day <= said]
    mark = {True: max(before)}.get(asked == "record")
    if mark is None:
        mark = before[-1] * (1 + asked) if asked < 1 else asked
    for day, value in path.items():
        reached = value > mark if asked == "record" else value >= mark
        if said < day <= due and reached:
            return "hit", day, mark
    return ("miss", due, mark) if due <= DAY else ("open", None, mark)


@pytest.mark.parametrize("name", BY_MARK)
def test_a_mark_is_reached_or_not_in_the_files_too(rows, price, name):
    series, length, asked, state, on = BY_MARK[name]
    row = rows[name]
    due = row.said + timedelta(days=length)
    assert (row.series, row.due) == (series, due)
    assert (row.state, row.on) == (state, on and date.fromisoformat(on))
    by_hand, day, mark = settle(price[series], row.said, due, asked)
    assert (by_hand, day) == (row.state, row.on)
    assert row.mark == pytest.approx(mark)


@pytest.mark.parametrize("name", BY_END)
def test_one_does_better_or_not_in_the_files_too(rows, price, name):
    series, other, length, state, on = BY_END[name]
    row = rows[name]
    due = row.said + timedelta(days=length)
    both = [day for day in price[series] if day in price[other]]
    start = max(day for day in both if day <= row.said)
    end = max(day for day in both if day <= due)
    own, others = (price[each][end] / price[each][start] for each in (series, other))
    assert (row.state, row.on, row.due) == (state, date.fromisoformat(on), due)
    assert (own > others) == (state == "hit")


@pytest.mark.parametrize("name", [name for name in BY_MARK if name not in {"S25", "S27", "S33"}])
def test_the_base_rate_is_counted_from_the_files_too(rows, price, name):
    series, length, asked, *_ = BY_MARK[name]
    row = rows[name]
    path = {day: value for day, value in price[series].items() if day <= row.said}
    level = np.log(list(path.values()))
    years = (row.said - min(path)).days / 365.25
    n = round(length / 365.25 * (len(path) - 1) / years)
    _, _, mark = settle(price[series], row.said, row.due, asked)
    by = np.log(mark) - level[-1]
    came = [
        np.max(level[day + 1 : day + 1 + n]) - level[day] >= by for day in range(level.size - n)
    ]
    assert row.base == pytest.approx(np.mean(came), abs=0.003)
    assert row.n_eff == pytest.approx(len(came) / n, rel=0.02)


def test_every_call_is_in_one_of_the_tables(board, rows):
    vague = {name for name, row in rows.items() if row.vague}
    assert rows.keys() == BY_MARK.keys() | BY_END.keys() | vague
    assert all(row.sentence for row in rows.values())
    assert (board.totals.hits, board.totals.misses, board.totals.open) == (4, 6, 2)
    assert (board.totals.vague, board.totals.lacking, board.totals.repeated) == (9, 0, 2)


def test_what_is_settled_stays_settled(store, rows):
    settled: dict[str, object] = {}
    for day in ("2025-05-21", "2025-09-01", "2025-10-06", "2025-12-31", "2026-03-01", "2026-07-22"):
        for row in calls(library(), store, date.fromisoformat(day)).rows:
            if row.settled:
                settled.setdefault(row.claim, row)
                assert row == settled[row.claim]
    assert {row.claim for row in rows.values() if row.settled} == settled.keys()
    for row in rows.values():
        assert settled.get(row.claim, row) == row


def test_the_ledger_says_what_the_scoreboard_says(store, rows):
    article = load_article("lags-and-calls")
    made = tuple(claim for claim in article.claims if claim.live is not None)
    book = follow(article.model_copy(update={"claims": made}), store, as_of=DAY)
    for claim in made:
        row, call = rows[claim.id], book.registrations[claim.ref].call
        *_, last = (written.body for written in book.of(claim.ref) if written.body.kind == "state")
        state = last.state if last.state in {"hit", "miss"} else "open"
        assert state == row.state
        assert state == "open" or last.since == row.on
        assert (call.p, call.q, call.n_eff) == (row.odds, row.base, row.n_eff)


def test_the_page_in_the_docs_is_of_this_run(board):
    text = PAGE.read_text(encoding="utf-8")
    assert board.words() in text, "run tools/calls_results.py"
    for row in board.rows:
        told = re.search(
            rf"^\| {row.said} \| .*\(`{re.escape(row.claim)}`\).*$", text, re.MULTILINE
        )
        assert told, row.claim
        assert (row.sentence in told[0]) == (row.same_as is None), "run tools/calls_results.py"


@pytest.mark.slow
def test_the_lags_in_the_docs_are_those_of_this_run(store):
    named = {lag.claim for lag in lags(library()) if lag.claim.startswith("lags-and-calls/")}
    claims = [claim for each in library() for claim in each.claims if claim.ref in named]
    heard = hear_each(claims, store, as_of=DAY)
    text = PAGE.read_text(encoding="utf-8")
    for verdict in heard:
        outcome = words.OUTCOMES[verdict.history.outcome].label.lower()
        line = re.search(
            rf"^.*\(`{re.escape(verdict.claim.id)}`\).* before .*$", text, re.MULTILINE
        )
        assert f"| {outcome} |" in line[0], "run tools/calls_results.py"
        assert verdict.evidence[0].status == "ok"
