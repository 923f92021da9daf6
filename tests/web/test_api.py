"""The interface says what the store holds: all of it, once, and nothing else."""

import json
import threading
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from live import sample as live
from web.asking import every, get
from web.conftest import ALONE, FOLLOWED, HEARD, alone, fill, served, verdicts

from leadline import archive
from leadline.claim import library, load_article
from leadline.data.database import Database, alerts, documents
from leadline.data.database import ledger as kept
from leadline.live import ledger
from leadline.web import api
from leadline.web.api import paging
from leadline.web.shelf import Sources

LISTS = (
    "articles", "claims", "verdicts", "ledger", "states", "phases", "odds", "reliability",
    "changes", "registrations", "series", "providers", "kinds", "conditions", "lags",
    "calls", "scans",
)  # fmt: skip


def holds(whole, part):
    """Say whether JSON has all that ``part`` has; a row leaves out what is as by default."""
    if isinstance(part, dict):
        return all(name in whole and holds(whole[name], part[name]) for name in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(holds, whole, part))
    return bool(whole == part)


@pytest.fixture(scope="module")
def rows(sources):
    with Database.open(sources.database) as db, db.connect() as connection:
        return kept.entries(connection)


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_store_gives_empty_lists_and_no_error(empty_client, path):
    found = every(empty_client, path, limit=100)
    of_themselves = {"articles", "claims", "providers", "kinds", "conditions", "lags"}
    assert bool(found) == (path in of_themselves)
    assert get(empty_client, "health")["store"] is False


@pytest.mark.parametrize("path", LISTS)
def test_pages_of_any_length_give_the_same_items(client, path):
    whole = every(client, path, limit=500)
    assert every(client, path, limit=3) == whole if len(whole) < 200 else whole


def test_articles_are_those_of_library_files_and_archive(client):
    found = {each["id"]: each for each in every(client, "articles")}
    assert sorted(found) == sorted([*(each.id for each in library()), FOLLOWED, ALONE])
    said = get(client, "articles/silver-2026")
    article = load_article("silver-2026")
    assert said["claims"] == [claim.ref for claim in article.claims]
    assert said["supports"] == {name: list(held) for name, held in article.supports.items()}
    assert said["outcomes"] == dict.fromkeys(HEARD.values(), 1)
    assert {name: said[name] for name in found["silver-2026"]} == found["silver-2026"]


def test_a_claim_comes_with_its_newest_verdict_and_its_state(client):
    claim = load_article("silver-2026").claim("S27")
    said = get(client, "claims/silver-2026/S27")
    newest = next(v for v in verdicts() if v.claim.id == claim.ref)
    assert said["settings"] == claim.model_dump(mode="json")
    assert said["sha256"] == claim.sha256
    assert said["verdict"]["seal"] == newest.seal
    assert said["verdict"]["outcome"] == "undecidable"
    assert said["live"] is None
    assert get(client, "claims/silver-2026/S02")["verdict"] is None
    hit = get(client, f"claims/{FOLLOWED}/A1")["live"]
    assert (hit["state"], hit["day"]) == ("hit", str(live.LAST))
    assert get(client, f"claims/{ALONE}/{ALONE}")["paraphrase"] == alone().paraphrase


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"article": FOLLOWED}, ["made-up/A1", "made-up/A2", "made-up/A3"]),
        ({"outcome": "contradicted"}, ["silver-2026/S04"]),
        ({"live": "hit"}, ["made-up/A1"]),
        ({"text": "COPPER says"}, [ALONE]),
        ({"article": FOLLOWED, "type": "fact"}, ["made-up/A3"]),
        ({"text": "nobody says this"}, []),
        ({"article": "no-such"}, []),
    ],
)
def test_claims_are_picked_by_what_they_are(client, asked, names):
    assert [each["name"] for each in every(client, "claims", **asked)] == names


def test_verdicts_come_newest_data_first_and_by_claim(client):
    found = every(client, "verdicts", limit=2)
    order = sorted(
        verdicts(), key=lambda each: (each.as_of, each.made_by.at, each.seal), reverse=True
    )
    assert [each["seal"] for each in found] == [each.seal for each in order]
    of_claim = every(client, "verdicts", claim="silver-2026/S27", limit=1)
    assert [each["as_of"] for each in of_claim] == ["2026-08-21", "2026-05-01", "2026-03-01"]
    assert len(every(client, "verdicts", article=FOLLOWED)) == 2
    assert len(every(client, "verdicts", since="2026-05-01", until="2026-05-01")) == 1


def test_a_verdict_is_the_sealed_document_byte_for_byte(client):
    for each in verdicts():
        answer = client.get(f"{api.PREFIX}/verdicts/{each.seal}")
        assert answer.content == archive.dumps(each).encode()
        assert answer.headers["etag"] == f'"{each.seal}"'
        again = client.get(answer.request.url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_evidence_and_exhibits_are_those_of_the_document(client):
    rich = next(each for each in verdicts() if len(each.evidence) > 1)
    found = every(client, f"verdicts/{rich.seal}/evidence", limit=1)
    assert [each["place"] for each in found] == list(range(1, len(rich.evidence) + 1))
    assert [each["decides"] for each in found] == [True] + [False] * (len(found) - 1)
    for said, evidence in zip(found, rich.evidence, strict=True):
        assert said["evidence"] == evidence.model_dump(mode="json", exclude={"exhibits"})
        for drawn, exhibit in zip(said["exhibits"], evidence.exhibits, strict=True):
            data = client.get(drawn["address"]).json()
            assert data == exhibit.model_dump(mode="json")
    since = rich.live.exhibits[0]
    data = get(client, f"verdicts/{rich.seal}/live/exhibits/{since.name}")
    assert data == since.model_dump(mode="json")


def test_a_document_that_was_changed_is_no_evidence(tmp_path):
    sources, true, forged = fill(tmp_path), verdicts()[0], "f" * 64
    text = archive.dumps(true).replace(true.seal, forged).replace("supported", "contradicted")
    with Database.open(sources.database) as db:
        (kept_one,) = documents.starting_with(db, true.seal)
        documents.keep(db, replace(kept_one, seal=forged, text=text))
    with served(sources) as client:
        assert "changed" in get(client, f"verdicts/{forged}", 410)["detail"]
        assert "changed" in get(client, f"verdicts/{forged}/evidence", 410)["detail"]


def test_the_ledger_is_given_row_by_row_with_corrections_marked(client, rows):
    found = every(client, "ledger", limit=500)
    assert [each["id"] for each in found] == [row.id for row in rows]
    for said, row in zip(found, rows, strict=True):
        body = json.loads(row.text)["body"]
        assert (said["about"], said["day"], said["kind"], said["part"]) == (
            row.place.claim, str(row.place.day), row.place.kind, row.place.about,
        )  # fmt: skip
        assert holds(said["body"], body)
        assert (said["sha256"], said["corrects"]) == (row.sha256, row.corrects)
    assert get(client, f"ledger/{rows[5].id}") == found[5]


def test_a_correction_and_what_it_corrects_name_each_other(tmp_path):
    sources = fill(tmp_path)
    with Database.open(sources.database) as db:
        right = live.state("A2", 20, 0.05)
        changed = [
            row.model_copy(update={"body": right})
            if (row.subject, row.day, row.body.kind) == (f"{FOLLOWED}/A2", live.day(20), "state")
            else row
            for row in live.book().rows
        ]
        ledger.write(db, replace(live.book(), rows=tuple(changed)))
    with served(sources) as client:
        of_day = {"since": str(live.day(20)), "until": str(live.day(20)), "kind": "state"}
        wrong, put_right = every(client, "ledger", claim=f"{FOLLOWED}/A2", **of_day)
        assert (wrong["in_force"], put_right["in_force"]) == (False, True)
        assert (wrong["corrected_by"], put_right["corrects"]) == (put_right["id"], wrong["id"])
        assert every(client, "ledger", claim=f"{FOLLOWED}/A2", in_force=True, **of_day) == [
            put_right
        ]
        then = get(client, "states", article=FOLLOWED, day=str(live.day(20)))["items"]
        assert put_right in then


def test_the_ledger_is_picked_by_article_claim_kind_days_and_number(client, rows):
    def ids(**asked):
        return [each["id"] for each in every(client, "ledger", limit=500, **asked)]

    def those(fits):
        return [row.id for row in rows if fits(row)]

    assert ids(article=FOLLOWED) == those(lambda _: True)
    assert ids(article="silver-2026") == []
    a1 = f"{FOLLOWED}/A1"
    assert ids(claim=a1) == those(lambda row: row.place.claim == a1)
    assert ids(kind="odds") == those(lambda row: row.place.kind == "odds")
    first, last = live.day(3), live.day(9)
    in_days = ids(since=str(first), until=str(last), article=FOLLOWED)
    assert in_days == those(lambda row: first <= row.place.day <= last)
    assert ids(after=rows[100].id) == [row.id for row in rows[101:]]
    assert ids(since=str(last), until=str(first)) == []


@pytest.mark.parametrize("kind", ["phase", "odds", "reliability"])
def test_phases_odds_and_reliability_are_rows_of_the_ledger(client, kind):
    path = {"phase": "phases"}.get(kind, kind)
    assert every(client, path, limit=500) == every(client, "ledger", limit=500, kind=kind)


def test_states_are_the_newest_in_force_of_each_claim(client, rows):
    found = every(client, "states", limit=1)
    newest = {row.place.claim: row.id for row in rows if row.place.kind == "state"}
    assert {each["about"]: each["id"] for each in found} == newest
    earlier = every(client, "states", day=str(live.day(30)))
    assert {each["day"] for each in earlier} == {str(live.day(30))}
    assert every(client, "states", day=str(live.PUBLISHED - timedelta(days=9))) == []


def test_changes_are_the_alerts_and_can_be_followed_by_number(client, sources):
    with Database.open(sources.database) as db, db.connect() as connection:
        told = alerts.told(connection)
    found = every(client, "changes")
    assert [(each["id"], each["key"]) for each in found] == [(a.id, a.key) for a in told]
    assert [each["sentence"] for each in found] == [json.loads(a.text)["sentence"] for a in told]
    middle = found[len(found) // 2]
    assert every(client, "changes", after=middle["id"]) == found[len(found) // 2 + 1 :]
    hits = every(client, "changes", what="resolved", claim=f"{FOLLOWED}/A1", article=FOLLOWED)
    assert [each["new"] for each in hits] == ["hit"]
    since = [each for each in found if each["day"] >= str(live.day(40))]
    assert every(client, "changes", since=str(live.day(40)), until=str(live.LAST)) == since


def test_registrations_are_what_was_fixed(client):
    found = {each["claim"]: each for each in every(client, "registrations", article=FOLLOWED)}
    assert found.keys() == live.registrations().keys()
    for ref, frozen in live.registrations().items():
        assert found[ref]["sha256"] == frozen.sha256
        assert found[ref]["registration"] == frozen.model_dump(mode="json", by_alias=True)
        assert get(client, f"registrations/{frozen.sha256}") == found[ref]
    only = every(client, "registrations", claim=f"{FOLLOWED}/A1")
    assert only == [found[f"{FOLLOWED}/A1"]]


@pytest.mark.parametrize(
    "path",
    [
        "articles/nope", "claims/silver-2026/S99", "claims/nope/S01", "verdicts/abc",
        f"verdicts/{'0' * 64}", f"verdicts/{'0' * 64}/evidence", "ledger/0", f"ledger/{10**30}",
        "ledger/999999", "registrations/%00", "series/nope", "series/bitcoin", "kinds/nope",
        "conditions/nope", "scans/nope", "scans/nope/leads",
        "scans/nope/exhibits/x", "providers/nope", "nope", "claims?cursor=abc",
        "ledger?cursor=WyJhIl0",
        "ledger?cursor=WzFd&article=nope", f"ledger?cursor={paging.written(1 << 70)}",
        "series/wiki_bitcoin/values", "%2e%2e/%2e%2e/etc/passwd",
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_problem_that_says_so(client, path):
    answer = client.get(f"{api.PREFIX}/{path}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.json()["title"] == "Not Found"
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("limit=0", "query: limit"),
        ("limit=501", "query: limit"),
        ("limit=x", "query: limit"),
        ("outcome=proved", "query: outcome"),
        ("artcle=x", "query: artcle"),
        (f"text={'x' * 201}", "query: text"),
        ("<script>=1", "query: <script>"),
    ],
)
def test_what_cannot_be_read_is_named_without_repeating_markup(client, query, where):
    answer = client.get(f"{api.PREFIX}/claims?{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [each["where"] for each in answer.json()["faults"]] == [where]
    assert "<" not in answer.text


def test_nothing_can_be_sent(client):
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = client.request(method, f"{api.PREFIX}/claims")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", [*LISTS, "health", "claims/silver-2026/S27"])
def test_an_answer_known_already_is_not_sent_again(client, path):
    first = client.get(f"{api.PREFIX}/{path}")
    tag = first.headers["etag"]
    for known in (tag, f'W/{tag}, "other"', "*"):
        again = client.get(f"{api.PREFIX}/{path}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
    other = client.get(f"{api.PREFIX}/{path}", headers={"If-None-Match": '"other"'})
    assert other.content == first.content


def test_head_gives_the_headers_alone(client):
    got, headed = (client.request(m, f"{api.PREFIX}/claims?limit=2") for m in ("GET", "HEAD"))
    assert headed.content == b""
    for name in ("etag", "link", "content-type"):
        assert headed.headers[name] == got.headers[name]


def test_no_other_site_may_read_it(client):
    answer = client.get(f"{api.PREFIX}/claims", headers={"Origin": "https://example.org"})
    assert "access-control-allow-origin" not in answer.headers


def test_a_broken_store_is_a_problem_that_names_no_folder(tmp_path):
    broken = tmp_path / "leadline.db"
    broken.write_bytes(b"no database" * 100)
    with served(Sources(database=str(broken))) as client:
        problem = get(client, "verdicts", 503)
    assert str(tmp_path) not in json.dumps(problem)


def test_a_new_row_is_news_and_pages_give_each_row_once_while_rows_are_written(tmp_path):
    """Followed page by page while another thread writes, no row is missing and none comes twice."""
    sources = fill(tmp_path)
    stop = threading.Event()

    def write():
        with Database.open(sources.database) as db:
            number = 0
            while not stop.is_set():
                number += 1
                place = kept.Place("other", date(2026, 1, 1), "data", str(number))
                text = json.dumps(
                    {"subject": "other", "day": "2026-01-01", "about": str(number),
                     "body": {"kind": "data", "ages": {}}}
                )  # fmt: skip
                with db.begin() as connection:
                    heads = kept.heads(connection, {"other"})
                    kept.append(connection, [kept.Draft(place, text)], heads)

    with served(sources) as client:
        before = {each["id"] for each in every(client, "ledger", limit=500)}
        tag = client.get(f"{api.PREFIX}/ledger").headers["etag"]
        writer = threading.Thread(target=write)
        writer.start()
        try:
            found = []
            address = f"{api.PREFIX}/ledger?limit=20"
            while address and len(found) < len(before) + 200:
                said = client.get(address).json()
                found += [each["id"] for each in said["items"]]
                address = said["next"]
        finally:
            stop.set()
            writer.join()
        assert all(one < other for one, other in pairwise(found))
        assert before <= set(found)
        assert client.get(f"{api.PREFIX}/ledger").headers["etag"] != tag


def test_the_page_for_programs_names_everything_there_is(client):
    page = client.get("/api").text
    for path in api.description()["paths"]:
        assert f"{api.PREFIX}{path}" in page
    assert 'src="http' not in page


def test_either_engine_gives_the_same(client, store_url, tmp_path):
    asked = {
        "verdicts": {"claim": "silver-2026/S27", "since": "2026-04-01"},
        "ledger": {"article": FOLLOWED, "in_force": True, "since": str(live.day(9))},
        "states": {"day": str(live.day(30))},
        "changes": {"what": "resolved"},
        "registrations": {"article": FOLLOWED},
        "claims": {"live": "hit"},
    }
    when = {"written_at", "recorded_at"}
    with served(fill(tmp_path, store_url)) as other:
        for path, query in asked.items():
            one, two = (
                [
                    {name: value for name, value in each.items() if name not in when}
                    for each in every(asking, path, limit=40, **query)
                ]
                for asking in (client, other)
            )
            assert one, path
            assert one == two, path
        for path in ("verdicts?claim=%00", "ledger?claim=%00", "changes?article=%00"):
            assert get(other, path)["items"] == []
        get(other, "registrations/%00", 404)
        get(other, "verdicts/%00", 404)
