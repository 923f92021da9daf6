"""Commands about the store: what is in it, where it is from, what may be done with it."""

from datetime import UTC, datetime
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leadline.cli import show
from leadline.cli.options import Code, Json, parted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadline.data.database import Kept, Revision
    from leadline.data.series import Series

app = typer.Typer(
    name="data",
    help="Look into the store; import and export files.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Name = Annotated[str, typer.Argument(metavar="SERIES", help="A series, by id or alias.")]
Last = Annotated[int, typer.Option(min=1, help="Show this many.")]


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """List every series: from whom, how old, how dated."""
    from leadline.data.database import Database, DatabaseStore
    from leadline.report.ages import BASES, in_short

    today = datetime.now(UTC).date()
    with Database.open() as db:
        ages = DatabaseStore(db).ages()
    if as_json:
        rows = [
            {
                "series": age.series,
                "providers": age.providers,
                "first": str(age.first),
                "newest": str(age.last),
                "age_days": (today - age.last).days,
                "n": age.n,
                "basis": age.basis,
                "stale": age.is_stale(today),
                "fetched_at": age.fetched_at and age.fetched_at.isoformat(),
            }
            for age in ages
        ]
        show.document({"document": "series", "schema": 1, "series": rows})
        return
    if not ages:
        show.say("The store is empty. Fill it with: leadline fetch silver-2026")
        return
    show.say(
        show.table(
            ("series", "from", "since", "newest", "days old", ">rows", "dated by"),
            (
                (
                    age.series,
                    in_short(age.providers),
                    f"{age.first:%Y-%m}",
                    str(age.last),
                    f"{(today - age.last).days}{' stale' if age.is_stale(today) else ''}",
                    f"{age.n:,}",
                    BASES[age.basis],
                )
                for age in ages
            ),
        )
    )


@app.command("show")
def show_(name: Name, *, last: Last = 5, as_json: Json = False) -> None:
    """Show one series: values, providers, notes, every fetch."""
    from leadline.data.database import Database, DatabaseStore
    from leadline.data.database.fetches import fetches_of

    with Database.open() as db:
        store = DatabaseStore(db)
        series = store.series(name)
        fetches = fetches_of(db, series.info.id)
    notes = [*series.notes, *(remark.text for remark in series.remarks)]
    if as_json:
        show.document(_series(series, fetches, notes, last))
        return
    info = series.info
    show.say(f"{info.id}  {info.title}")
    show.say(
        show.columns(
            ("unit", info.unit),
            ("licence", info.licence),
            ("from", ", ".join(series.providers) or "file"),
            ("dated by", _dated(series)),
            ("rows", f"{len(series):,}, {series.period.min()} to {series.period.max()}"),
        )
    )
    show.say("")
    rows = [
        (str(day), f"{value:g}", f"{known}Z".replace("T", " "))
        for day, value, known in _newest(series, last)
    ]
    show.say(show.table(("period", ">value", "known at"), rows))
    for note in notes:
        show.say(fill(f"- {note}", show.WIDTH, subsequent_indent="  "))
    show.say("")
    _say_fetches(fetches, last)


@app.command("revisions")
def revisions(
    name: Name,
    *,
    last: Last = 20,
    as_json: Json = False,
) -> None:
    """Show which values were changed: when, from what, to what."""
    from leadline.data.database import Database, DatabaseStore

    with Database.open() as db:
        found = DatabaseStore(db).revisions(name)
    if as_json:
        rows = [_revision(each) for each in found]
        show.document({"document": "revisions", "schema": 1, "series": name, "revisions": rows})
        return
    if not found:
        show.say(f"{name}: no value was ever changed.")
        return
    show.say(f"{name}: {len(found):,} changes; the last {min(last, len(found))}:")
    show.say(
        show.table(
            ("period", ">before", ">after", ">change", "known at (UTC)", "from"),
            (
                (
                    str(each.period),
                    f"{each.before:g}",
                    f"{each.after:g}",
                    _change(each),
                    f"{each.known_at:%Y-%m-%d %H:%M}",
                    each.provider,
                )
                for each in found[-last:]
            ),
        )
    )


@app.command("sources")
def sources(
    name: Annotated[
        str | None, typer.Argument(metavar="[PROVIDER]", help="Only this one, with its terms.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the providers; with a name, all about one of them."""
    from leadline.cli import sources as of
    from leadline.data import plugins
    from leadline.data.database import Database, consents
    from leadline.data.providers import provider, providers

    found = list(providers().values()) if name is None else [provider(name)]
    with Database.open() as db:
        agreed = consents.listed(db)
    if as_json:
        rows = [of.to_json(each, agreed) for each in found]
        show.document(
            {"document": "sources", "schema": 1, "sources": rows, "broken": dict(plugins.broken())}
        )
        return
    if name is not None:
        show.say(of.in_full(found[0], agreed))
        return
    show.say(of.table(found, agreed))
    for fault in plugins.broken().values():
        show.complain(fault)


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of CSV files.")],
    *,
    as_json: Json = False,
) -> None:
    """Bring a folder of CSV files into the store.

    Each file goes in whole or not at all. Exit code 3 where one could not be read.
    """
    from leadline.data.database import Database, import_series
    from leadline.data.providers.folder import FolderStore
    from leadline.errors import DataError

    files = FolderStore(folder)
    now = datetime.now(UTC)
    done: list[dict[str, Any]] = []
    faults: dict[str, str] = {}
    with Database.open() as db, show.progress() as tick:
        names = files.ids()
        if not names:
            raise DataError(f"{folder}: no CSV file with the columns date,value in it.")
        for place, name in enumerate(names):
            if tick is not None:
                tick(name, place / len(names))
            try:
                stored = import_series(db, files.series(name), source=str(folder.resolve()), at=now)
            except DataError as error:
                faults[name] = str(error)
            else:
                done.append({"series": name, "new": stored.new, "changed": stored.changed})
    if as_json:
        show.document({"document": "import", "schema": 1, "series": done, "faults": faults})
    else:
        rows = ((str(d["series"]), f"{d['new']:,}", f"{d['changed']:,}") for d in done)
        show.say(show.table(("series", ">new", ">changed"), rows))
    for fault in faults.values():
        show.complain(fault)
    if faults:
        raise typer.Exit(Code.NOT_MEASURED)


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files go.")],
    *,
    series: Annotated[
        list[str] | None, typer.Option(metavar="A,B", help="Only these series.")
    ] = None,
    i_have_rights: Annotated[
        bool,
        typer.Option("--i-have-rights", help="Also values whose owners keep them to themselves."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Write the store as a folder of CSV files that --data reads.

    Values that may not be passed on are left out.
    """
    from leadline.data.database import Database, DatabaseStore
    from leadline.data.export import export as write

    with Database.open() as db:
        store = DatabaseStore(db)
        names = parted(series) or store.ids()
        found = list(write(store, names, folder, has_rights=i_have_rights))
    if as_json:
        files = [
            {
                "series": each.series,
                "file": each.file and str(each.file),
                "n_rows": each.n_rows,
                "note": each.note,
            }
            for each in found
        ]
        show.document({"document": "export", "schema": 1, "series": files})
        return
    rows = [
        (each.series, f"{each.n_rows:,}" if each.file else "-", _exported(each.file, each.note))
        for each in found
    ]
    show.say(show.table(("series", ">rows", "file"), rows))
    if any(each.file is None for each in found):
        show.say("Left out: values that may not be passed on. If you may: --i-have-rights")


@app.command("consent")
def consent(
    *,
    withdraw: Annotated[
        str | None, typer.Option(metavar="PROVIDER", help="Agree no longer to its terms.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what you agreed to, or withdraw it.

    What was fetched before stays.
    """
    from leadline.data.database import Database, consents
    from leadline.data.providers import provider
    from leadline.errors import DataError

    with Database.open() as db:
        if withdraw is not None:
            if not consents.given(db, withdraw):
                provider(withdraw)
                raise DataError(f"You have not agreed to the terms of {withdraw}.")
            consents.withdraw(db, withdraw)
            show.note(f"Withdrawn: {withdraw} is not asked any more.")
        decided = consents.history(db)
        agreed = consents.listed(db)
    if as_json:
        rows = [
            {"provider": c.provider, "given": c.given, "text": c.text, "at": c.at.isoformat()}
            for c in decided
        ]
        show.document(
            {"document": "consents", "schema": 1, "agreed": list(agreed), "decisions": rows}
        )
        return
    if not agreed:
        show.say("You have agreed to no provider's terms.")
    for name, each in agreed.items():
        show.say(fill(f"{name}, agreed {each.at:%Y-%m-%d %H:%M} UTC: {each.text}", show.WIDTH))


def _dated(series: "Series") -> str:
    from leadline.report.ages import IN_FULL

    return IN_FULL[series.basis]


def _newest(series: "Series", n: int) -> "Iterator[tuple[Any, float, Any]]":
    """Give the newest periods, the newest first, each with its newest value and its stamp."""
    from leadline.data.series import in_force

    rows = zip(*(part[-n:][::-1] for part in in_force(series)), strict=True)
    return ((day, float(value), known) for day, value, known in rows)


def _series(
    series: "Series", fetches: "tuple[Kept, ...]", notes: list[str], last: int
) -> dict[str, Any]:
    values = [
        {"period": str(day), "value": value, "known_at": f"{known}Z"}
        for day, value, known in _newest(series, last)
    ]
    return {
        "document": "series",
        "schema": 1,
        "id": series.info.id,
        "title": series.info.title,
        "unit": series.info.unit,
        "licence": series.info.licence,
        "providers": series.providers,
        "basis": series.basis,
        "n": len(series),
        "first": str(series.period.min()),
        "newest": str(series.period.max()),
        "values": values,
        "notes": notes,
        "fetches": [
            {
                "at": each.fetched_at.isoformat(),
                "provider": each.provider,
                "url": each.url,
                "status": each.status,
                "outcome": each.outcome,
                "sha256": each.sha256,
                "message": each.message,
            }
            for each in fetches
        ],
    }


def _say_fetches(fetches: "tuple[Kept, ...]", last: int) -> None:
    show.say(f"{len(fetches)} fetches; the last {min(last, len(fetches))}:")
    shown = fetches[-last:][::-1]
    rows = [
        (
            f"{each.fetched_at:%Y-%m-%d %H:%M}",
            each.provider,
            "" if each.status is None else str(each.status),
            each.outcome.replace("_", " "),
            (each.sha256 or "")[:12],
        )
        for each in shown
    ]
    show.say(show.table(("at (UTC)", "from", "status", "outcome", "sha256"), rows))
    for each in shown:
        if each.message:
            text = f"- {each.fetched_at:%Y-%m-%d %H:%M}: {each.message}"
            show.say(fill(text, show.WIDTH, subsequent_indent="  ", break_on_hyphens=False))


def _revision(each: "Revision") -> dict[str, Any]:
    return {
        "period": each.period.isoformat(),
        "before": _number(each.before),
        "after": _number(each.after),
        "known_at": each.known_at.isoformat(),
        "basis": each.basis,
        "recorded_at": each.recorded_at.isoformat(),
        "provider": each.provider,
    }


def _number(value: float) -> float | None:
    """Give null in place of a value that was missing at the source."""
    return value if value == value else None  # noqa: PLR0124  (NaN is no number)


def _change(each: "Revision") -> str:
    if not each.before or _number(each.before) is None or _number(each.after) is None:
        return ""
    return f"{each.after / each.before - 1:+.2%}"


def _exported(file: Path | None, note: str) -> str:
    return note if file is None else f"{file.name}{f' ({note})' if note else ''}"
