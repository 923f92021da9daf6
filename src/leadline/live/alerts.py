"""Alerts: what changed, told once, at least once to every channel and never again after that.

An alert is recorded together with the rows that cause it (``leadline.live.ledger``). Sending it is
tried until the receiver has taken it, always under the same key, by which a receiver that has got
it twice can tell.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from leadline.data.database import Database, alerts
from leadline.data.database.alerts import Alert, Draft, Outcome
from leadline.live.book import canonical
from leadline.live.changes import Change
from leadline.live.channels import Channel, Message

NEWEST = 100
"""So many changes a feed shows."""

_SCHEMA = 1
_SPELLED_OUT = 10
_ENOUGH = 3
_HASH = 12


@dataclass(frozen=True, slots=True)
class Schedule:
    """When sending is tried again.

    Attributes
    ----------
    first, longest : timedelta
        The wait after the first failure, which doubles from one to the next up to the longest.
        A receiver that asks to wait for longer is waited for, a day at most.
    give_up : timedelta
        What failed so long after it was recorded is given up.
    lease : timedelta
        How long an attempt keeps others off: one that was killed is made anew after it.
    """

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)
    give_up: timedelta = timedelta(days=7)
    lease: timedelta = timedelta(minutes=5)

    def wait(self, attempt: int, asked: timedelta | None) -> timedelta:
        """Give the wait after this attempt, the first being 1."""
        own = min(self.first * 2.0 ** min(attempt - 1, 40), self.longest)
        return own if asked is None else max(own, min(asked, timedelta(days=1)))


@dataclass(frozen=True, slots=True)
class Delivered:
    """How sending went: how many were taken, are to be tried again, and will not be sent.

    ``problems`` has a sentence for each that failed, without secrets. ``next_due`` is when the
    next attempt may start, None where nothing waits.
    """

    delivered: int = 0
    failed: int = 0
    lost: int = 0
    problems: tuple[str, ...] = ()
    next_due: datetime | None = None


def drafted(article: str, change: Change, ledger: str | None) -> Draft:
    """Give the alert that tells of a change; ``ledger`` is the hash that its rows lead up to."""
    said = {
        "key": change.key,
        "article": article,
        "subject": change.subject,
        "day": f"{change.day}",
        "what": change.what,
        "old": change.old,
        "new": change.new,
        "sentence": change.sentence,
        "ledger": ledger,
    }
    return _draft(article, change.subject, change.day, change.what, said)


def digest(article: str, day: date, untold: Sequence[Alert]) -> Draft:
    """Give the one alert that tells of many changes, the newest spelled out."""
    ordered = sorted(untold, key=lambda alert: alert.day)
    first, last = ordered[0].day, ordered[-1].day
    newest = [json.loads(alert.text) for alert in reversed(ordered)][:NEWEST]
    sentence = (
        f"{article}: {len(untold)} changes from {first} to {last} were written down together; "
        f"the newest: {newest[0]['sentence']}"
    )
    said = {
        "key": hashlib.sha256("\n".join(alert.key for alert in untold).encode()).hexdigest(),
        "article": article,
        "subject": article,
        "day": f"{day}",
        "what": "digest",
        "old": "",
        "new": f"{len(untold)} changes",
        "sentence": sentence,
        "ledger": newest[0]["ledger"],
        "changes": newest,
    }
    return _draft(article, article, day, "digest", said)


def message(alert: Alert) -> Message:
    """Give what is sent: a title, a sentence with the hash of the ledger, and all of it as JSON."""
    said = json.loads(alert.text)
    lines = [said["sentence"]]
    lines += [
        f"- {each['day']} {each['sentence']}" for each in said.get("changes", [])[1:_SPELLED_OUT]
    ]
    seal = "" if said["ledger"] is None else f", ledger {said['ledger'][:_HASH]}"
    lines.append(f"(Leadline, as known at the end of {said['day']}{seal})")
    what = said["new"] if alert.kind == "digest" else said["what"]
    title = f"{said['subject']}: {what}"
    return Message(alert.key, title, "\n".join(lines), alert.text)


def recent(db: Database, article: str | None = None, n_changes: int = NEWEST) -> tuple[Change, ...]:
    """Give the last changes that were recorded, newest first, of an article or of all."""
    return tuple(_change(alert.text) for alert in alerts.newest(db, article, n_changes))


def utc_now() -> datetime:
    """Give this moment."""
    return datetime.now(UTC)


def deliver(
    db: Database,
    channels: Iterable[Channel],
    *,
    schedule: Schedule | None = None,
    linger: timedelta = timedelta(0),
    clock: Callable[[], datetime] = utc_now,
    pause: Callable[[float], None] = time.sleep,
) -> Delivered:
    """Send every alert that waits for a channel and is due.

    Attempts are counted in the store, so that restarts and other processes neither forget nor
    repeat any. An alert whose sender was killed is sent anew once the lease is over, for nobody
    knows whether it arrived.

    Parameters
    ----------
    db : Database
        The store.
    channels : iterable of Channel
        Where to; alerts are queued under their names by ``leadline.live.ledger.write``.
    schedule : Schedule or None
        When to try again; None takes the default one.
    linger : timedelta
        How long to stay and try again what failed; the rest is left to the next call.
    clock, pause : callable
        Give this moment, and wait for a number of seconds.
    """
    schedule = schedule or Schedule()
    named = {channel.name: channel for channel in channels}
    until = clock() + linger
    tally = _Tally()
    while True:
        for channel in named.values():
            _send_all(db, channel, schedule, clock, tally)
        due = alerts.next_due(db, named)
        if due is None or due > until or clock() >= until:
            return tally.result(due)
        # The store counts whole seconds.
        pause(max((due - clock()).total_seconds(), 0.01))


class _Tally:
    """How many alerts went which way; a failure that was made good is none."""

    def __init__(self) -> None:
        self._n_delivered = self._n_lost = 0
        self._failed: dict[tuple[str, str], str] = {}
        self._lost: list[str] = []

    def count(self, channel: str, alert: Alert, outcome: str, reason: str) -> None:
        sentence = f"{channel}: alert {alert.key[:_HASH]} of {alert.day} was not taken: {reason}"
        self._failed.pop((channel, alert.key), None)
        match outcome:
            case "delivered":
                self._n_delivered += 1
            case "failed":
                self._failed[channel, alert.key] = f"{sentence}; it will be tried again."
            case "refused":
                self._lost.append(f"{sentence}; it will not be tried again.")
            case _:
                self._lost.append(f"{sentence}; it was tried for too long and is given up.")

    def result(self, due: datetime | None) -> Delivered:
        problems = (*self._lost, *self._failed.values())
        return Delivered(self._n_delivered, len(self._failed), len(self._lost), problems, due)


def _send_all(
    db: Database,
    channel: Channel,
    schedule: Schedule,
    clock: Callable[[], datetime],
    tally: _Tally,
) -> None:
    """Send what waits for one channel, oldest first, until it fails again and again."""
    n_failed = 0
    for alert in alerts.waiting(db, channel.name, clock()):
        begun = clock()
        attempt = alerts.start(db, alert, channel.name, now=begun, until=begun + schedule.lease)
        if attempt is None:
            continue
        answer = channel.send(message(alert))
        now = clock()
        outcome: Outcome = answer.outcome
        if outcome == "failed" and now - alert.recorded_at >= schedule.give_up:
            outcome = "abandoned"
        due = now + schedule.wait(attempt, answer.wait) if outcome == "failed" else None
        alerts.finish(db, alert, channel.name, attempt, outcome, reason=answer.reason, due=due)
        tally.count(channel.name, alert, outcome, answer.reason)
        n_failed = n_failed + 1 if outcome == "failed" else 0
        if n_failed == _ENOUGH:
            return


def _draft(article: str, subject: str, day: date, what: str, said: Mapping[str, object]) -> Draft:
    text = canonical({"document": "alert", "schema": _SCHEMA, **said})
    return Draft(str(said["key"]), article, subject, day, what, text)


def _change(text: str) -> Change:
    said = json.loads(text)
    return Change(
        subject=said["subject"],
        day=date.fromisoformat(said["day"]),
        what=said["what"],
        old=said["old"],
        new=said["new"],
        sentence=said["sentence"],
        key=said["key"],
    )
