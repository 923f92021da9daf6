"""The instrument measured: how often kinds of test and verdicts err where the truth is known."""

from leadline.calibration.document import Calibration, load, published

__all__ = ["Calibration", "load", "published"]
