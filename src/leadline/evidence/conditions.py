"""The condition a claim makes: when it says its effect holds."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leadline.data.duration import Duration, DurationText
from leadline.data.panel import Panel
from leadline.errors import DataError
from leadline.evidence.exhibits import Frozen


class Given(Frozen):
    """The claim's condition on another series, read on the day each return begins."""

    series: str
    rule: Literal["rising", "falling", "above", "below", "holds", "fails"]
    over: Duration = DurationText("13w")
    threshold: float = 0.0

    @property
    def words(self) -> str:
        """The condition in English."""
        if self.rule in ("rising", "falling"):
            return f"{self.series} {self.rule} over {self.over.words}"
        if self.rule in ("holds", "fails"):
            return f"{self.series} {self.rule}"
        return f"{self.series} {self.rule} {self.threshold:g}"

    def held(self, panel: Panel, days: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        """Say on which of ``days`` the condition was known to hold; not known counts as not.

        Raises DataError for a change in a revised series: its two ends would come from
        different vintages; and where ``holds`` or ``fails`` is asked of what is no state.
        """
        column = panel[self.series]
        rows = np.searchsorted(panel.days, days)
        if self.rule in ("holds", "fails"):
            if not column.info.is_state:
                msg = (
                    f"given: {self.series} is a {column.info.kind}, not a condition, so it cannot "
                    f"be said to {self.rule.removesuffix('s')}. Use 'above' or 'below'."
                )
                raise DataError(msg)
            state = column.value[rows]
            return state > 0.5 if self.rule == "holds" else state <= 0.5
        if self.rule in ("rising", "falling"):
            if column.info.revised:
                msg = (
                    f"given: {self.series} is revised, so a change between two days would mix "
                    "vintages. Use 'above' or 'below', or a series that is not revised."
                )
                raise DataError(msg)
            change = column.value[rows] - column.value[np.maximum(rows - round(self.over.days), 0)]
            return change > 0 if self.rule == "rising" else change < 0
        value = column.value[rows]
        return value > self.threshold if self.rule == "above" else value < self.threshold
