"""Every kind of test as a plain function on pandas Series, for notebooks and scripts."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.random import Generator
from pydantic import ValidationError

from leadline.claim_file import faults
from leadline.data.frame import panel_from_series
from leadline.data.panel import Panel
from leadline.data.series import SeriesInfo
from leadline.errors import ClaimError, DataError
from leadline.evidence import kinds, pictures
from leadline.evidence.base import Evidence, HypothesisTest
from leadline.evidence.exhibits import Shift
from leadline.evidence.sample import NullModel, draw_sample
from leadline.executors import one_blas_thread

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    Prices = pd.Series[Any]

SEED = "leadline"
READ_AS: Mapping[str, Literal["rate", "probability"]] = {
    "rates": "rate",
    "probabilities": "probability",
}


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


def driver_loading(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Measure how far the follower moves with the driver in the same period, given ``controls``.

    Yields and other rates are named in ``rates``: their moves are differences, not returns.
    """
    return _relation("driver_loading", leader, follower, others, seed, settings)


def granger(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Test whether the leader's past adds to what the follower's own past tells (Toda-Yamamoto)."""
    return _relation("granger", leader, follower, others, seed, settings)


def necessary_condition(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Ask whether the follower's rallies ever began without the leader, a series of bool."""
    return _relation("necessary_condition", leader, follower, others, seed, settings)


def predictive_skill(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Measure what the leader's past move is worth in forecasts made with past data only."""
    return _relation("predictive_skill", leader, follower, others, seed, settings)


def regime_means(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Compare the follower's mean return while the leader, a series of bool, holds and else."""
    return _relation("regime_means", leader, follower, others, seed, settings)


def response_order(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Ask which of two answers a shock to the leader first: ``first``, or the follower."""
    return _relation("response_order", leader, follower, others, seed, settings)


def shock_response(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Measure how the follower moves after a shock to the leader (local projections)."""
    return _relation("shock_response", leader, follower, others, seed, settings)


def state_transition(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Ask whether the follower, a series of bool, begins to hold oftener after the leader."""
    return _relation("state_transition", leader, follower, others, seed, settings)


def stress_behaviour(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Measure the follower's beta to the leader, a market, on its worst days: haven or risk."""
    return _relation("stress_behaviour", leader, follower, others, seed, settings)


def tradable(
    leader: "Prices",
    follower: "Prices",
    *,
    seed: str = SEED,
    others: "Mapping[str, Prices] | None" = None,
    **settings: Any,
) -> Finding:
    """Ask whether the leader's moves could have been traded, after costs and the search."""
    return _relation("tradable", leader, follower, others, seed, settings)


def explosive(
    of: "Prices",
    *,
    others: "Mapping[str, Prices] | None" = None,
    seed: str = SEED,
    **settings: Any,
) -> Finding:
    """Ask whether a series rose explosively up to ``day``, and since when (GSADF, gated)."""
    name = _name(of, "of")
    return _find("explosive", {name: of, **(others or {})}, seed, {"of": name, **settings})


def standing(
    of: "Prices",
    *,
    others: "Mapping[str, Prices] | None" = None,
    seed: str = SEED,
    **settings: Any,
) -> Finding:
    """Say where a series stood on ``day``: above or below a level, or within its own past."""
    name = _name(of, "of")
    return _find("standing", {name: of, **(others or {})}, seed, {"of": name, **settings})


def pace(
    of: "Prices",
    *,
    others: "Mapping[str, Prices] | None" = None,
    seed: str = SEED,
    **settings: Any,
) -> Finding:
    """Say whether a rise had built for months before ``since`` and gained pace by ``day``."""
    name = _name(of, "of")
    return _find("pace", {name: of, **(others or {})}, seed, {"of": name, **settings})


def driver_share(
    of: "Prices",
    *,
    others: "Mapping[str, Prices] | None" = None,
    seed: str = SEED,
    **settings: Any,
) -> Finding:
    """Take the move of a series apart into ``drivers``, drift and a residual; all adds up.

    ``others`` holds the series that ``drivers`` names; those that are rates stand in ``rates``.
    """
    name = _name(of, "of")
    return _find("driver_share", {name: of, **(others or {})}, seed, {"of": name, **settings})


def forecast(
    follower: "Prices",
    *,
    from_day: date | str,
    others: "Mapping[str, Prices] | None" = None,
    seed: str = SEED,
    **settings: Any,
) -> Finding:
    """Give the odds that ``follower`` reaches a mark in time, and the base rate of that."""
    name = _name(follower, "follower")
    series = {name: follower, **(others or {})}
    return _find("forecast", series, seed, {"follower": name, "from_day": from_day, **settings})


def regime_now(
    states: "Mapping[str, Prices]",
    *,
    day: date | str,
    state: str,
    seed: str = SEED,
    **settings: Any,
) -> Finding:
    """Say which of ``states``, series of bool or of probabilities, held on ``day``."""
    settings = {"day": day, "state": state, "probabilities": tuple(states), **settings}
    return _find("regime_now", states, seed, settings)


def published_figure(figure: str, *, known_by: date | str, **settings: Any) -> Finding:
    """Check a figure of the package's table of publications known by a day.

    Nothing is drawn at random and no series is read.
    """
    test = _checked("published_figure", {"figure": figure, "known_by": known_by, **settings})
    day = known_by if isinstance(known_by, date) else date.fromisoformat(known_by)
    panel = Panel(day, np.array([day], dtype="datetime64[D]"), {})
    return Finding.model_construct(**dict(test.find(panel, test.stream(SEED))))


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
    with one_blas_thread():
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
    # What a price is not has to be said; these two are of the series, not of the test.
    read_as = {name: kind_ for kind_ in READ_AS for name in settings.get(kind_, ())}
    test = _checked(kind, {name: v for name, v in settings.items() if name not in READ_AS})
    infos = {name: _info(name, given, read_as.get(name)) for name, given in series.items()}
    panel = panel_from_series(series, infos=infos)
    with one_blas_thread():
        evidence = test.find(panel, test.stream(seed))
    return Finding.model_construct(**dict(evidence))


def _checked(kind: str, settings: Mapping[str, Any]) -> HypothesisTest:
    model = kinds()[kind]
    try:
        return model.model_validate(settings)
    except ValidationError as error:
        found = "; ".join(fault.line for fault in faults(error, model, settings, kinds()))
        raise ClaimError(f"{kind}: {found}") from None


def _info(name: str, given: "Prices", read_as: str | None) -> SeriesInfo:
    """Say what a series is: a state where its values are bool, a price where nothing is said."""
    values = np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given[1])
    if values.dtype == bool:
        return SeriesInfo(id=name, title=name, unit="yes or no", kind="flag")
    if read_as is None:
        return SeriesInfo(id=name, title=name, unit="as given", kind="price")
    return SeriesInfo(id=name, title=name, unit="as given", kind=READ_AS[read_as])


def _name(series: "Prices", otherwise: str) -> str:
    name = getattr(series, "name", None)
    return otherwise if name is None else str(name)


def _stream(seed: str) -> Generator:
    return np.random.default_rng(np.frombuffer(seed.encode(), dtype=np.uint8).tolist())
