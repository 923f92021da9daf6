"""What data-api.ecb.europa.eu sends for ``format=csvdata``: key, dimensions, period, value."""

from replay.core import Ask, Market, Reply, behind

HOSTS = ("data-api.ecb.europa.eu",)
ROOT = "/service/data/"
HEADER = "KEY,FREQ,REF_AREA,ADJUSTMENT,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE,UNIT,UNIT_MULT"


def answer(ask: Ask, market: Market) -> Reply:
    return _csv(ask, market)


def _csv(ask: Ask, market: Market, *, header: str = HEADER, key: str = "") -> Reply:
    code = ask.path.removeprefix(ROOT)
    name = behind("ecb", code)
    if not name or ask.query.get("format") != "csvdata":
        return Reply(b"No results found.", 404, {"Content-Type": "text/plain"})
    key = key or code.replace("/", ".")
    title = '"Monetary aggregate M2, outstanding amounts"'
    lines = [
        f"{key},M,U2,Y,{str(day)[:7]},{value:.10g},A,{title},EUR,6"
        for day, value in zip(*market.published(name), strict=True)
    ]
    body = "\r\n".join([header, *lines, ""]).encode()
    return Reply(body, headers={"Content-Type": "application/vnd.sdmx.data+csv;version=1.0.0"})


CASES = {
    "another_key": lambda ask, market: _csv(ask, market, key="BSI.M.DE.Y.V.M20.X.1.U2.2300.Z01.E"),
    "column_dropped": lambda ask, market: _csv(
        ask, market, header=HEADER.replace("OBS_VALUE", "VALUE")
    ),
}
