"""Every day since publication, one after the other, each by what was known on it alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from leadline.claim import Article, Claim, article_of, as_article
from leadline.data import Panel, Store
from leadline.data.gather import RevisedData, gather_held, no_series
from leadline.errors import DataError
from leadline.live import odds, states
from leadline.live.book import Body, Book, Row
from leadline.live.needs import published
from leadline.live.readings import Signal, phases, read, signal
from leadline.live.register import deciding, register, series_of
from leadline.trial import Progress


def follow(
    what: Article | Claim, store: Store, *, as_of: date, progress: Progress | None = None
) -> Book:
    """Replay every day from the one after publication to ``as_of``, as a watcher would have.

    Whatever is written for a day was known at its decision; a later ``as_of`` only adds days.
    A claim whose series the store lacks has no rows: the rows on the data say what it lacks.
    Raises DataError where nothing was published before ``as_of``.
    """
    article, whole = _articles(what)
    first = published(article)
    if as_of <= first:
        msg = (
            f"{article.id} appeared on {first}; the first day to follow is "
            f"{first + timedelta(days=1)}, and as_of is {as_of}."
        )
        raise DataError(msg)
    held = _gathered(article, whole, store, as_of)
    signals = _signals(article, held.watched)
    followed: dict[str, states.Followed] = {}
    missing: dict[str, str] = {}
    for number, claim in enumerate(article.claims, 1):
        panel = held.of(claim)
        if isinstance(panel, str):
            missing[claim.ref] = panel
        elif claim.first_seen < as_of:
            followed[claim.ref] = _followed(claim, article, panel, signals)
        if progress is not None:
            progress(claim.ref, number / (len(article.claims) + 1))
    days = [first + timedelta(days=n) for n in range(1, (as_of - first).days + 1)]
    rows = [
        Row(subject=article.id, day=day, body=body, about=about)
        for day, body, about in _about(article, whole, held, days, missing)
    ]
    rows += [
        Row(subject=ref, day=day, body=each.on(day))
        for ref, each in followed.items()
        for day in days
        if day > each.claim.first_seen
    ]
    if progress is not None:
        progress(article.id, 1.0)
    frozen = {ref: each.frozen for ref, each in followed.items()}
    return Book(article, frozen, tuple(sorted(rows, key=lambda row: row.place)))


def _articles(what: Article | Claim) -> tuple[Article, Article]:
    """Give what is followed, and the article from which its phases, triggers and odds come.

    A claim of the library is followed alone as among the others.
    """
    whole = article_of(what)
    if isinstance(what, Article):
        return what, whole
    return as_article(what).model_copy(update={"watch": whole.watch}), whole


@dataclass(frozen=True)
class _Held:
    """What the store has of an article, by what is done about revised data."""

    panels: Mapping[RevisedData, Panel]

    def of(self, claim: Claim) -> Panel | str:
        """Give the panel by which a claim is followed, or say what is lacking of it."""
        names, panel = series_of(claim), self.panels[claim.revised_data]
        for name in names:
            column = panel.columns.get(name)
            by_then = panel.days <= np.datetime64(claim.first_seen, "D")
            if column is None or not np.isfinite(column.value[by_then]).any():
                return f"The store has no {name} that was known by {claim.first_seen}."
        return panel.only(names) if names else panel

    @property
    def watched(self) -> Panel:
        """The panel in which every value is the one known at the time."""
        return self.panels["refuse"]


def _gathered(article: Article, whole: Article, store: Store, as_of: date) -> _Held:
    names: dict[RevisedData, list[str]] = {"refuse": [], "allow": []}
    for claim in article.claims:
        names[claim.revised_data] += series_of(claim)
    names["refuse"] += article.watch.series() if article.watch is not None else ()
    names["refuse"] += [name for target in odds.targets(whole) for name in target.series()]
    return _Held(
        {
            policy: gather_held(
                tuple(dict.fromkeys(asked)), store, as_of=as_of, revised_data=policy
            ).panel
            for policy, asked in names.items()
        }
    )


def _signals(article: Article, panel: Panel) -> Mapping[str, Signal]:
    triggers = article.watch.triggers if article.watch is not None else ()
    return {trigger.id: signal(trigger, panel) for trigger in triggers}


def _followed(
    claim: Claim, article: Article, panel: Panel, signals: Mapping[str, Signal]
) -> states.Followed:
    """Freeze what was known on the day of publication, and read what came since."""
    past = panel.until(claim.first_seen) if panel.columns else no_series(claim.first_seen)
    frozen = register(claim, article, past)
    return states.Followed(
        claim,
        frozen,
        read(claim, frozen, deciding(claim), panel),
        tuple(signals[trigger.id] for trigger in frozen.triggers),
    )


_Told = tuple[date, Body, str]


def _about(
    article: Article,
    whole: Article,
    held: _Held,
    days: list[date],
    missing: Mapping[str, str],
) -> list[_Told]:
    """Say of every day what concerns the whole article, and what tells rows of one kind apart."""
    ages = states.Ages.of(*held.panels.values())
    told: list[_Told] = [(day, ages.on(day, missing), "") for day in days]
    if article.watch is not None and article.watch.phases:
        found = phases(article.watch.phases, held.watched)
        told += [(day, states.phase(found, day), "") for day in days]
    for target in odds.targets(whole):
        if target.follower in held.watched.columns:
            for day, daily in odds.odds_path(held.watched, target, days).items():
                told.append((day, daily.odds, target.follower))
                told += [(day, each, f"{each.follower}/{each.weeks}") for each in daily.reliability]
    return told
