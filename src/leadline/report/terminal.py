"""A verdict on an 80-column screen."""

import io
import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from leadline.claim import Article
from leadline.report import articles, plain, words
from leadline.report.account import part, sections
from leadline.verdict import Verdict

WIDTH = 80
NO_BREAK = "\N{NO-BREAK SPACE}"
# From more claims on than fit on a screen in full.
_MANY = 12
_STYLES = {"for": "bold blue", "against": "bold yellow", "open": "bold"}


def text(verdict: Verdict, *, width: int = WIDTH) -> str:
    """Give the first screen of a verdict as plain text, no line longer than ``width``."""
    return _plain(first_screen(verdict), width)


def article_text(article: Article, verdicts: Sequence[Verdict], *, width: int = WIDTH) -> str:
    """Give an article's scoreboard as plain text."""
    return _plain(scoreboard(article, verdicts), width)


def _plain(shown: RenderableType, width: int) -> str:
    page = io.StringIO()
    Console(file=page, width=width, color_system=None, legacy_windows=False).print(shown)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def _stamp(label: str, word: words.Word, more: str = "") -> Text:
    return Text.assemble(
        (f"{label}  ", "bold"),
        f"{f'[{word.sign}]':<5}",
        (word.label.upper(), _STYLES[word.tone]),
        f"  {more}" if more else "",
    )


def first_screen(verdict: Verdict) -> RenderableType:
    """Give the first screen as a Rich renderable: words first, colour only on top of them."""
    verdict = plain.verdict(verdict)
    claim, history, live = verdict.claim, verdict.history, verdict.live
    head = Table.grid(expand=True, padding=(0, 1))
    head.add_column()
    head.add_column(justify="right")
    head.add_row(
        Text(f"CLAIM {claim.id}", style="bold"),
        Text(f"{claim.publisher}, {words.day(claim.first_seen)}"),
    )
    outcome, state = words.OUTCOMES[history.outcome], words.LIVE[live.state]
    lines: list[RenderableType] = [
        head,
        Text(f"\N{LEFT DOUBLE QUOTATION MARK}{claim.paraphrase}\N{RIGHT DOUBLE QUOTATION MARK}"),
        Text(),
        _stamp("HISTORY", outcome),
        _stamp("LIVE   ", state, words.live_day(live)),
        Text(),
        Text(history.sentence),
        *([Text(live.sentence)] if live.sentence and live.state != "not_applicable" else []),
        Text(),
        _numbers(verdict),
        Text(),
        Text.assemble(("Would change our mind: ", "bold"), history.would_change),
        Rule(style="dim"),
        _foot(verdict),
    ]
    return Group(*lines)


def _numbers(verdict: Verdict) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", max_width=24)
    table.add_column()
    for shown in words.four(verdict):
        table.add_row(Text(words.capital(shown.label)), Text(shown.text))
    return table


def _foot(verdict: Verdict) -> Text:
    return Text(
        f"history to {words.day(verdict.history.data_until)} · data as of "
        f"{words.day(verdict.as_of)} · seal {words.short_seal(verdict.seal)}\n"
        "No investment advice.",
        style="dim",
    )


def scoreboard(article: Article, verdicts: Sequence[Verdict]) -> RenderableType:
    """Give one row a claim, by type: the verdicts, and the odds after the search.

    Of many claims each is cut to one line, so that the board stays a board.
    """
    # The engine of the trial, which a screen of one claim does without.
    from leadline.trial import adjusted

    odds = adjusted(tuple(verdicts))
    until = max((verdict.as_of for verdict in verdicts), default=article.first_seen)
    seals = [f"{words.anchor(v.claim.id)} {v.seal.removeprefix('sha256:')[:8]}" for v in verdicts]
    return Group(
        Text(article.title, style="bold"),
        Text(f"{article.publisher}, {words.day(article.first_seen)}"),
        Text(),
        *_counts(verdicts),
        Text(),
        _board(verdicts, odds),
        Rule(style="dim"),
        *([Text(articles.odds_said(odds)), Text()] if odds else []),
        Text(
            "id. = how well data can decide (A well, D not at all); inf. = whether the words "
            "could well have failed; p = odds of chance over all specifications, the worst null; "
            "BY = corrected for the number of relations tested. Facts have no p.\n"
            f"{_filled(f'data as of {words.day(until)}; seals', seals)}\n"
            "No investment advice.",
            style="dim",
        ),
    )


def _counts(verdicts: Sequence[Verdict]) -> Iterator[Text]:
    """Count the claims by outcome, with the sign of each, and by live state."""
    told = [f"{count.n} {count.word.label.lower()}" for count in articles.counts(verdicts)]
    yield Text(_filled(f"{len(verdicts)} claims", told))
    for said in (articles.live(verdicts), articles.informativeness(verdicts)):
        if said:
            yield Text(said)


def _filled(what: str, items: Sequence[str]) -> str:
    """Give "what: item, item" in lines that part no item."""
    kept = ", ".join(item.replace(" ", NO_BREAK) for item in items)
    return textwrap.fill(f"{what}: {kept}", WIDTH).replace(NO_BREAK, " ")


def _board(verdicts: Sequence[Verdict], odds: articles.Odds) -> Table:
    is_cut = len(verdicts) > _MANY
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    table.add_column("id", no_wrap=True, style="bold")
    table.add_column("claim", ratio=1, no_wrap=is_cut, overflow="ellipsis")
    table.add_column("history", no_wrap=True)
    table.add_column("live", no_wrap=True)
    table.add_column("id.", no_wrap=True)
    table.add_column("inf.", no_wrap=True)
    table.add_column("p", no_wrap=True, justify="right")
    table.add_column("BY", no_wrap=True, justify="right")
    kinds = [str(verdict.claim.source.get("type") or "") for verdict in verdicts]
    for kind in dict.fromkeys([*words.GROUPS, *kinds]):
        own = [v for v, sort in zip(verdicts, kinds, strict=True) if sort == kind]
        if own and is_cut:
            table.add_row("", Text(f"{words.GROUPS.get(kind, 'claims')} ({len(own)})", "bold dim"))
        for verdict in own:
            table.add_row(*_row(verdict, odds.get(verdict.claim.id), is_cut=is_cut))
    return table


def _row(
    verdict: Verdict, odds: tuple[float, float, float] | None, *, is_cut: bool
) -> Iterator[Text]:
    outcome, live = words.OUTCOMES[verdict.history.outcome], verdict.live.state
    informative = {b.name: b.state for b in verdict.history.badges}.get("informative")
    yield Text(words.anchor(verdict.claim.id))
    yield Text(verdict.claim.paraphrase)
    sign = "" if is_cut else f"[{outcome.sign}] "
    yield Text.assemble(sign, (outcome.label, _STYLES[outcome.tone]))
    yield Text("" if live == "not_applicable" else words.LIVE[live].label)
    yield Text(str(verdict.claim.source.get("identifiability") or ""))
    yield Text(informative if informative in {"yes", "no"} else "")
    yield Text("" if odds is None else words.p_value(odds[0]).replace("< 0", "<"))
    yield Text("" if odds is None else words.p_value(odds[2]).replace("< 0", "<"))


def why(verdict: Verdict, *, width: int = WIDTH) -> str:
    """Give everything behind a verdict as plain text."""
    verdict = plain.verdict(verdict)
    history = verdict.history
    parts: list[RenderableType] = [first_screen(verdict), Text()]
    parts += [_heading("What the outcome means"), Text(words.outcome(verdict).meaning)]
    parts += [Text(words.RETROSPECTIVE), Text(words.CONFIRMATORY)]
    base = words.live_base_rate(verdict.live)
    parts += [Text(base)] if base else []
    if verdict.live.after is not None:
        parts.append(Text(f"The same test since publication: {part(verdict.live.after)[1]}."))
    parts += [_heading("Why"), *map(_bullet, history.reasons)]
    if history.badges:
        parts.append(_heading("Questions kept apart from the outcome"))
        parts += [_bullet(f"{words.badge_line(b)}. {b.reason}") for b in history.badges]
    for place, evidence in enumerate(verdict.evidence):
        role = "the test that decides" if place == 0 else "beside it"
        parts.append(_heading(f"{words.kind_title(evidence.kind).capitalize()} ({role})"))
        parts.append(Text(evidence.summary))
        for section in sections(evidence):
            parts += [Text(), Text(section.title, style="bold")]
            parts += [Text(section.reading, style="dim")] if section.reading else []
            table = Table.grid(padding=(0, 2))
            table.add_column(ratio=2)
            table.add_column(ratio=3)
            for label, value in section.rows:
                table.add_row(Text(label), Text(value))
            parts.append(Padding(table, (0, 0, 0, 2)))
        parts += map(_bullet, evidence.caveats)
    if own := words.own_caveats(verdict):
        parts += [_heading("Caveats of the data"), *map(_bullet, own)]
    parts += [_heading("What would change our mind"), Text(history.would_change)]
    parts += [_heading("Receipt"), Text("\n".join(_receipt(verdict)))]
    return _plain(Group(*parts), width)


def _heading(words_: str) -> Text:
    return Text(f"\n{words_.upper()}", style="bold")


def _bullet(sentence: str) -> Text:
    return Text(textwrap.fill(sentence, WIDTH - 4, initial_indent="- ", subsequent_indent="  "))


def _receipt(verdict: Verdict) -> list[str]:
    return [
        f"seal   {verdict.seal}",
        f"claim  {verdict.claim.sha256}",
        f"panel  {verdict.made_by.panel}",
        f"code   leadline {verdict.made_by.leadline}, {verdict.made_by.at}",
        words.NO_ADVICE,
    ]
