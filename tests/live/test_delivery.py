"""Every change arrives, is processed once, and nothing else is ever sent."""

from datetime import UTC, date, datetime, timedelta

import crowd
import numpy as np
import pytest
from live import receiver, sample

from leadline.data.database import Database, alerts
from leadline.data.database import ledger as kept
from leadline.live import ledger
from leadline.live.alerts import Delivered, Schedule, deliver, message
from leadline.live.book import Book, Phase, Row
from leadline.live.channels import Answer
from leadline.live.webhook import Webhook

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")

PHASE = Phase(label="fear", since=sample.PUBLISHED, probabilities={"fear": 1.0})
AT_ONCE = Schedule(first=timedelta(0), lease=timedelta(seconds=1))


@pytest.fixture
def db(store_url):
    with Database.open(store_url) as opened:
        yield opened


def queue(db, n_alerts, channels=("here",)):
    """Queue alerts as the ledger would."""
    drafts = [
        alerts.Draft(f"key-{n}", "made-up", "made-up/A1", sample.day(n), "state", text(n))
        for n in range(n_alerts)
    ]
    with db.begin() as connection:
        alerts.record(connection, drafts, channels)


def text(number):
    return (
        f'{{"sentence":"number {number}","ledger":null,"day":"2026-01-05","what":"state",'
        '"subject":"made-up/A1"}'
    )


class Told:
    """A channel that answers as it is told to, and then that it has taken it."""

    name = "here"

    def __init__(self, *answers):
        self.answers, self.sent = list(answers), []

    def send(self, sent):
        self.sent.append(sent.key)
        return self.answers.pop(0) if self.answers else Answer("delivered")


class Clock:
    """A clock that goes on only while somebody waits."""

    def __init__(self):
        self.now, self.pauses = datetime.now(UTC), []

    def __call__(self):
        return self.now

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)

    def deliver(self, db, channel, **more):
        return deliver(db, [channel], clock=self, pause=self.pause, **more)


FAILED = Answer("failed", "it answered 500")


def test_what_is_taken_is_never_sent_again(db):
    queue(db, 3)
    channel = Told()
    assert deliver(db, [channel]) == Delivered(3)
    assert deliver(db, [channel]) == Delivered()
    assert channel.sent == ["key-0", "key-1", "key-2"]
    states = [(each.attempt, each.state) for each in alerts.attempts(db) if each.alert == 1]
    assert states == [(0, "queued"), (1, "started"), (1, "delivered")]


def test_alerts_that_are_not_queued_for_a_channel_are_not_sent_there(db):
    queue(db, 3, channels=["elsewhere"])
    assert deliver(db, [Told()]) == Delivered()


def test_waits_double_up_to_the_longest_and_are_counted_over_restarts(db):
    queue(db, 1)
    clock = Clock()
    schedule = Schedule(first=timedelta(seconds=30), longest=timedelta(seconds=100))
    waits = []
    for _ in range(4):
        # Each with a channel of its own, as after a restart.
        done = clock.deliver(db, Told(FAILED), schedule=schedule)
        assert (done.delivered, done.failed, done.lost) == (0, 1, 0)
        waits.append((done.next_due - clock.now).total_seconds())
        assert clock.deliver(db, Told(), schedule=schedule).delivered == 0
        clock.now = done.next_due
    assert waits == pytest.approx([30, 60, 100, 100], abs=1)
    assert clock.deliver(db, Told(), schedule=schedule) == Delivered(1)


def test_lingering_tries_again_until_it_is_over(db):
    queue(db, 2)
    clock, channel = Clock(), Told(FAILED, FAILED, FAILED)
    done = clock.deliver(db, channel, linger=timedelta(minutes=5))
    assert (done.delivered, done.failed, done.next_due) == (2, 0, None)
    assert sum(clock.pauses) == pytest.approx(90, abs=3)
    queue(db, 3)
    short = clock.deliver(db, Told(FAILED, FAILED), linger=timedelta(seconds=10))
    assert (short.delivered, short.failed) == (0, 1)


def test_a_receiver_that_asks_for_time_is_given_it_up_to_a_day(db):
    queue(db, 2)
    clock = Clock()
    long = [Answer("failed", "it answered 429", timedelta(hours=h)) for h in (2, 100)]
    assert (clock.deliver(db, Told(*long)).next_due - clock.now).total_seconds() == pytest.approx(
        7200, abs=1
    )
    dues = sorted(each.due for each in alerts.attempts(db) if each.state == "failed")
    assert (dues[1] - clock.now).total_seconds() == pytest.approx(86_400, abs=1)


def test_what_is_refused_is_not_tried_again_and_said(db):
    queue(db, 2)
    done = deliver(db, [Told(Answer("refused", "it answered 404"))])
    assert (done.delivered, done.failed, done.lost) == (1, 0, 1)
    assert done.problems == (
        "here: alert key-0 of 2026-01-05 was not taken: it answered 404; it will not be tried "
        "again.",
    )
    assert deliver(db, [Told()]) == Delivered()


def test_what_fails_for_a_week_is_given_up_and_said(db):
    queue(db, 1)
    clock = Clock()
    first = clock.deliver(db, Told(FAILED))
    assert first.problems == (
        "here: alert key-0 of 2026-01-05 was not taken: it answered 500; it will be tried again.",
    )
    clock.now += timedelta(days=8)
    # Even so late it is tried once more.
    last = clock.deliver(db, Told(FAILED))
    assert last.problems == (
        "here: alert key-0 of 2026-01-05 was not taken: it answered 500; it was tried for too long "
        "and is given up.",
    )
    assert (last.failed, last.lost, last.next_due) == (0, 1, None)
    assert alerts.attempts(db)[-1].state == "abandoned"


def test_a_receiver_that_is_down_is_not_asked_for_every_alert(db):
    queue(db, 50)
    channel = Told(*[FAILED] * 50)
    done = deliver(db, [channel])
    assert (len(channel.sent), done.failed) == (3, 3)


def test_an_attempt_keeps_others_off_until_its_lease_is_over(db):
    queue(db, 1)
    (alert,) = alerts.waiting(db, "here", datetime.now(UTC))
    now, until = datetime.now(UTC), datetime.now(UTC) + timedelta(minutes=5)
    assert alerts.start(db, alert, "here", now=now, until=until) == 1
    assert alerts.start(db, alert, "here", now=now, until=until) is None
    assert deliver(db, [Told()]) == Delivered(next_due=until.replace(microsecond=0))
    later = until + timedelta(seconds=1)
    assert alerts.start(db, alert, "here", now=later, until=later) == 2
    # The first one comes back after all, and what it delivered is delivered.
    alerts.finish(db, alert, "here", 1, "delivered")
    assert alerts.start(db, alert, "here", now=later + timedelta(days=1), until=later) is None


def test_what_another_has_sent_meanwhile_is_left_alone(db):
    queue(db, 3)

    class Overtaken(Told):
        def send(self, sent):
            if sent.key == "key-0":
                assert deliver(db, [other]).delivered == 2
            return super().send(sent)

    channel, other = Overtaken(), Told()
    assert deliver(db, [channel]) == Delivered(1)
    assert (channel.sent, other.sent) == (["key-0"], ["key-1", "key-2"])


def _deliver_at_once(url, address, start, faults):
    def work():
        with Database.open(url) as db, Webhook(address, receiver.SECRET) as webhook:
            start.wait()
            deliver(db, [webhook], schedule=Schedule(first=timedelta(0)))

    crowd.telling(faults, work)


def test_of_two_watchers_only_one_sends_each_alert(store_url):
    there = receiver.Receiver(["ok"])
    with there.serving() as address:
        with Database.open(store_url) as db, Webhook(address, receiver.SECRET) as webhook:
            queue(db, 40, [webhook.name])
        crowd.at_once(2, _deliver_at_once, store_url, address)
    assert len(there.processed) == 40
    assert sum(there.repeated.values()) == 0


N_CLAIMS, N_DAYS = 5, 43


def restless(n_days):
    """Give a book in which every claim's state turns every day, and the article's phase never."""
    article = sample.article()
    claims = tuple(
        article.claims[1].model_copy(update={"id": f"B{number}"}) for number in range(N_CLAIMS)
    )
    first = sample.registrations()["made-up/A2"]
    registrations = {each.ref: first.model_copy(update={"claim": each.ref}) for each in claims}
    quiet = sample.state("A2", 5)
    rows = []
    for age in range(1, n_days + 1):
        turned = {"state": ("on_course", "not_so_far")[age % 2], "since": sample.day(age)}
        rows.append(Row(subject="made-up", day=sample.day(age), body=PHASE))
        rows += [
            Row(
                subject=ref,
                day=sample.day(age),
                body=quiet.model_copy(update=turned | {"registration": each.sha256}),
            )
            for ref, each in registrations.items()
        ]
    return Book(article.model_copy(update={"claims": claims}), registrations, tuple(rows))


def _deliver_for_ever(url, address, started):
    with (
        Database.open(url) as db,
        Webhook(address, receiver.SECRET, timeout=receiver.WAIT) as webhook,
    ):
        started.send(None)
        deliver(db, [webhook], schedule=AT_ONCE, linger=timedelta(seconds=30))


def test_two_hundred_changes_arrive_through_failures_timeouts_and_restarts(store_url):
    there = receiver.Receiver(["500", "429", "reset", "lost", "late"] + ["ok"] * 16)
    rng = np.random.default_rng(5)
    changes, n_killed = [], 0
    with (
        there.serving() as address,
        Webhook(address, receiver.SECRET, timeout=receiver.WAIT) as webhook,
    ):
        # A process that is killed must not have been forked while the store was open.
        for n_days in range(1, N_DAYS + 1, ledger.AT_ONCE):
            with Database.open(store_url) as db:
                changes += ledger.write(db, restless(n_days), channels=[webhook.name]).changes
                again = ledger.write(db, restless(n_days), channels=[webhook.name])
                assert again.changes == ()
            if n_days > 1:
                n_killed += crowd.is_killed(
                    rng.uniform(0.01, 0.1), _deliver_for_ever, store_url, address
                )
        with Database.open(store_url) as db:
            done = deliver(db, [webhook], schedule=AT_ONCE, linger=timedelta(minutes=5))
            attempts = alerts.attempts(db)
            assert deliver(db, [webhook], schedule=AT_ONCE) == Delivered()
    assert n_killed >= 3
    assert done.next_due is None
    assert min(there.requests[each] for each in ("500", "429", "reset", "lost", "late", "ok")) > 0
    assert len(changes) >= 200
    assert {change.key for change in changes} == set(there.processed)
    # Once it was acknowledged and the sender lived to write that down, it was not sent again. On a
    # busy machine some that were acknowledged come too late for the sender.
    n_too_late = sum(each.reason == "it did not answer in time" for each in attempts)
    n_too_late -= there.requests["late"]
    assert sum(there.acknowledged.values()) <= len(changes) + n_killed + n_too_late
    assert there.forged == 0
    final = [each for each in attempts if each.state == "delivered"]
    assert len(final) == len(changes)
    for key, body in there.processed.items():
        assert (body["document"], body["schema"], body["key"]) == ("alert", 1, key)
        assert body["old"] != body["new"]


def test_what_is_caught_up_is_told_by_one_digest(db):
    written = ledger.write(db, restless(20), channels=["here"])
    assert len(written.changes) == 19 * N_CLAIMS
    channel = Told()
    deliver(db, [channel])
    (key,) = channel.sent
    with db.connect() as connection:
        (digest,) = (each for each in alerts.told(connection) if each.kind == "digest")
    assert digest.key == key
    said = message(digest)
    assert said.title == "made-up: 95 changes"
    lines = said.text.splitlines()
    assert lines[0].startswith(
        "made-up: 95 changes from 2026-01-07 to 2026-01-25 were written down together; the newest: "
    )
    assert len(lines) == 1 + 9 + 1
    assert lines[-1].startswith("(Leadline, as known at the end of 2026-01-25, ledger ")
    # From then on each by itself.
    written = ledger.write(db, restless(22), channels=["here"])
    assert deliver(db, [channel]).delivered == len(written.changes) == 2 * N_CLAIMS


def test_a_message_names_the_ledger_and_what_changed(db):
    ledger.write(db, restless(1), channels=["here"])
    (*_, change) = ledger.write(db, restless(2), channels=["here"]).changes
    with db.connect() as connection:
        (*_, alert) = alerts.told(connection)
    said = message(alert)
    assert said.key == change.key
    sentence, seal = said.text.splitlines()
    assert sentence == change.sentence
    (head,) = (row for row in rows(db) if row.place[:2] == (alert.claim, date(2026, 1, 7)))
    assert seal == f"(Leadline, as known at the end of 2026-01-07, ledger {head.sha256[:12]})"


def rows(db):
    with db.connect() as connection:
        return kept.entries(connection)
