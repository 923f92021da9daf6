"""What came since, on the web: how old it is, what turned, and what to do without any."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from live import sample
from live.test_ledger import ROW, changed, force, right
from web.made import shelf as made
from web.made import text

from leadline.data.database import Database
from leadline.live import feed, ledger
from leadline.live.book import Book
from leadline.web.views import live

FRESH = sample.LAST + timedelta(days=1)
LATE = sample.LAST + timedelta(days=80)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def late(folder):
    """Give a shelf on the sample's ledger, eighty days after its last row."""
    opened = made(folder, articles=[sample.article()], books=[sample.book()], today=LATE,
                  url="https://example.org")  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(late):
    return text(live.one(late, article="made-up"))


def without_tags(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))


def test_the_list_has_a_line_for_each_claim_with_word_arrow_and_days_left(late):
    shown = text(live.everything(late))
    row = without_tags(re.search(r'<a href="/live/made-up#A2">.*?</tr>', shown, re.DOTALL)[0])
    assert "Not so far ↓" in row
    assert "301 days left" in row
    assert shown.index("made-up#A2") < shown.index("made-up#A1")
    assert 'made-up#A3"' not in shown
    assert "Changed last, on 26 Feb 2026:" in without_tags(shown)
    assert "leadline watch silver-2026" in shown


def test_old_pages_say_so_at_the_top(late, page, tmp_path):
    listed = text(live.everything(late))
    for shown in (page, listed):
        said = without_tags(shown)
        assert "as it was known on 10 Mar 2026, 80 days ago" in said
        assert "leadline watch made-up" in said
    assert page.index("Out of date") < page.index("Claims with a mark")
    assert "12 Mar 2026, 00:10 UTC, 78 days overdue" in page
    now = made(tmp_path, articles=[sample.article()], books=[sample.book(5)],
               today=sample.day(6))  # fmt: skip
    assert "Out of date" not in text(live.one(now, article="made-up"))
    assert "5 Jan 2026" in text(live.everything(now))
    now.close()


def test_the_top_bar_the_rows_and_the_log_are_there(page):
    said = without_tags(page)
    for wanted in ("data to the end of", "next update due", "What changed on the last day",
                   "Evidence since publication", "Log of changes and corrections"):  # fmt: skip
        assert wanted in said
    assert page.index("data to the end of") < page.index('id="standing"') < page.index("tiles")
    assert page.index("tiles") < page.index('id="changed"') < page.index('id="evidence"')
    assert page.index('id="evidence"') < page.index('id="log"')


def test_claims_lead_to_their_reports_and_figures_to_their_files(late, page):
    assert 'href="/articles/made-up/A1#followed"' in page
    links = set(re.findall(r'href="/live/made-up/([\w-]+)\.(svg|csv|json|zip|png)', page))
    drawn = {figure for figure, _ in links}
    assert {"all-standing", "all-evidence", "A1-path", "A2-states"} <= drawn
    for figure in drawn:
        found = live.download(late, article="made-up", figure=figure, form="csv")
        assert found is not None, figure
        assert found.filename == f"{figure}.csv"
    whole = live.download(late, article="made-up", figure="A2-path", form="json")
    document = json.loads(whole.body)
    assert document["as_of"] == "2026-03-10"
    # Every day is in the file, though the page draws one a week.
    lengths = [len(line["x"]) for line in document["exhibit"]["lines"]]
    assert max(lengths) == sample.N_DAYS + 1
    assert live.download(late, article="made-up", figure="nothing", form="csv") is None
    assert live.download(late, article="made-up", figure="A2-path", form="exe") is None
    assert live.download(late, article="nobody", figure="A2-path", form="csv") is None


def test_corrections_are_told_as_they_were_recorded(tmp_path):
    books = [right(20), changed(right(20), lambda day: day > sample.day(5), moved=0.25)]
    shelf = made(tmp_path, articles=[sample.article()], books=books, today=FRESH)
    said = without_tags(text(live.one(shelf, article="made-up")))
    assert "the row of" not in said
    assert "15 of the rows of 11 Jan 2026 to 25 Jan 2026 put right" in said
    shelf.close()


def test_a_claim_that_was_reworded_is_said_to_be(tmp_path):
    article = sample.article()
    first, *others = article.claims
    now = article.model_copy(
        update={"claims": (first.model_copy(update={"paraphrase": "Otherwise."}), *others)}
    )
    shelf = made(tmp_path, articles=[now], books=[sample.book(9)], today=sample.day(10))
    said = without_tags(text(live.one(shelf, article="made-up")))
    assert "Worded otherwise since" in said
    assert "A1 : followed in the words that were registered" in said
    shelf.close()


def test_a_claim_that_is_new_in_its_article_harms_nothing(tmp_path):
    article = sample.article()
    new = article.claims[1].model_copy(update={"id": "A9"})
    now = article.model_copy(update={"claims": (*article.claims, new)})
    shelf = made(tmp_path, articles=[now], books=[sample.book(9)], today=sample.day(10))
    assert live.one(shelf, article="made-up").status == 200
    assert 'made-up#A2"' in text(live.everything(shelf))
    shelf.close()


def test_one_ledger_that_cannot_be_read_leaves_the_others(tmp_path):
    other = sample.article().model_copy(update={"id": "other", "title": "The other one"})
    claims = tuple(claim.model_copy(update={"article": "other"}) for claim in other.claims)
    other = other.model_copy(update={"claims": claims})
    book = Book(
        other,
        {ref.replace("made-up", "other"): each.model_copy(
            update={"claim": ref.replace("made-up", "other")})
         for ref, each in sample.registrations().items()},
        tuple(row.model_copy(update={"subject": row.subject.replace("made-up", "other")})
              for row in right(9).rows if row.subject == "made-up"),
    )  # fmt: skip
    shelf = made(tmp_path, articles=[sample.article(), other], books=[right(12), book])
    with Database.open(tmp_path / "leadline.db") as db:
        force(db, ROW.values(text="{}"))
    said = text(live.everything(shelf))
    assert "Cannot be read:" in said
    assert "cannot be read: " in said
    assert "The other one" in said
    shelf.close()


def test_a_new_day_shows_as_soon_as_it_is_written(tmp_path):
    shelf = made(tmp_path, articles=[sample.article()], books=[right(10)], today=sample.day(11))
    assert "15 Jan 2026, day 10" in text(live.one(shelf, article="made-up"))
    with Database.open(tmp_path / "leadline.db") as db:
        ledger.write(db, right(11))
    assert "16 Jan 2026, day 11" in text(live.one(shelf, article="made-up"))
    shelf.close()


def entries(printed):
    root = ET.fromstring(printed.body)  # noqa: S314  (our own)
    return root.findall(f"{{{feed.ATOM}}}entry")


def test_feeds_tell_every_change_and_lead_to_the_pages(late):
    own = live.feed_of(late, article="made-up")
    assert own.media.startswith("application/atom+xml")
    assert len(entries(own)) > 5
    text = own.body.decode()
    assert "https://example.org/articles/made-up/A1#followed" in text
    assert "<title>made-up/A1: hit, was on course</title>" in text
    assert len(entries(live.feed_of_all(late))) == len(entries(own))
    assert live.feed_of(late, article="nobody") is None


def test_without_an_address_of_its_own_a_feed_has_no_links(shelf):
    assert b"<link" not in live.feed_of(shelf, article="made-up").body


def test_where_nothing_is_followed_the_pages_say_what_to_run(empty_shelf):
    shown = text(live.everything(empty_shelf))
    assert "Nothing is followed yet" in shown
    assert "leadline watch silver-2026 --once" in shown
    one = live.one(empty_shelf, article="silver-2026")
    assert one.status == 200
    assert "leadline fetch silver-2026" in text(one)
    assert live.one(empty_shelf, article="nobody") is None
    assert entries(live.feed_of(empty_shelf, article="silver-2026")) == []
    assert entries(live.feed_of_all(empty_shelf)) == []


def test_over_http(client):
    assert client.get("/live").status_code == 200
    found = client.get("/live/made-up")
    assert found.status_code == 200
    assert 'href="/live/made-up/feed.xml"' in found.text
    assert client.get("/live/nobody").status_code == 404
    assert (
        client.get("/live/made-up/feed.xml")
        .headers["content-type"]
        .startswith("application/atom+xml")
    )
    assert client.get("/live/made-up/A1-path.csv").status_code == 200
