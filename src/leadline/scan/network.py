"""Who leads whom on the whole: a score an asset, and groups that lead one another."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans, vq
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from leadline.scan.refine import Pairs

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

LEVEL = 0.95
MOST_GROUPS = 8
FEW = 12
"""A universe of fewer series is not grouped."""


class Score(NamedTuple):
    """How much more each asset leads than it is led; the mean difference of ``|t|`` over others."""

    value: Floats
    low: Floats
    high: Floats


class Links(NamedTuple):
    """Pairs that look linked by themselves, with their statistic."""

    pairs: Pairs
    t: Floats


def balance(
    forth: NDArray[np.float32], back: NDArray[np.float32] | None = None
) -> tuple[Floats, Floats]:
    """Add up ``|t|`` of a tile: what rows lead less what they are led, and the same of columns.

    ``forth`` holds the rows before the columns; ``back``, of the same shape, the columns before
    the rows, where the tile has that direction.
    """
    net = np.abs(forth.astype(np.float64))
    if back is not None:
        net -= np.abs(back)
    return net.sum(axis=1), -net.sum(axis=0)


def scores(sums: Floats, drawn: Floats, n_partners: int) -> Score:
    """Give the score of each asset, with an interval of 95 %.

    Noise leads and follows alike, so that without leads scores are about zero. How far they
    stray is seen in draws of the joint wild bootstrap, one multiplier a day for all assets, all
    assets taken together: statistics that are studentised stray alike.

    Parameters
    ----------
    sums : ndarray, shape (n_assets,)
        Sums of ``balance``.
    drawn : ndarray, shape (n_draws, n_assets)
        The same in draws without any lead; without draws the interval is NaN.
    """
    value, strays = sums / n_partners, np.abs(drawn) / n_partners
    reach = float(np.quantile(strays, LEVEL)) if strays.size else np.nan
    return Score(value, value - reach, value + reach)


def groups(n_assets: int, links: Links, drawn: Sequence[Links], rng: Generator) -> Index:
    """Group assets that lead, and are led by, the same others; 0 for all where none stand out.

    Hermitian clustering (Cucuringu, Li, Sun and Zanetti 2020) of the antisymmetric matrix of how
    much more an asset leads another than it is led by it: k-means on the eigenvectors whose
    eigenvalues exceed those of every draw without leads.
    """
    if n_assets < FEW or not drawn:
        return np.zeros(n_assets, dtype=np.intp)
    most = min(MOST_GROUPS, n_assets - 2)
    values, vectors = _largest(_skew(n_assets, links), most, rng)
    chance = max(float(_largest(_skew(n_assets, each), 1, rng)[0][0]) for each in drawn)
    n_kept = int(np.count_nonzero(values > chance))
    if n_kept == 0:
        return np.zeros(n_assets, dtype=np.intp)
    kept = vectors[:, :n_kept] * values[:n_kept]
    points = np.concatenate([kept.real, kept.imag], axis=1)
    centres, _ = kmeans(points, n_kept + 1, rng=rng)
    label, _ = vq(points, centres)
    return _in_order(label, np.asarray(_skew(n_assets, links).sum(axis=1), dtype=np.float64))


def _skew(n: int, links: Links) -> csr_array:
    leads = csr_array((np.abs(links.t), links.pairs), shape=(n, n), dtype=np.float64)
    return leads - leads.T


def _largest(skew: csr_array, k: int, rng: Generator) -> tuple[Floats, NDArray[np.complex128]]:
    """Give the ``k`` largest eigenvalues of the Hermitian ``iA``, and their vectors."""
    n = skew.shape[0]
    if skew.nnz == 0:
        return np.zeros(k), np.zeros((n, k), dtype=complex)
    values, vectors = eigsh(1j * skew, k=k, which="LA", v0=rng.standard_normal(n).astype(complex))
    order = np.argsort(-values)
    values, vectors = values[order], vectors[:, order]
    # An eigenvector has no phase of its own; its largest entry is made real.
    largest = vectors[np.abs(vectors).argmax(axis=0), np.arange(k)]
    return values, vectors * (np.abs(largest) / largest)


def _in_order(label: NDArray[Any], lead: Floats) -> Index:
    """Number groups from the one that leads most."""
    names = np.unique(label)
    mean = np.array([lead[label == name].mean() for name in names])
    rank = {int(name): number for number, name in enumerate(names[np.argsort(-mean)])}
    return np.array([rank[int(name)] for name in label], dtype=np.intp)
