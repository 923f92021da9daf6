"""Daily markets that both R and the kinds of test are given.

Prices of arch.data: the S&P 500 and the Nasdaq composite (closes as Yahoo Finance gave them in
2019) and West Texas crude (US Energy Information Administration, by FRED), 2004 to 2009. They are
read from the package and not kept here.
"""

import numpy as np
import pandas as pd

FROM, TO = "2004-01-01", "2009-12-31"
PAST = 60


def markets():
    """Give the prices of three markets on common days, and two states of them.

    ``rising`` and ``booming`` hold where market and oil stand higher than 60 days before.
    """
    from arch.data import nasdaq, sp500, wti

    prices = pd.DataFrame(
        {
            "market": sp500.load()["Close"],
            "oil": wti.load()["DCOILWTICO"],
            "tech": nasdaq.load()["Close"],
        }
    )
    # Days as seconds, as a panel has them.
    prices = prices.dropna().loc[FROM:TO]
    prices.index = prices.index.as_unit("s")
    for state, name in (("rising", "market"), ("booming", "oil")):
        prices[state] = np.log(prices[name]).diff(PAST) > 0
    return prices
