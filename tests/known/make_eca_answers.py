"""Write down what pyunicorn says: ``python tests/known/make_eca_answers.py``, which needs it.

Event coincidence analysis after Donges et al. (2016) and Odenweller and Donner (2020). The events
are drawn here; both series have one on the first and on the last day, for pyunicorn counts the
edges from the first and last event and Leadline from those of the sample.
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np

FILE = Path(__file__).parent / "eca_answers.json"
N_OBS = 400
WINDOWS = ((1, 10), (0, 5), (6, 30))


def drawn(rng, share):
    """Draw events, none where a window ends exactly at an edge."""
    happened = rng.random(N_OBS) < share
    happened[[0, -1]] = True
    for _, last in WINDOWS:
        happened[[last, N_OBS - 1 - last]] = False
    return happened


def answers():
    """Ask for both rates, each way, in every window."""
    from pyunicorn.eventseries import EventSeries

    rng = np.random.default_rng(2016)
    leader, follower = drawn(rng, 0.05), drawn(rng, 0.08)
    rates = {}
    for first, last in WINDOWS:
        found = EventSeries.event_coincidence_analysis(
            follower.astype(int), leader.astype(int), last - first, lag=first
        )
        rates[f"{first} to {last}"] = {"precursor": float(found[0]), "trigger": float(found[1])}
    return {
        "made_by": {"pyunicorn": version("pyunicorn")},
        "n_obs": N_OBS,
        "leader": np.flatnonzero(leader).tolist(),
        "follower": np.flatnonzero(follower).tolist(),
        "rates": rates,
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(answers()) + "\n", encoding="utf-8")
