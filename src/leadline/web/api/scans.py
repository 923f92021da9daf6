"""Scans: every pair of a universe through one inference, and the leads that were listed."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from leadline.errors import ArchiveError
from leadline.evidence.exhibits import Exhibit
from leadline.scan.saved import Saved
from leadline.web import scans as kept_scans
from leadline.web.api import paging
from leadline.web.api.paging import Asked, Listed
from leadline.web.api.problems import missing
from leadline.web.api.serving import AShelf, Name, reads
from leadline.web.shelf import Shelf

if TYPE_CHECKING:
    import pandas as pd

router = APIRouter(tags=["scans"])


class ScanInShort(BaseModel):
    """A scan and what it found."""

    name: str = Field(description="Its name.", examples=["us-stocks"])
    first_day: date = Field(description="The first day of its data.")
    last_day: date = Field(description="The last day of its data.")
    n_series: int = Field(description="Series that took part.")
    n_pairs: int = Field(description="Ordered pairs that were searched.")
    n_obs: int = Field(description="Days or weeks of data.")
    n_listed: int = Field(description="Pairs that are listed, those with the smallest p.")
    n_leads: int = Field(description="Pairs that count at the false discovery rate asked for.")
    fdr: float = Field(description="That rate, a fraction.", examples=[0.05])
    summary: tuple[str, ...] = Field(description="What it found, in a few sentences.")
    written_at: datetime = Field(description="When it was written, in UTC.")


class ScanInFull(ScanInShort):
    """A scan with its settings and what is left to draw."""

    settings: dict[str, Any] = Field(description="Everything that can change a digit of it.")
    series: tuple[str, ...] = Field(description="The series that took part.")
    exhibits: tuple[str, ...] = Field(description="The names of what there is to be drawn.")


class Lead(BaseModel):
    """A pair and what was found of it."""

    rank: int = Field(ge=1, description="Its place by p, from 1.")
    leader: str = Field(description="The series whose past is looked at.")
    follower: str = Field(description="The series that may follow.")
    lag: int = Field(description="The best lag, in days or weeks as the scan counts them.")
    t: float | None = Field(description="The self-normalised statistic there.")
    r: float | None = Field(description="The correlation there.")
    p: float | None = Field(description="The odds of chance after searching every lag.")
    q_bh: float | None = Field(description="False discovery rate over all pairs (Benjamini 1995).")
    q_by: float | None = Field(
        description="The same whatever the dependence (Benjamini and Yekutieli 2001)."
    )
    p_fwer: float | None = Field(
        None, description="Family-wise over all pairs; null where the scan did not resample."
    )
    fdp_shifted: float | None = Field(
        None, description="Share of false discoveries so far, by series shifted by themselves."
    )
    fdp_signed: float | None = Field(None, description="The same, by random signs shared by all.")
    first_lag: int | None = Field(None, description="The best lag of the first part alone.")
    first_p: float | None = Field(None, description="The odds of chance in the first part alone.")
    rest_p: float | None = Field(
        None, description="The odds of chance at that lag in the rest, one-sided."
    )
    n_obs: int = Field(description="Days or weeks that both series have at that lag.")
    flags: str = Field(description="What speaks against taking it at its word; mostly empty.")


class LeadsAsked(Asked):
    """Which leads."""

    leader: str | None = Field(None, max_length=200, description="With this leader.")
    follower: str | None = Field(None, max_length=200, description="With this follower.")


@router.get("/scans", dependencies=[reads("files")])
def scans(
    shelf: AShelf, request: Request, response: Response, asked: Annotated[Asked, Query()]
) -> Listed[ScanInShort]:
    """List the scans, by name; one whose folder is damaged is left out."""
    part = paging.cut(_whole(shelf), lambda each: each[0], asked)
    said = (ScanInShort(**_in_short(name, saved)) for name, saved in part)
    return paging.page(said, lambda each: (each.name,), asked, request, response)


@router.get("/scans/{scan}", dependencies=[reads("files")])
def one(shelf: AShelf, scan: Name) -> ScanInFull:
    """Give a scan with its settings."""
    saved = _saved(shelf, scan)
    return ScanInFull(
        **_in_short(scan, saved),
        settings=dict(saved.found.manifest),
        series=saved.found.assets,
        exhibits=tuple(each.name for each in saved.exhibits),
    )


@router.get("/scans/{scan}/leads", dependencies=[reads("files")])
def leads(
    shelf: AShelf,
    scan: Name,
    request: Request,
    response: Response,
    asked: Annotated[LeadsAsked, Query()],
) -> Listed[Lead]:
    """List the pairs with the smallest p, in that order."""
    table = _saved(shelf, scan).found.table
    start = paging.after(asked, int)
    rank = range(1, len(table) + 1)
    fits = table.assign(rank=rank).iloc[max(int(start[0]), 0) if start else 0 :]
    for side in ("leader", "follower"):
        name = getattr(asked, side)
        if name is not None:
            fits = fits[fits[side] == name]
    found = _leads(fits.head(asked.limit + 1))
    return paging.page(found, lambda each: (each.rank,), asked, request, response)


@router.get("/scans/{scan}/exhibits/{name}", dependencies=[reads("files")])
def exhibit(shelf: AShelf, scan: Name, name: Name) -> Exhibit:
    """Give the data of one thing that is drawn of a scan; the units stand on its axes."""
    shown = _saved(shelf, scan).exhibits
    found = next((each for each in shown if each.name == name), None)
    if found is None:
        raise missing("exhibit", "/api/v1/scans/{scan}")
    return found


def _whole(shelf: Shelf) -> Iterable[tuple[str, Saved]]:
    for name in shelf.scans():
        try:
            saved = kept_scans.kept(shelf, name)
        except ArchiveError:
            continue  # its own address says that it cannot be read
        if saved is not None:
            yield name, saved


def _saved(shelf: Shelf, scan: str) -> Saved:
    found = kept_scans.kept(shelf, scan)
    if found is None:
        raise missing("scan", "/api/v1/scans")
    return found


def _in_short(name: str, saved: Saved) -> dict[str, Any]:
    found = saved.found
    return {
        "name": name,
        "first_day": found.first_day,
        "last_day": found.last_day,
        "n_series": len(found.assets),
        "n_pairs": found.n_pairs,
        "n_obs": found.n_obs,
        "n_listed": found.n_listed,
        "n_leads": len(found.found()),
        "fdr": found.settings.fdr,
        "summary": tuple(found.summary().splitlines()),
        "written_at": saved.written,
    }


def _leads(table: "pd.DataFrame") -> list[Lead]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [Lead.model_validate(row, extra="ignore") for row in rows]
