"""Series written as a folder of CSV files that FolderStore reads again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leadline.data.providers import provider
from leadline.data.series import Series, SeriesInfo, Source, knows
from leadline.data.store import Store
from leadline.errors import DataError

_KEPT_BACK = {"personal", "restricted", "unknown"}


@dataclass(frozen=True, slots=True)
class Exported:
    """What became of one series: the file written, or why there is none.

    ``note`` says what of the series the file does not hold.
    """

    series: str
    file: Path | None
    n_rows: int = 0
    note: str = ""


def export(
    store: Store, names: Iterable[str], folder: Path, *, has_rights: bool
) -> Iterator[Exported]:
    """Write a file for each series, and a CATALOG.csv for those that the catalogue lacks.

    Values that may not be passed on are left out unless ``has_rights``. A series with vintages
    keeps them where the catalogue knows a table of them; of any other the file holds the newest
    value of each period.
    """
    folder.mkdir(parents=True, exist_ok=True)
    described: list[SeriesInfo] = []
    for name in names:
        series = store.series(name)
        reason = "" if has_rights else kept_back(series)
        if reason:
            yield Exported(name, None, note=reason)
            continue
        if not knows(series.info.id):
            described.append(series.info)
        yield _written(series, folder)
    if described:
        rows = [(i.id, i.title, i.unit, i.frequency, i.kind, i.remark) for i in described]
        _write(
            folder / "CATALOG.csv",
            ("id", "title", "units", "frequency", "kind", "convention"),
            rows,
        )


def kept_back(series: Series) -> str:
    """Say why values may not be passed on; nothing where they may."""
    for name in series.providers:
        try:
            terms = provider(name).terms
        except DataError:
            continue  # the user's own file
        if terms.licence == "restricted":
            return f"{name} does not allow values to be passed on"
    if series.info.licence in _KEPT_BACK:
        return f"its licence is {series.info.licence}"
    return ""


def _written(series: Series, folder: Path) -> Exported:
    info = series.info
    present = ~np.isnan(series.value)
    label = series.period[present] - np.timedelta64(info.label_days, "D")
    value, known = series.value[present], series.known_at[present]
    several = np.unique(label).size < label.size
    table = next((source for source in info.files if source.known), None)
    if table is not None and series.basis == "vintage":
        return _with_vintages(info.id, table, folder / f"{table.file}.csv", (label, value, known))
    # Rows are in order of knowledge, so the last row of a period is its newest value.
    days, from_end = np.unique(label[::-1], return_index=True)
    path = folder / f"{info.id}.csv"
    _write(path, ("date", "value"), zip(days, value[::-1][from_end].tolist(), strict=True))
    note = "the newest value of each period; earlier ones stay in the store" if several else ""
    return Exported(info.id, path, int(days.size), note)


def _with_vintages(
    name: str, table: Source, path: Path, rows: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> Exported:
    label, value, known = rows
    stamps = (f"{instant}Z" for instant in known.astype("datetime64[s]"))
    _write(
        path,
        ("date", table.column, str(table.known)),
        zip(label, value.tolist(), stamps, strict=True),
    )
    return Exported(name, path, int(label.size), "with every vintage")


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Make the file appear whole."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text.getvalue(), encoding="utf-8")
    draft.replace(path)
