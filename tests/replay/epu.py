"""Economic Policy Uncertainty: a CSV of days with a line of text below."""

from replay.core import Ask, Behaviour, Market, Reply

HOSTS = ("www.policyuncertainty.com", "policyuncertainty.com")

HEADER = ("day", "month", "year", "daily_policy_index")
FOOTER = '"Source: made up for tests. Cite the authors if you use the real one.",,,'


def answer(_ask: Ask, market: Market) -> Reply:
    return reply(lines(market))


def reply(found: list[str], header: tuple[str, ...] = HEADER) -> Reply:
    text = "\n".join((",".join(header), *found)) + "\n"
    return Reply(text.encode(), headers={"Content-Type": "text/csv"})


def lines(market: Market, form: str = "{day},{month},{year},{value}") -> list[str]:
    days, values = market.published("epu")
    found = []
    for day, value in zip(days.astype(object), values, strict=True):
        named = {"day": day.day, "month": day.month, "year": day.year, "value": value}
        found.append(form.format(**named))
    return found


def _footer(_ask: Ask, market: Market) -> Reply:
    return reply([*lines(market), "", FOOTER])


def _other_order(_ask: Ask, market: Market) -> Reply:
    return reply(
        lines(market, "{year},{month},{day},{value}"),
        ("year", "month", "day", "daily_policy_index"),
    )


def _rows_after_footer(_ask: Ask, market: Market) -> Reply:
    found = lines(market)
    return reply([*found[:-3], FOOTER, *found[-3:]])


def _no_such_day(_ask: Ask, market: Market) -> Reply:
    return reply([*lines(market)[:10], "30,2,1985,100.0"])


CASES: dict[str, Behaviour] = {
    "footer_text": _footer,
    "other_order": _other_order,
    "rows_after_footer": _rows_after_footer,
    "no_such_day": _no_such_day,
}
