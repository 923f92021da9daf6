"""What was printed is kept, printed once for many, and printed anew when the store has news."""

import asyncio
import os
import signal
import threading
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest
from live import sample as live
from web.conftest import FOLLOWED, fill, heard

from leadline import archive
from leadline.claim import load_article
from leadline.data.database import Database
from leadline.errors import AlteredError
from leadline.live import ledger
from leadline.web import pages, press
from leadline.web.pages import Page, Printed
from leadline.web.press import Press
from leadline.web.printing import Apart, AwayError, Here, Job, UnprintableError
from leadline.web.settings import Settings
from leadline.web.shelf import Shelf, Sources

PATH = "/made/{name}"
TEXT = "text/plain; charset=utf-8"


@pytest.fixture
def page(monkeypatch):
    """Give the registry a page of this test's own, whose view it chooses."""

    def register(view, *reads):
        registered = dict(pages.pages()) | {PATH: Page(PATH, view, frozenset(reads))}
        monkeypatch.setattr(pages, "_PAGES", registered)

    return register


@asynccontextmanager
async def started(sources, **changes):
    settings = Settings(sources, apart=False, warm=False, look_every=0.01, patience=20)
    shelf = Shelf(sources)
    made = Press(replace(settings, **changes), shelf)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()
        shelf.close()


def job(name="x"):
    return Job(PATH, (("name", name),))


def text(copy):
    return copy.plain().decode()


@pytest.fixture
def own(tmp_path):
    """Give a small store of this test's own."""
    return fill(tmp_path)


async def until(true):
    for _ in range(500):
        if true():
            return
        await asyncio.sleep(0.01)
    pytest.fail("It did not come about in five seconds.")


def write_a_day(sources, n_days):
    with Database.open(sources.database) as db:
        ledger.write(db, live.book(n_days))


def test_many_who_ask_for_a_page_at_once_have_it_printed_once(page, sources):
    printed = []

    def view(_, name):
        printed.append(name)
        time.sleep(0.05)
        return Printed(name.encode(), TEXT)

    page(view, "ledger")

    async def ask():
        async with started(sources) as made:
            copies = await asyncio.gather(*(made.page(job()) for _ in range(50)))
            assert {text(copy) for copy in copies} == {"x"}
            await made.page(job())

    asyncio.run(ask())
    assert printed == ["x"]


def test_what_is_outdated_is_shown_at_once_and_printed_anew_meanwhile(page, own):
    shorter, gate = fill_shorter(own), threading.Event()

    def view(shelf, name):
        gate.wait(5)
        return Printed(f"{name} {shelf.book(shelf.article(FOLLOWED)).last}".encode(), TEXT)

    page(view, "ledger")

    async def ask():
        async with started(shorter) as made:
            gate.set()
            assert text(await made.page(job())) == f"x {live.day(40)}"
            gate.clear()
            made._kept[job()].until = 0
            await asyncio.to_thread(write_a_day, shorter, 41)
            await until(lambda: made.n_waiting)
            assert text(await made.page(job())) == f"x {live.day(40)}"
            gate.set()
            await until(lambda: not made.n_waiting)
            assert text(await made.page(job())) == f"x {live.day(41)}"

    asyncio.run(ask())


def fill_shorter(sources):
    """Give a store beside this one, whose ledger ends on day 40."""
    address = sources.database.replace("leadline.db", "shorter.db")
    with Database.open(address) as db:
        ledger.write(db, live.book(40))
    return replace(sources, database=address)


def test_where_a_page_must_be_fresh_news_are_waited_for(page, own):
    shorter = fill_shorter(own)
    page(lambda shelf, name: Printed(f"{name} {shelf.stamp('ledger')}".encode(), TEXT), "ledger")

    async def ask():
        async with started(shorter, fresh=True, look_every=60) as made:
            before = text(await made.page(job()))
            for n_days in range(41, 46):
                await asyncio.to_thread(write_a_day, shorter, n_days)
                after = text(await made.page(job()))
                assert after != before
                before = after

    asyncio.run(ask())


def test_news_about_something_else_leave_a_page_as_it_is(page, own):
    shorter, printed = fill_shorter(own), []
    page(lambda _, name: printed.append(name) or Printed(b"x", TEXT), "data", "verdicts")

    async def ask():
        async with started(shorter, fresh=True) as made:
            await made.page(job())
            await asyncio.to_thread(write_a_day, shorter, 41)
            await made.page(job())

    asyncio.run(ask())
    assert printed == ["x"]


def test_midnight_is_news_for_pages_that_say_how_old_something_is(page, sources):
    days = iter(range(100))
    page(lambda _, name: Printed(f"{name} {next(days)}".encode(), TEXT), "today")

    async def ask():
        async with started(sources, fresh=True, look_every=60) as made:
            assert text(await made.page(job())) == "x 0"
            assert text(await made.page(job())) == "x 0"
            tomorrow = live.PUBLISHED
            made._shelf.today = made._printer.shelf.today = lambda: tomorrow
            assert text(await made.page(job())) == "x 1"

    asyncio.run(ask())


def test_memory_is_bounded_and_what_was_asked_for_longest_ago_makes_room(page, sources):
    page(lambda _, name: Printed(os.urandom(9_000) + name.encode(), "image/png"), "files")

    async def ask():
        async with started(sources, memory=55_000) as made:
            for name in "abcde":
                await made.page(job(name))
            await made.page(job("a"))
            await made.page(job("f"))
            assert [kept.said[0][1] for kept in made._kept] == ["d", "e", "a", "f"] or [
                kept.said[0][1] for kept in made._kept
            ] == ["c", "d", "e", "a", "f"]
            assert made.bytes == sum(kept.size for kept in made._kept.values()) <= 55_000

    asyncio.run(ask())


def test_who_waits_comes_before_what_nobody_asked_for(page, sources):
    order, gate = [], threading.Event()

    def view(_, name):
        gate.wait(5)
        order.append(name)
        return Printed(name.encode(), TEXT)

    page(view, "files")

    async def ask():
        async with started(sources) as made:
            for name in "abc":
                made._order(job(name), press.AHEAD)
            await asyncio.sleep(0.02)
            asked = asyncio.create_task(made.page(job("z")))
            sooner = asyncio.create_task(made.page(job("c")))
            await asyncio.sleep(0.02)
            gate.set()
            await asyncio.gather(asked, sooner)
            await until(lambda: not made.n_waiting)

    asyncio.run(ask())
    assert order == ["a", "z", "c", "b"]


def test_a_page_that_fails_is_said_so_every_time_and_hides_nothing(page, sources, caplog):
    failing = []

    def view(_, name):
        if failing:
            raise failing[0]
        return Printed(name.encode(), TEXT)

    page(view, "today")

    async def ask():
        async with started(sources, fresh=True) as made:
            assert text(await made.page(job())) == "x"
            failing.append(AlteredError("store: verdict 1234: Altered since it was sealed."))
            made._stamps = made._stamps | {"today": "?"}
            made._shelf.today = lambda: live.PUBLISHED
            with pytest.raises(UnprintableError, match="Altered since it was sealed"):
                await made.page(job())
            failing[0] = KeyError("a bug")
            with pytest.raises(UnprintableError) as caught:
                await made.page(job())
            assert str(caught.value) == ""
            failing.clear()
            assert text(await made.page(job())) == "x"

    asyncio.run(ask())
    assert "KeyError: 'a bug'" in caplog.text


def test_who_asks_for_too_many_pages_at_once_is_told_to_come_back(page, sources, monkeypatch):
    monkeypatch.setattr(press, "MOST_AWAITED", 3)
    gate = threading.Event()
    page(lambda _, name: gate.wait(5) and Printed(name.encode(), TEXT), "files")

    async def ask():
        async with started(sources) as made:
            asked = [asyncio.create_task(made.page(job(name))) for name in "abc"]
            await asyncio.sleep(0.02)
            with pytest.raises(AwayError, match="Too many"):
                await made.page(job("d"))
            gate.set()
            await asyncio.gather(*asked)
            assert text(await made.page(job("d"))) == "d"

    asyncio.run(ask())


def test_what_is_not_printed_in_time_is_not_waited_for(page, sources):
    gate = threading.Event()
    page(lambda _, name: gate.wait(5) and Printed(name.encode(), TEXT), "files")

    async def ask():
        async with started(sources, patience=0.05) as made:
            with pytest.raises(AwayError, match="not printed in"):
                await made.page(job())
            gate.set()
            await until(lambda: job() in made._kept)

    asyncio.run(ask())


def test_a_store_that_cannot_be_read_is_said_and_what_is_kept_stays(page, own, monkeypatch):
    page(lambda _, name: Printed(name.encode(), TEXT), "ledger")

    async def ask():
        async with started(own) as made:
            await made.page(job())
            with monkeypatch.context() as patch:
                patch.setattr(made._shelf, "stamp", unreadable)
                await until(lambda: made.trouble)
                assert made.trouble == "The disk is gone."
                assert text(await made.page(job())) == "x"
            await until(lambda: not made.trouble)

    def unreadable(*_):
        raise AlteredError("The disk is gone.")

    asyncio.run(ask())


def test_what_nobody_foresaw_ends_neither_looking_nor_printing(page, own, monkeypatch):
    page(lambda _, name: Printed(name.encode(), TEXT), "ledger")

    def fail(*_):
        raise PermissionError

    async def ask():
        async with started(own) as made:
            await made.page(job())
            with monkeypatch.context() as patch:
                patch.setattr(made._shelf, "stamp", fail)
                await until(lambda: made.trouble == "PermissionError")
            with monkeypatch.context() as patch:
                patch.setattr(made._printer, "print", fail)
                with pytest.raises(UnprintableError):
                    await made.page(job("y"))
            await until(lambda: not made.trouble)
            assert text(await made.page(job("y"))) == "y"

    asyncio.run(ask())


def test_pages_have_the_news_even_where_telling_of_them_fails(own):
    async def ask():
        settings = Settings(own, apart=False, warm=False, look_every=0.01)
        shelf = Shelf(own)
        looks = []

        def looked(_):
            looks.append(1)
            if len(looks) < 4:
                raise AlteredError("A row is damaged.")

        made = Press(settings, shelf, looked=looked)
        await made.start()
        try:
            assert made.trouble
            assert made._stamps["ledger"] == shelf.stamp("ledger")
            # It is told of until that succeeds, and no longer.
            await until(lambda: not made.trouble)
            assert len(looks) == 4
            # Whoever prints may see news first; they are told of all the same.
            day = shelf.today().replace(day=1, month=1)
            shelf.today = lambda: day
            made._stamps = {**made._stamps, "today": day.isoformat()}
            await until(lambda: len(looks) == 5)
        finally:
            await made.stop()
            shelf.close()

    asyncio.run(ask())


def test_a_page_that_never_ends_is_given_up_once(page, sources):
    class Silent:
        n_asked = 0

        def print(self, _):
            self.n_asked += 1
            time.sleep(0.1)
            raise AwayError("No answer.")

        def close(self):
            pass

    page(lambda _, name: Printed(name.encode(), TEXT), "ledger")

    async def ask():
        async with started(sources, patience=0.1) as made:
            made._printer.close()
            made._printer = Silent()
            with pytest.raises(AwayError):
                await made.page(job())
            await until(lambda: not made.n_waiting)
            assert made._printer.n_asked == 1

    asyncio.run(ask())


def test_the_front_is_printed_before_anybody_asks(sources):
    front = Here(sources)
    jobs = front.front()
    front.close()
    paths = [each.path for each in jobs]
    assert Job("/articles/{article}/{claim}", (("article", "silver-2026"), ("claim", "S27"))) in {
        Job(each.path, each.said[:2]) for each in jobs
    }
    n_parts = [path.count("{") for path in paths]
    assert n_parts == sorted(n_parts)


# In a process of its own


CLAIM = Job("/articles/{article}/{claim}/verdict.json", (("article", FOLLOWED), ("claim", "A1")))


@pytest.fixture(scope="module")
def apart(sources):
    made = Apart(sources, patience=30)
    yield made
    made.close()


def test_another_process_prints_the_same(apart, sources):
    here = Here(sources)
    there, mine = apart.print(CLAIM), here.print(CLAIM)
    here.close()
    assert (there.digest, there.body, there.stamps) == (mine.digest, mine.body, mine.stamps)


def test_nothing_at_an_address_is_an_answer(apart):
    absent = apart.print(Job(CLAIM.path, (("article", "nowhere"), ("claim", "S01"))))
    assert (absent.status, absent.body) == (404, b"")


def test_a_killed_process_is_put_in_place_anew(apart):
    before = apart.pid
    os.kill(before, signal.SIGKILL)
    # It may be seen dead before it is asked, and then nothing is lost.
    with suppress(AwayError):
        apart.print(CLAIM)
    assert apart.print(CLAIM).status == 200
    assert apart.pid != before


def test_a_page_whose_printer_dies_is_tried_once_more(page, sources):
    page(lambda _, name: Printed(name.encode(), TEXT), "ledger")

    class Dying:
        def __init__(self, n_deaths):
            self.n_deaths, self.asked, self.here = n_deaths, 0, Here(sources)

        def print(self, job):
            self.asked += 1
            if self.asked <= self.n_deaths:
                raise AwayError("The process that prints has died.")
            return self.here.print(job)

        def close(self):
            self.here.close()

    async def ask():
        async with started(sources) as made:
            made._printer.close()
            made._printer = Dying(1)
            assert text(await made.page(job())) == "x"
            made._printer.close()
            made._printer = Dying(4)
            with pytest.raises(AwayError, match="has died"):
                await made.page(job("y"))
            # What is kept stays while nobody is there to print it anew.
            made._stamps = made._stamps | {"ledger": "?"}
            made._kept[job()].until = 0
            await made.page(job())
            await until(lambda: made._printer.asked == 4)
            assert text(await made.page(job())) == "x"

    asyncio.run(ask())


def ping(made):
    """Ask for something that needs no page."""
    made._ask("close")


def test_a_process_that_does_not_answer_is_given_up(sources):
    made = Apart(sources, patience=60)
    ping(made)
    process, made._patience = made.pid, 0.05
    os.kill(process, signal.SIGSTOP)
    with pytest.raises(AwayError, match="No answer"):
        ping(made)
    assert made.pid is None
    made.close()


def test_ending_waits_for_nobody(sources):
    made = Apart(sources, patience=600)
    os.kill(made.pid, signal.SIGSTOP)
    said = []

    def ask():
        try:
            ping(made)
        except AwayError as error:
            said.append(str(error))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.05)
    made.close()
    thread.join(10)
    assert not thread.is_alive()
    assert said


def test_the_process_ends_with_the_server(sources):
    """It reads a line that ends when nobody holds its other end, whatever the server died of."""
    made = Apart(sources, patience=60)
    ping(made)
    made._line.close()
    made._process.join(10)
    assert made._process.exitcode == 0
    made.close()


# The shelf


def test_a_claim_has_its_newest_verdict_as_it_is_worded(shelf):
    claim = load_article("silver-2026").claim("S27")
    history = shelf.history(claim.ref)
    assert [verdict.as_of.isoformat() for verdict in history] == [
        "2026-03-01",
        "2026-05-01",
        "2026-08-21",
    ]
    assert shelf.verdict(claim) == history[-1]
    assert shelf.verdict(load_article("silver-2026").claim("S02")) is None


def test_a_claim_that_only_the_archive_knows_is_an_article_of_one(shelf):
    article = shelf.article("Z01")
    assert [claim.id for claim in article.claims] == ["Z01"]
    assert shelf.verdicts(article)[0].history.outcome == "untestable"
    assert shelf.claim("Z01") == article.claims[0]


def test_claims_of_an_unknown_article_stand_together(tmp_path):
    with Database.open(tmp_path / "leadline.db") as db:
        for claim in live.article().claims:
            archive.save(heard(claim), db)
    shelf = Shelf(Sources(database=str(tmp_path / "leadline.db")))
    assert [claim.id for claim in shelf.article("made-up").claims] == ["A1", "A2", "A3"]
    shelf.close()


def test_an_altered_document_is_never_shown(own):
    shelf = Shelf(own)
    claim = load_article("silver-2026").claim("S01")
    seal = shelf.verdict(claim).seal
    shelf.close()
    tamper(own, seal)
    shelf = Shelf(own)
    with pytest.raises(AlteredError, match="Altered"):
        shelf.verdict(claim)
    # The others are there as ever.
    assert shelf.verdict(load_article("silver-2026").claim("S04")) is not None
    shelf.close()


def tamper(sources, seal):
    import sqlite3

    with sqlite3.connect(sources.database) as connection:
        connection.execute("DROP TRIGGER documents_no_update")
        connection.execute(
            "UPDATE documents SET text = replace(text, '0.41', '0.01') WHERE seal = ?", (seal,)
        )
    connection.close()


@pytest.mark.parametrize("seal", ["", "12", "0" * 64, "%", "g" * 64, "\x00" * 64, "é" * 64])
def test_no_seal_gives_nothing(shelf, seal):
    assert shelf.sealed(seal) is None


def test_a_shelf_holds_no_more_verdicts_than_it_may(own, monkeypatch):
    monkeypatch.setattr("leadline.web.shelf.MOST_VERDICTS", 2)
    shelf = Shelf(own)
    verdicts = shelf.verdicts(shelf.article("silver-2026"))
    assert len(verdicts) == 4
    assert len(shelf._verdicts) == 2
    shelf.close()


def test_what_many_threads_ask_for_is_made_once(sources):
    shelf, made = Shelf(sources), []

    def make():
        made.append(1)
        time.sleep(0.05)
        return "it"

    got = []
    threads = [
        threading.Thread(target=lambda: got.append(shelf.kept("one", ("ledger",), make)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shelf.close()
    assert (got, made) == (["it"] * 8, [1])


def test_within_a_page_nothing_is_news(own):
    shorter = fill_shorter(own)
    shelf = Shelf(shorter)
    with shelf.steady():
        before = shelf.stamp("ledger")
        write_a_day(shorter, 41)
        assert shelf.stamp("ledger") == before
    assert shelf.stamp("ledger") != before
    shelf.close()
