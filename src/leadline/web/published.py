"""The lags and calls that were published, as pages need them."""

from leadline.live.calls import Scoreboard
from leadline.live.kept_calls import kept_calls
from leadline.live.lags import Lag
from leadline.live.lags import lags as stated
from leadline.web.shelf import Shelf


def board(shelf: Shelf) -> Scoreboard | None:
    """Give how the calls came out; None where nobody settled them yet."""
    db = shelf.db
    return None if db is None else shelf.kept("calls", ("verdicts",), lambda: kept_calls(db))


def lags(shelf: Shelf) -> tuple[Lag, ...]:
    """Give every published lag, shortest first, with how its call came out."""
    return shelf.kept("lags", ("verdicts", "files"), lambda: _lags(shelf))


def _lags(shelf: Shelf) -> tuple[Lag, ...]:
    articles = shelf.articles()
    heard = [verdict for article in articles for verdict in shelf.verdicts(article)]
    return stated(articles, board=board(shelf), verdicts=heard)
