"""What tests of a response to shocks share: the shock, its scale, and what answers it."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Every
from leadline.evidence.exhibits import Band, Curve, Line, Mark, Table
from leadline.evidence.relation import RelationTest
from leadline.evidence.sample import Paths, Sample
from leadline.kernels import autoregression as ar
from leadline.kernels import projections
from leadline.kernels.events import first_after_quiet
from leadline.kernels.resample import past_scale

Floats = NDArray[np.float64]
LENGTH = {"week": 7.0, "month": 365.25 / 12}
LAGS = 4
LARGE = 2.0
APART = DurationText("4w")
MIN_SHOCKS = 5
SHOWN = 12


class ShockTest(RelationTest):
    """What tests of a response to shocks share; the leader is the series that is shocked.

    A shock is the innovation of an autoregression of the leader's level in units of past
    volatility, or, for a flag or probability, the period in which it begins to hold. Moves of
    those that respond are in units of their past volatility too.
    """

    every: Every = "week"
    horizon: Duration = DurationText("26w")

    def _periods(self, length: DurationText, sample: Sample) -> int:
        if self.every == "day":
            return length.observations(sample.per_year)
        return round(length.days / LENGTH[self.every])

    def _longest(self, sample: Sample) -> int:
        return max(self._periods(self.horizon, sample), 1)

    def lead_in(self, sample: Sample) -> int:
        """Let shocks before the start be answered after it."""
        return self.horizon.observations(sample.per_year) + 1

    def too_thin(self, sample: Sample) -> str | None:
        """Say why the sample cannot answer, if it cannot."""
        periods, longest = sample.ends(self.every).size - 1, self._longest(sample)
        needed = max(60, 3 * longest)
        if periods < needed:
            return (
                f"{max(periods, 0)} {self.every}s of common data; responses over "
                f"{self.horizon.words} need {needed}."
            )
        count = self._large(sample).size
        if count < MIN_SHOCKS:
            return f"{count} large shocks to {self.leader}; needs {MIN_SHOCKS}."
        return super().too_thin(sample)

    def _first(self, sample: Sample) -> int:
        """Give the first period of the question; shocks before it may be answered in it."""
        return int(np.searchsorted(sample.ends(self.every)[1:], sample.skip, "right"))

    def _raw(self, sample: Sample) -> Floats:
        """Give the shock of each period, in units of past volatility; 0 or 1 for a state."""
        key = ("shock", self.leader, self.every)
        if key not in sample.memo:
            path = sample.leaders[self.leader][sample.ends(self.every)]
            if self.leader in sample.states:
                holds = path > 0.5
                made = (holds[1:] & ~holds[:-1]).astype(np.float64)
            else:
                # In levels: what returns to its mean would else answer to its own past.
                model = ar.fit(path)
                start = max(model.coefficients.size, 1)
                white = ar.whiten(path, model)[start:]
                made = np.zeros(path.size - 1)
                made[start - 1 :] = white / past_scale(white)
            sample.memo[key] = made
        shock: Floats = sample.memo[key]
        return shock

    def _large(self, sample: Sample) -> NDArray[np.intp]:
        """Give the periods of large shocks, apart from one another."""
        bar = 0.5 if self.leader in sample.states else LARGE
        quiet = max(self._periods(APART, sample), 1)
        return np.flatnonzero(first_after_quiet(self._raw(sample) > bar, quiet))

    def _controls(self, sample: Sample) -> Floats:
        return projections.lags_of(self._raw(sample)[:, None], LAGS)

    def _shock(self, sample: Sample) -> Floats:
        """Give the shock without its own past, of variance one."""
        shock = projections.residual(self._raw(sample), self._controls(sample), first=LAGS)
        return shock / max(float(shock.std()), 1e-300)

    def _moves(self, sample: Sample, path: Floats, scale: Floats | float = 1.0) -> Floats:
        """Give moves in units of ``scale``, mean zero; zero before the question starts."""
        moves = np.diff(path[sample.ends(self.every)]) / scale
        first = self._first(sample)
        moves = moves - moves[first:].mean()
        moves[:first] = 0.0
        return np.asarray(moves)

    def _scale(self, sample: Sample, path: Floats) -> Floats:
        """Give past volatility before each period's move."""
        moves = np.diff(path[sample.ends(self.every)])
        return past_scale(moves - moves.mean())

    def _drawn(self, sample: Sample, paths: Paths) -> Floats:
        """Give the moves of histories, mean zero over the question, shape (n, n_periods)."""
        first = self._first(sample)
        moves = paths.every(self.every)
        moves = moves - moves[:, first:].mean(axis=1, keepdims=True)
        moves[:, :first] = 0.0
        return np.asarray(moves)

    def _known_shock(self, sample: Sample) -> Floats:
        """Give the shock as it could be known when its period ended, shape (n_periods, 1)."""
        if self.leader in sample.states:
            return self._raw(sample)[:, None]
        moves = np.diff(sample.leaders[self.leader][sample.ends(self.every)])
        return np.asarray((moves / past_scale(moves))[:, None])

    def _ahead(self, sample: Sample, start: int, stop: int) -> Floats:
        """Give the follower's move from ``start`` to ``stop`` periods after each period's end."""
        level = sample.follower[sample.ends(self.every)][1:]
        return np.asarray(level[stop:] - level[start : level.size - stop + start])

    def _projected(self, sample: Sample, moves: Floats) -> projections.Projection:
        """Estimate the cumulative response with errors of its own, for the picture."""
        shock = self._shock(sample)
        return projections.local_projections(
            moves,
            shock,
            projections.lags_of(np.column_stack((self._raw(sample), moves)), LAGS),
            longest=self._longest(sample),
            first=max(LAGS, self._first(sample)),
        )

    def _shock_table(self, sample: Sample, paths: Mapping[str, Floats], split: int) -> Table:
        """List the latest large shocks and what came of them."""
        ends, longest = sample.ends(self.every), self._longest(sample)
        large = self._large(sample)
        rows = []
        for period in large[::-1][:SHOWN]:
            row = [str(sample.days[ends[period + 1]]), f"{self._raw(sample)[period]:.1f}"]
            for path in paths.values():
                level = path[ends]
                for low, high in ((period, period + split), (period, period + longest)):
                    if high + 1 < level.size:
                        row.append(f"{np.expm1(level[high + 1] - level[low]):+.0%}")
                    else:
                        row.append("not yet")
            rows.append(tuple(row))
        unit = self.every
        columns = ["period to", "size (sd)"]
        for name in paths:
            columns += [f"{name}, {split + 1} {unit}s", f"{name}, {longest + 1} {unit}s"]
        return Table(
            name="shocks",
            title=f"Large shocks to {self.leader}",
            finding=f"{large.size} shocks of more than {LARGE:g} standard deviations, "
            f"{APART.words} apart or more; the latest {min(large.size, SHOWN)} are shown."
            if self.leader not in sample.states
            else f"{self.leader} began to hold {large.size} times.",
            note="Moves count from before the shock, so that what came with it is in.",
            columns=tuple(columns),
            rows=tuple(rows),
        )

    def _impulse_curve(
        self, sample: Sample, found: Mapping[str, projections.Projection], y_label: str
    ) -> Curve:
        """Draw cumulative responses with their bands."""
        x = tuple(float(h) for h in range(self._longest(sample) + 1))
        weights: tuple[Literal["main", "second"], ...] = ("main", "second")
        areas: tuple[Literal["wide", "narrow"], ...] = ("wide", "narrow")
        lines = tuple(
            Line(label=name, x=x, y=tuple(one.response), role=role)
            for (name, one), role in zip(found.items(), weights, strict=False)
        )
        bands = tuple(
            Band(
                label=f"{name}, 90 % at each horizon",
                x=x,
                low=tuple(one.response - 1.645 * one.error),
                high=tuple(one.response + 1.645 * one.error),
                role=role,
            )
            for (name, one), role in zip(found.items(), areas, strict=False)
        )
        said = "; ".join(
            f"{name} stands {one.response[-1]:+.2g} after {len(x) - 1} {self.every}s"
            for name, one in found.items()
        )
        return Curve(
            name="responses",
            title=f"After a shock to {self.leader} of one standard deviation",
            finding=f"{said[0].upper()}{said[1:]}.",
            note="Local projections (Jorda 2005) with lags of shock and move held constant.",
            x_label=f"{self.every}s after the shock",
            y_label=y_label,
            lines=lines,
            bands=bands,
            marks=(Mark(label="no response", at=0.0, axis="y"),),
        )


def self_normalised(moves: Floats, noise: Floats, weights: Floats) -> Floats:
    """Give ``sum w y`` over the root of ``sum w^2 e^2``, a history a row."""
    return np.asarray((moves @ weights) / np.sqrt(np.maximum((noise**2) @ weights**2, 1e-300)))
