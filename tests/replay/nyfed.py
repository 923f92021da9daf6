"""What markets.newyorkfed.org sends: rates of the federal funds market, reverse repo operations."""

import json
from typing import Any

import numpy as np
from replay.core import Ask, Market, Reply

from leadline.data.clock import us_business

HOSTS = ("markets.newyorkfed.org",)
EFFR = "/api/rates/unsecured/effr/search.json"
REPO = "/api/rp/reverserepo/propositions/search.json"
JSON = {"Content-Type": "application/json"}


def answer(ask: Ask, market: Market) -> Reply:
    if ask.path == EFFR:
        return _sent({"refRates": _rates(ask, market)})
    if ask.path == REPO:
        return _sent({"repo": {"operations": _operations(ask, market)}})
    return Reply(b"<!DOCTYPE html><title>404</title>", 404)


def _sent(body: Any) -> Reply:
    return Reply(json.dumps(body).encode(), headers=JSON)


def _asked(name: str, ask: Ask, market: Market) -> tuple[np.ndarray, np.ndarray]:
    days, values = market.published(name)
    first, last = np.datetime64(ask.query["startDate"]), np.datetime64(ask.query["endDate"])
    told = (days >= first) & (days <= last) & np.is_busday(days, busdaycal=us_business())
    return days[told][::-1], values[told][::-1]


def _rates(ask: Ask, market: Market, percentile: Any = 4.3, flag: str = "") -> list[dict[str, Any]]:
    return [
        {
            "effectiveDate": str(day),
            "type": "EFFR",
            "percentRate": float(value),
            "percentPercentile1": percentile,
            "percentPercentile25": percentile,
            "percentPercentile75": percentile,
            "percentPercentile99": percentile,
            "targetRateFrom": 4.25,
            "targetRateTo": 4.5,
            "volumeInBillions": 101,
            "revisionIndicator": flag,
        }
        for day, value in zip(*_asked("dff", ask, market), strict=True)
    ]


def _operations(ask: Ask, market: Market, *, trials: bool = False) -> list[dict[str, Any]]:
    found = []
    for number, (day, value) in enumerate(zip(*_asked("rrpontsyd", ask, market), strict=True)):
        found.append(_operation(number, day, round(float(value) * 1e9)))
        if trials:
            found.append(_operation(number, day, 5_000_000, note="Small Value Exercise"))
            found.append(_operation(number, day, 7_000_000, kind="Repo"))
    return found


def _operation(
    number: int, day: np.datetime64, amount: int, note: str = "", kind: str = "Reverse Repo"
) -> dict[str, Any]:
    return {
        "operationId": f"RP {str(day)[5:].replace('-', '')}{str(day)[2:4]} {number}",
        "operationDate": str(day),
        "operationType": kind,
        "note": note,
        "totalAmtAccepted": amount,
        "propositions": [{"counterpartyType": "Primary Dealer", "amtAccepted": amount}],
    }


def _for_effr(reply: Any) -> Any:
    """Spoil the rates, and leave the operations as they are."""

    def case(ask: Ask, market: Market) -> Reply:
        return reply(ask, market) if ask.path == EFFR else answer(ask, market)

    return case


def _trials(ask: Ask, market: Market) -> Reply:
    if ask.path != REPO:
        return answer(ask, market)
    return _sent({"repo": {"operations": _operations(ask, market, trials=True)}})


def _empty(ask: Ask, _market: Market) -> Reply:
    return _sent({"refRates": []} if ask.path == EFFR else {"repo": {"operations": []}})


CASES = {
    "NA_percentile": _for_effr(lambda ask, market: _sent({"refRates": _rates(ask, market, "NA")})),
    "revision_R": _for_effr(lambda ask, market: _sent({"refRates": _rates(ask, market, flag="R")})),
    "small_value_exercise": _trials,
    "empty_list": _empty,
}
