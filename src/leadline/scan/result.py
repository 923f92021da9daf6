"""What a scan found: tables, and a few sentences about them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.scan.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """Leads found on the first part of the sample alone, and how many the rest shows again.

    ``n_again`` counts those with a one-sided p of at most 5 % in the rest; were all of them
    chance, ``expected`` would be.
    """

    n_found: int
    n_again: int
    first_day: str

    @property
    def expected(self) -> float:
        """How many chance alone would show again."""
        return 0.05 * self.n_found

    def words(self) -> str:
        """Say it in a sentence."""
        if self.n_found == 0:
            return (
                f"The days before {self.first_day} alone show no lead that the rest could repeat."
            )
        return (
            f"Of {_count(self.n_found, 'lead')} found before {self.first_day} alone, "
            f"{self.n_again:,} appear{'s' if self.n_again == 1 else ''} again after it "
            f"(chance: {self.expected:.1f})."
        )


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Scan:
    """A universe of pairs after inference.

    Attributes
    ----------
    table : DataFrame
        The pairs with the smallest p, one a row, in that order: at least all that count at the
        false discovery rate asked for, up to 20,000. ``lag`` is in rows of the calendar (days or
        weeks), ``t`` the self-normalised statistic there, ``r`` the correlation and ``n_obs`` the
        days that both have; lags at which they share fewer than 30 do not count. ``p`` pays for
        the lags searched; ``q_bh`` and ``q_by`` are false discovery rates over all pairs
        (Benjamini-Hochberg; Benjamini-Yekutieli, for any dependence); ``p_fwer`` is family-wise
        (with resamples); ``fdp_shifted`` and ``fdp_signed`` are the shares of false discoveries
        that decoys suggest, NaN where no two series could be set apart by more than the longest
        lag; ``first_*`` is what the first part of the sample alone shows,
        ``rest_*`` whether the rest repeats it at that lag, one-sided.
    leaders : DataFrame
        An asset a row: how many it leads and follows at the rate asked for, and its score, the
        mean ``|t|`` by which it leads the others less that by which it is led, with an interval of
        95 % (NaN where only some pairs were asked for, the interval also without decoys).
    clusters : DataFrame
        The group of each asset, 0 leading most; all 0 where no groups stand out.
    left_out, stale, ticks : DataFrame
        Series that took no part and why; runs of prices that stood still; prices that leap away
        and are back the day after. Prices of the last two count as missing.
    """

    table: "pd.DataFrame"
    leaders: "pd.DataFrame"
    clusters: "pd.DataFrame"
    left_out: "pd.DataFrame"
    stale: "pd.DataFrame"
    ticks: "pd.DataFrame"
    out_of_sample: OutOfSample | None
    settings: Settings
    manifest: Mapping[str, Any]
    assets: tuple[str, ...]
    first_day: str
    last_day: str
    n_obs: int
    n_pairs: int
    n_listed: int
    notes: tuple[str, ...]

    def found(self) -> "pd.DataFrame":
        """Give the pairs that count at the false discovery rate asked for (Benjamini-Hochberg)."""
        return self.table[self.table["q_bh"] <= self.settings.fdr]

    def to_frame(self) -> "pd.DataFrame":
        """Give the table of the pairs listed."""
        return self.table.copy()

    def summary(self) -> str:
        """Say in a few sentences what was searched and what was found."""
        asked, table = self.settings, self.table
        unit = "day" if asked.every == "day" else "week"
        n = len(self.found())
        sure = int((table["q_by"] <= asked.fdr).sum())
        lines = [
            f"{_count(self.n_pairs, 'ordered pair')} of {len(self.assets)} series, lags of "
            f"{asked.min_lag} to {asked.max_lag} {unit}s, {self.n_obs:,} {unit}s from "
            f"{self.first_day} to {self.last_day}{_conditioned(asked)}.",
            f"{_count(n, 'lead')} at a false discovery rate of {percent(asked.fdr)} "
            f"(Benjamini-Hochberg), {sure:,} of them whatever the dependence "
            "(Benjamini-Yekutieli).",
        ]
        if asked.resamples:
            strict = int((table["p_fwer"] <= 0.05).sum())
            lines.append(
                f"{strict:,} hold family-wise at 5 % (step-down, {asked.resamples} resamples)."
            )
        if asked.decoys and n:
            worst = self.found().iloc[-1]
            lines.append(
                f"False among them, by decoys: {share(worst['fdp_shifted'])} with every series "
                f"shifted by itself, {share(worst['fdp_signed'])} with random signs shared by all."
            )
        if self.out_of_sample is not None:
            lines.append(self.out_of_sample.words())
        if len(self.left_out):
            lines.append(f"{_count(len(self.left_out), 'series', 'series')} left out.")
        return "\n".join((*lines, *self.notes))

    def __repr__(self) -> str:
        """Give one line."""
        return (
            f"Scan({len(self.assets)} assets, {self.n_pairs:,} pairs, "
            f"{_count(len(self.found()), 'lead')} at {percent(self.settings.fdr)})"
        )

    def _repr_html_(self) -> str:
        paragraphs = "".join(f"<p>{escape(line)}</p>" for line in self.summary().splitlines())
        shown = self.table.head(SHOWN).to_html(index=False, border=0, float_format="{:.3g}".format)
        return f"{paragraphs}{shown}"

    def to_parquet(self, path: Path | str) -> None:
        """Write the table of pairs, with the settings in the file's metadata."""
        write_parquet(self.table, Path(path), self.manifest)


def percent(level: float) -> str:
    """Write a level that was asked for as percent, with all its digits.

    >>> percent(0.05), percent(0.025), percent(0.001)
    ('5%', '2.5%', '0.1%')
    """
    return f"{100 * level:.3g}%"


def share(value: float) -> str:
    """Write a share of false leads; decoys that could not tell give none."""
    return "not known" if math.isnan(value) else f"{value:.1%}"


def write_parquet(frame: "pd.DataFrame", path: Path, manifest: Mapping[str, Any]) -> None:
    """Write a table, the same bytes for the same values; nobody sees half a file.

    The manifest is in the file's metadata, and in ``attrs`` when pandas reads it.
    """
    held = frame.copy(deep=False)
    held.attrs.update(manifest)
    unfinished = path.with_name(f".{path.name}.unfinished")
    held.to_parquet(unfinished, engine="pyarrow", compression="zstd", index=False)
    unfinished.replace(path)


def _conditioned(asked: Settings) -> str:
    match asked.factors:
        case 0:
            return ""
        case "market":
            return ", each without the mean of the others"
        case int():
            return f", without {_count(asked.factors, 'principal component')}"
        case name:
            return f", without what goes with {name}"


def _count(n: int, one: str, many: str | None = None) -> str:
    return f"{n:,} {one if n == 1 else many or one + 's'}"
