"""What was known, and when: series, stores, and the panel as of a day."""

from leadline.data.frame import panel_from_series, simulated_panel
from leadline.data.gather import gather, last_day, snapshot
from leadline.data.panel import Aligned, Column, Panel
from leadline.data.series import Series, SeriesInfo, catalogue, close_gap, find
from leadline.data.store import MemoryStore, Store

__all__ = [
    "Aligned",
    "Column",
    "MemoryStore",
    "Panel",
    "Series",
    "SeriesInfo",
    "Store",
    "catalogue",
    "close_gap",
    "find",
    "gather",
    "last_day",
    "panel_from_series",
    "simulated_panel",
    "snapshot",
]
