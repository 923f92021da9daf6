"""Every kind of test as a plain function on pandas Series, for notebooks and scripts."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.random import Generator
from pydantic import ValidationError
from threadpoolctl import threadpool_limits

from leadline.claim_file import faults
from leadline.data.frame import panel_from_series
from leadline.data.panel import Panel
from leadline.errors import ClaimError, DataError
from leadline.evidence import kinds, pictures
from leadline.evidence.base import Evidence
from leadline.evidence.exhibits import Shift
from leadline.evidence.sample import NullModel, draw_sample

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    Prices = pd.Series[Any]

SEED = "leadline"


class Finding(Evidence):
    """Evidence that can show itself: as a table, a chart, and in a notebook."""

    def to_frame(self) -> "pd.DataFrame":
        """Give what was found as one row, its components included."""
        import pandas as pd

        row: dict[str, Any] = {
            "kind": self.kind,
            "status": self.status,
            "p_value": self.p_value,
            "at": self.at,
            "n_obs": self.n_obs,
            "n_episodes": self.n_episodes,
        }
        if self.estimate is not None:
            row |= {name: getattr(self.estimate, name) for name in ("value", "low", "high", "unit")}
        if self.power is not None:
            row |= {"power_at_matters": self.power.at_matters, "detectable": self.power.detectable}
        return pd.DataFrame([row | self.components])

    def chart(self, name: str | None = None) -> "alt.TopLevelMixin":
        """Draw the exhibit called ``name``, the first where none is given."""
        from leadline import report

        shown = self.exhibits[0] if name is None and self.exhibits else self.exhibit(name or "")
        if shown is None:
            known = ", ".join(exhibit.name for exhibit in self.exhibits) or "none"
            raise ClaimError(f"No exhibit {name!r} here. Exhibits: {known}.")
        return report.chart(shown)

    def _repr_html_(self) -> str:
        from html import escape

        from leadline import report

        pictures_shown = "".join(report.svg(exhibit) for exhibit in self.exhibits[:2])
        return f"<p><strong>{escape(self.summary)}</strong></p>{pictures_shown}"


def lag_profile(
    leader: "Prices",
    follower: "Prices",
    *,
    min_lag: str | None = None,
    max_lag: str = "26w",
    every: Literal["day", "week", "month"] = "week",
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Test whether the leader's past returns go with the follower's returns.

    Parameters
    ----------
    leader, follower : Series
        Prices by day; the names label the result.
    min_lag, max_lag : str
        The window searched, such as ``"2w"`` and ``"26w"``; ``min_lag`` is one of ``every``
        where omitted. A positive lag means the leader moved before.
    every : {"day", "week", "month"}
        Length of the returns compared.
    others : mapping of str to Series, optional
        More series, for placebo leaders and forks that name them.
    **settings
        Any other setting of the kind ``lag_profile``.

    Returns
    -------
    Finding
        Evidence; see :class:`leadline.evidence.base.Evidence`.
    """
    first = min_lag or {"day": "1d", "week": "1w", "month": "1m"}[every]
    window = {"min": first, "max": max_lag}
    return _relation(
        "lag_profile",
        leader,
        follower,
        others,
        seed,
        {"window": window, "every": every, **settings},
    )


def level_correlation(
    leader: "Prices",
    follower: "Prices",
    *,
    at: str | None = None,
    max_lag: str = "120d",
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Correlate levels with the leader moved forward, against random walks searched alike.

    ``at`` is the shift somebody published, ``max_lag`` the longest they may have tried; the
    other parameters are those of :func:`lag_profile`.
    """
    window = {"min": "0d", "max": max_lag}
    return _relation(
        "level_correlation",
        leader,
        follower,
        others,
        seed,
        {"window": window, "at": at, **settings},
    )


def event_coincidence(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Test whether leader events come before follower events, or with them."""
    return _relation("event_coincidence", leader, follower, others, seed, settings)


def event_study(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Measure what the follower does after the leader's events, against any other day."""
    return _relation("event_study", leader, follower, others, seed, settings)


def gap_frequency(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Measure how often the follower lags while the leader is strong."""
    return _relation("gap_frequency", leader, follower, others, seed, settings)


def market_fact(
    of: "Prices",
    *,
    fact: Literal["record", "best_of", "has_not_followed", "acceleration"],
    day: date | str,
    others: "Mapping[str, Prices] | None" = None,
    seed: str = SEED,
    **settings: Any,
) -> Finding:
    """Check a statement about prices on one day, with its base rate.

    ``others`` holds the series that ``universe``, ``also`` or ``follower`` name; for ``best_of``
    the universe is all of them unless said.
    """
    series = {_name(of, "of"): of, **(others or {})}
    if fact == "best_of" and "universe" not in settings:
        settings["universe"] = tuple(others or ())
    return _find(
        "market_fact", series, seed, {"fact": fact, "of": _name(of, "of"), "day": day, **settings}
    )


def shift(
    leader: "Prices",
    follower: "Prices",
    *,
    days: int,
    scale: Literal["price", "log"] = "price",
    seed: str = SEED,
) -> Shift:
    """Say what an overlay with the leader moved ``days`` forward is worth.

    Returns the correlation of levels and of weekly returns at that shift, the share of random
    walks with the follower's own increments that do at least as well there
    (``share_random``), and the share that does when the best of all shifts may be picked
    (``p_search``).
    """
    names = (_name(leader, "leader"), _name(follower, "follower"))
    panel = panel_from_series(dict(zip(names, (leader, follower), strict=True)))
    return shift_of(panel, *names, days=days, scale=scale, seed=seed)


def shift_of(
    panel: Panel,
    leader: str,
    follower: str,
    *,
    days: int,
    start: date | None = None,
    stop: date | None = None,
    scale: Literal["price", "log"] = "price",
    seed: str = SEED,
) -> Shift:
    """Give :func:`shift` for two series of a panel."""
    if not 0 <= days <= pictures.LAST_SHIFT:
        msg = f"days is {days}; it takes 0 to {pictures.LAST_SHIFT}."
        raise DataError(msg)
    sample = draw_sample(panel, (leader,), follower, stop=stop)
    low, high = sample.bounds(start, None)
    reach = round(pictures.LAST_SHIFT / 365.25 * sample.per_year)
    sample = sample.rows(low, high, reach)
    needed = 2 * round(days / 365.25 * sample.per_year) + 60
    if sample.n_obs - sample.skip < needed:
        msg = (
            f"{max(sample.n_obs - sample.skip, 0)} common observations of {leader} and {follower}; "
            f"a shift of {days} days needs {needed}."
        )
        raise DataError(msg)
    with threadpool_limits(1, "blas"):
        shown = pictures.overlay(
            sample,
            leader,
            follower,
            NullModel.fit(sample, (leader,), guard=2),
            _stream(seed),
            start_shift=days,
            scale=scale,
            coarse=False,
        )
    return next(row for row in shown.shifts if row.days == days)


def _relation(
    kind: str,
    leader: "Prices",
    follower: "Prices",
    others: "Mapping[str, Prices] | None",
    seed: str,
    settings: Mapping[str, Any],
) -> Finding:
    names = (_name(leader, "leader"), _name(follower, "follower"))
    if names[0] == names[1]:
        names = ("leader", "follower")
    series = {names[0]: leader, names[1]: follower, **(others or {})}
    return _find(kind, series, seed, {"leader": names[0], "follower": names[1], **settings})


def _find(
    kind: str, series: "Mapping[str, Prices]", seed: str, settings: Mapping[str, Any]
) -> Finding:
    model = kinds()[kind]
    try:
        test = model.model_validate(settings)
    except ValidationError as error:
        found = "; ".join(fault.line for fault in faults(error, model, settings, kinds()))
        raise ClaimError(f"{kind}: {found}") from None
    panel = panel_from_series(series)
    with threadpool_limits(1, "blas"):
        evidence = test.find(panel, test.stream(seed))
    return Finding.model_construct(**dict(evidence))


def _name(series: "Prices", otherwise: str) -> str:
    name = getattr(series, "name", None)
    return otherwise if name is None else str(name)


def _stream(seed: str) -> Generator:
    return np.random.default_rng(np.frombuffer(seed.encode(), dtype=np.uint8).tolist())
