"""Commands that look things up: claims, shift, doctor."""

from datetime import UTC, date, datetime
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from leadline.cli import show
from leadline.cli.options import AsOf, Code, Data, Json, day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadline.claim import Article
    from leadline.cli.health import Health
    from leadline.evidence.exhibits import Shift


def claims(
    article: Annotated[
        str | None, typer.Argument(metavar="[ARTICLE]", help="Only this one, with its claims.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the articles and claims of the library."""
    from leadline.claim import library, load_article

    articles = library() if article is None else (load_article(article),)
    if as_json:
        listed = [each.model_dump(mode="json") for each in articles]
        show.document({"document": "claims", "schema": 1, "articles": listed})
        return
    for each in articles:
        _list(each)


def shift(
    leader: Annotated[str, typer.Argument(help="The series that is said to move first.")],
    follower: Annotated[str, typer.Argument(help="The series that is said to follow.")],
    *,
    days: Annotated[int, typer.Option(help="Move the leader this many days later.")],
    data: Data = None,
    as_of: AsOf = None,
    start: Annotated[
        date | None, typer.Option(metavar="DATE", parser=day, help="First day compared.")
    ] = None,
    stop: Annotated[
        date | None, typer.Option(metavar="DATE", parser=day, help="Last day compared.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what an overlay with the leader moved is worth.

    The p-value pays for the search: random walks get to choose their best shift too.
    """
    from leadline.cli.lookup import store_at
    from leadline.data import gather, last_day
    from leadline.functions import shift_of

    names = (leader, follower)
    with show.progress() as tick, store_at(data, names) as store:
        panel = gather(names, store, as_of=as_of or last_day(names, store))
        if tick is not None:
            tick("random walks", 0.2)
        found = shift_of(panel, leader, follower, days=days, start=start, stop=stop)
    if as_json:
        asked = {"leader": leader, "follower": follower, "as_of": panel.as_of.isoformat()}
        window = {"start": start and start.isoformat(), "stop": stop and stop.isoformat()}
        figures = found.model_dump(mode="json")
        show.document({"document": "shift", "schema": 1, **asked, **window, **figures})
        return
    show.say(f"{leader} moved {days} days forward, over {follower}; data to {panel.as_of}")
    show.say(show.columns(*_figures(found)))


def doctor(
    *,
    data: Data = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask each provider for one small thing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check versions, store, data, clock and, if asked, providers.

    Exit code 3 where something is not in its place or could not be read, and where a provider
    that needs neither key nor consent does not answer as expected.
    """
    from leadline.cli.health import examine

    with show.progress() as tick:
        health = examine(data, now=datetime.now(UTC), online=online, tick=tick)
    if as_json:
        show.document(health.to_json())
    else:
        _report(health)
    if not health.ok:
        raise typer.Exit(Code.NOT_MEASURED)


def _figures(found: "Shift") -> "Iterator[tuple[str, str]]":
    for label, figure, form in (
        (
            "of random walks with its own increments do as well at this shift",
            found.share_random,
            ".0%",
        ),
        ("of them do as well at the shift each likes best (the p-value)", found.p_search, ".1%"),
        ("correlation of the levels", found.level_r, "+.2f"),
        ("correlation of the weekly returns", found.return_r, "+.2f"),
    ):
        yield ("-" if figure is None else format(figure, form), label)


def _list(article: "Article") -> None:
    heading = f"{article.id}  {article.title} ({article.publisher}, {article.first_seen})"
    show.say(fill(heading, show.WIDTH, subsequent_indent="    "))
    show.say(
        show.columns(*((f"  {claim.id}", claim.type, claim.paraphrase) for claim in article.claims))
    )


def _report(health: "Health") -> None:
    marks = {True: "ok", False: "NOT"}
    show.say(show.columns(*((marks[check.ok], check.what, check.found) for check in health.checks)))
    if health.probes:
        show.say("")
        show.say(
            show.columns(*((marks[p.ok], p.provider, p.state, p.found) for p in health.probes))
        )
    if not health.held:
        return
    rows = (
        (
            marks[held.ok],
            held.series,
            str(held.n_obs) if held.ok else "",
            str(held.last or ""),
            "" if held.age_days is None else str(held.age_days),
            "stale" if held.stale else "",
        )
        for held in health.held
    )
    show.say("")
    show.say(show.columns(("", "series", "rows", "last day", "days old", ""), *rows))
    for held in health.held:
        if held.found:
            show.say(fill(f"{held.series}: {held.found}", show.WIDTH, subsequent_indent="  "))
