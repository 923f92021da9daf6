"""Put market claims on trial.

``import leadline as ll`` costs nothing: every name below is fetched on first use, so neither
statistics nor drawing is loaded before it is needed.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leadline.claim import Article, Claim, load, load_article
    from leadline.data.gather import gather
    from leadline.data.providers.folder import FolderStore
    from leadline.errors import LeadlineError
    from leadline.evidence.base import Evidence
    from leadline.functions import (
        driver_loading,
        driver_share,
        event_coincidence,
        event_study,
        explosive,
        forecast,
        gap_frequency,
        granger,
        lag_profile,
        level_correlation,
        market_fact,
        necessary_condition,
        pace,
        predictive_skill,
        published_figure,
        regime_means,
        regime_now,
        response_order,
        shift,
        shock_response,
        standing,
        state_transition,
        stress_behaviour,
        tradable,
    )
    from leadline.live.book import Book
    from leadline.live.calls import Scoreboard, calls
    from leadline.live.changes import changes
    from leadline.live.follow import follow
    from leadline.scan import Scan, scan
    from leadline.scan.granger import scan_granger
    from leadline.scan.ticks import tick_lead
    from leadline.trial import hear, hear_article
    from leadline.verdict import Verdict

__version__ = "0.1.0"

# Where each public name lives. A kind of test is also a plain function on pandas Series.
_HOME = {
    "Article": "claim",
    "Claim": "claim",
    "load": "claim",
    "load_article": "claim",
    "FolderStore": "data.providers.folder",
    "gather": "data.gather",
    "hear": "trial",
    "hear_article": "trial",
    "Book": "live.book",
    "Evidence": "evidence.base",
    "Scan": "scan",
    "Scoreboard": "live.calls",
    "Verdict": "verdict",
    "LeadlineError": "errors",
    "calls": "live.calls",
    "changes": "live.changes",
    "driver_loading": "functions",
    "driver_share": "functions",
    "event_coincidence": "functions",
    "event_study": "functions",
    "explosive": "functions",
    "follow": "live.follow",
    "forecast": "functions",
    "gap_frequency": "functions",
    "granger": "functions",
    "lag_profile": "functions",
    "level_correlation": "functions",
    "market_fact": "functions",
    "necessary_condition": "functions",
    "pace": "functions",
    "predictive_skill": "functions",
    "published_figure": "functions",
    "regime_means": "functions",
    "regime_now": "functions",
    "response_order": "functions",
    "scan": "scan",
    "scan_granger": "scan.granger",
    "shift": "functions",
    "shock_response": "functions",
    "standing": "functions",
    "state_transition": "functions",
    "stress_behaviour": "functions",
    "tick_lead": "scan.ticks",
    "tradable": "functions",
}

__all__ = [
    "Article",
    "Book",
    "Claim",
    "Evidence",
    "FolderStore",
    "LeadlineError",
    "Scan",
    "Scoreboard",
    "Verdict",
    "__version__",
    "calls",
    "changes",
    "driver_loading",
    "driver_share",
    "event_coincidence",
    "event_study",
    "explosive",
    "follow",
    "forecast",
    "gap_frequency",
    "gather",
    "granger",
    "hear",
    "hear_article",
    "lag_profile",
    "level_correlation",
    "load",
    "load_article",
    "market_fact",
    "necessary_condition",
    "pace",
    "predictive_skill",
    "published_figure",
    "regime_means",
    "regime_now",
    "response_order",
    "scan",
    "scan_granger",
    "shift",
    "shock_response",
    "standing",
    "state_transition",
    "stress_behaviour",
    "tick_lead",
    "tradable",
]


def __getattr__(name: str) -> Any:
    """Fetch a public name from its home, once (PEP 562)."""
    if name not in _HOME:
        message = f"module 'leadline' has no attribute {name!r}"
        raise AttributeError(message)
    value = getattr(importlib.import_module(f"leadline.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
