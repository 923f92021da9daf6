"""The odds of a rally as pictures: over time beside the base rate, and how past ones came out."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from leadline.evidence.exhibits import Band, Curve, Line
from leadline.live.book import Book, Horizon, Odds, Reliability
from leadline.live.words import UNSKILLED
from leadline.live.written import thinned, written
from leadline.report import words

_MOST_POINTS = 20
_TENTHS = np.linspace(0, 1, 11)


def odds(book: Book) -> tuple[Curve, ...]:
    """Draw the odds of the follower's rally beside the base rate, a picture for each horizon."""
    told = written(book, book.article.id, Odds)
    targets = dict.fromkeys((about, h.weeks) for _, about, found in told for h in found.horizons)
    return tuple(
        _odds(
            [
                (day, found, horizon)
                for day, by, found in told
                for horizon in found.horizons
                if (by, horizon.weeks) == (about, weeks)
            ]
        )
        for about, weeks in targets
    )


def worth(horizon: Horizon) -> str:
    """Say what the odds are worth, and to use the base rate where that is nothing."""
    return words.capital(horizon.words) or ("" if horizon.skilled else UNSKILLED)


def _odds(told: Sequence[tuple[date, Odds, Horizon]]) -> Curve:
    _, found, now = told[-1]
    places = thinned(len(told), 7)
    x = tuple(told[i][0].isoformat() for i in places)
    shown = [told[i][2] for i in places]
    return Curve(
        name=f"odds_{found.follower}_{now.weeks}",
        title=f"Odds of a rally of {found.follower} within {now.weeks} weeks",
        finding=f"The base rate is {words.share(now.base)}. The odds by the article's conditions "
        f"are {words.share(now.odds)}. {worth(now)}",
        note=f"The forecast is that {found.words}. Drawn weekly. The odds are refitted on what was "
        "known, and drawn towards the base rate as far as past forecasts were no better than it.",
        x_label="",
        y_label=f"odds within {now.weeks} weeks",
        y_format=".0%",
        lines=(
            Line(label="base rate", x=x, y=tuple(h.base for h in shown), role="base"),
            Line(label="by the article's conditions", x=x, y=tuple(h.odds for h in shown)),
        ),
        bands=(
            Band(
                label="their interval",
                x=x,
                low=tuple(h.low for h in shown),
                high=tuple(h.high for h in shown),
            ),
        ),
    )


def reliability(book: Book) -> tuple[Curve, ...]:
    """Draw how past forecasts came out, by the last refit for each horizon."""
    last = {about: found for _, about, found in written(book, book.article.id, Reliability)}
    return tuple(_reliability(found) for found in last.values())


def _reliability(found: Reliability) -> Curve:
    n = sum(found.counts)
    fits = found.p_value > 0.05
    said = "cannot be told from honest odds" if fits else "do not come true as often as they say"
    few = len(found.forecast) <= _MOST_POINTS
    # Of forecasts that share one frequency the first and the last say all.
    steps = [i for i in range(1, len(found.happened)) if found.happened[i] != found.happened[i - 1]]
    every = max(1, len(found.forecast) // _MOST_POINTS)
    kept = [j for i in steps for j in (i - 1, i)]
    places = thinned(len(found.forecast), every, kept)
    x, happened, low, high = (
        tuple(values[i] for i in places)
        for values in (
            [100 * forecast for forecast in found.forecast],
            found.happened,
            found.low,
            found.high,
        )
    )
    return Curve(
        name=f"reliability_{found.follower}_{found.weeks}",
        title=f"Were past odds of {found.weeks} weeks honest?",
        finding=f"Past odds {said}: odds that are honest look at least as far off "
        f"{words.often(found.p_value)}.",
        note="Where odds of 30 % come true 30 % of the time, the line lies on the diagonal. The "
        "band holds 90 % of honest forecasters; it is wide because outcomes overlap. The dotted "
        f"line says how many of {n:,} forecasts gave odds within each ten percent.",
        x_label="odds that were given, in %",
        y_label="share that came true",
        y_format=".0%",
        lines=(
            Line(label="honest odds", x=(0.0, 100.0), y=(0.0, 1.0), role="base"),
            Line(label="what came true", x=x, y=happened, points=few),
            _given(found),
        ),
        bands=(Band(label="honest forecasters", x=x, low=low, high=high),),
    )


def _given(found: Reliability) -> Line:
    """Give the share of forecasts within each ten percent, over the middle of it."""
    counts, _ = np.histogram(found.forecast, bins=_TENTHS, weights=found.counts)
    return Line(
        label="share of all forecasts",
        x=tuple(map(float, 50 * (_TENTHS[1:] + _TENTHS[:-1]))),
        y=tuple(map(float, counts / sum(found.counts))),
        role="ghost",
    )
