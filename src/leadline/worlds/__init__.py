"""Simulated markets whose truth is known, and how often a test is right in them."""

from leadline.worlds.calibration import Rate, rejection_rate
from leadline.worlds.known import NULL_WORLDS, PLANTED_WORLDS, WORLDS, World

__all__ = ["NULL_WORLDS", "PLANTED_WORLDS", "WORLDS", "Rate", "World", "rejection_rate"]
