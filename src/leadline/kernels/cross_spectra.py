"""Sums over time of every pair of series at every lag of a window, by spectra of blocks.

Time is cut into hops. The spectrum of a hop of the one series, times that of the same hop of the
other with as many values more as the window is wide, holds the hop's sums at all lags; so the sum
over hops is, at every frequency, a matrix product whose inner size is the number of hops, and the
way back from frequencies to lags another. Arrays come from NumPy, PyTorch or CuPy, and stay there.
"""

import sys
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from scipy import fft

TILE = 48
"""Series a side, so that a tile's sums stay in the cache (benchmarks/scan.py)."""
TILE_ELSEWHERE = 512
"""The same where the array module is not NumPy, and a product must fill a device."""
BACK_COST = 1.4
"""A multiplication on the way back, in those of the product over hops (benchmarks/scan.py)."""


class Window(NamedTuple):
    """How lags ``first`` to ``first + 2 half`` of ``n_obs`` observations are worked out.

    A transform takes ``size`` values, of which ``hop`` are new; there are ``n_hops``.
    """

    first: int
    half: int
    hop: int
    size: int
    n_hops: int

    @property
    def n_frequencies(self) -> int:
        """Number of frequencies of a real transform."""
        return self.size // 2 + 1

    @property
    def cost(self) -> float:
        """Multiplications a pair, those of the way back weighed by their slower pace."""
        return self.n_frequencies * (4 * self.n_hops + BACK_COST * (self.half + 1))


@lru_cache
def window(first: int, half: int, n_obs: int) -> Window:
    """Choose the cheapest way to lags ``first`` to ``first + 2 half``."""
    most = 2 * fft.next_fast_len(half + (n_obs + 1) // 2, real=True)
    choices = []
    # Sizes are even, so that frequencies mirror about the middle one.
    size = 2 * half + 2
    while size <= most:
        size = 2 * fft.next_fast_len(size // 2, real=True)
        hop = size - 2 * half
        choices.append(Window(first, half, hop, size, -(-n_obs // hop)))
        size += 2
    return min(choices, key=lambda choice: choice.cost)


def module_of(array: Any) -> Any:
    """Give the array module that an array comes from."""
    name = type(array).__module__.partition(".")[0]
    return np if name == "numpy" else sys.modules[name]


def zeros(shape: tuple[int, ...], like: Any) -> Any:
    """Give zeros in float32 where another array lies."""
    if hasattr(like, "new_zeros"):
        return like.new_zeros(shape)
    return module_of(like).zeros(shape, dtype=np.float32)


def like_of(array: Any, like: Any) -> Any:
    """Bring a NumPy array to where another lies."""
    module = module_of(like)
    if hasattr(like, "new_zeros"):
        return module.asarray(array, device=like.device)
    return module.asarray(array)


def tile_size(array: Any) -> int:
    """Give the number of series a tile of this array's module."""
    return TILE if module_of(array) is np else TILE_ELSEWHERE


def leading(values: Any, given: Window) -> list[Any]:
    """Transform series that are to move before: tiles of (n_frequencies, 2 n_hops, n_series).

    Real parts of all hops, then imaginary ones.
    """
    return [_leading(tile, given) for tile in _tiles(values)]


def following(values: Any, given: Window) -> list[Any]:
    """Transform series that are to move after: tiles of (n_frequencies, 3 n_hops, n_series).

    Real, imaginary and negated real parts: the first two thirds go with ``leading`` into the real
    part of the product with its conjugate, the last two into the imaginary one.
    """
    return [_following(tile, given) for tile in _tiles(values)]


def _tiles(values: Any) -> list[Any]:
    step = tile_size(values)
    return [values[i : i + step] for i in range(0, values.shape[0], step)]


def _leading(values: Any, given: Window) -> Any:
    n_series = values.shape[0]
    parts = zeros((given.size, given.n_hops, n_series), values)
    for b in range(given.n_hops):
        part = values[:, b * given.hop : (b + 1) * given.hop].T
        # Moved on by half the window, its lags lie even about zero.
        parts[given.half : given.half + part.shape[0], b] = part
    spectrum = _transform(parts)
    out = zeros((given.n_frequencies, 2 * given.n_hops, n_series), values)
    out[:, : given.n_hops] = spectrum.real
    out[:, given.n_hops :] = spectrum.imag
    return out


def _following(values: Any, given: Window) -> Any:
    n_series, n_obs = values.shape
    parts = zeros((given.size, given.n_hops, n_series), values)
    for b in range(given.n_hops):
        start = b * given.hop + given.first
        stop = min(start + given.size, n_obs)
        if stop > max(start, 0):
            parts[max(-start, 0) : stop - start, b] = values[:, max(start, 0) : stop].T
    spectrum = _transform(parts)
    out = zeros((given.n_frequencies, 3 * given.n_hops, n_series), values)
    out[:, : given.n_hops] = spectrum.real
    out[:, given.n_hops : 2 * given.n_hops] = spectrum.imag
    out[:, 2 * given.n_hops :] = -spectrum.real
    return out


def _transform(parts: Any) -> Any:
    module = module_of(parts)
    if module is np:
        return fft.rfft(parts, axis=0, overwrite_x=True)
    return module.fft.rfft(parts, None, 0)


class Back:
    """The way back from a tile's frequencies to its lags, and the room that it takes."""

    def __init__(self, given: Window, like: Any) -> None:
        self.given = given
        self.like = like
        self.module = module_of(like)
        frequency = np.arange(given.n_frequencies)
        weight = np.where((frequency == 0) | (2 * frequency == given.size), 1.0, 2.0) / given.size
        angle = 2 * np.pi / given.size * np.outer(np.arange(given.half + 1), frequency)
        self.tables = (
            self._folded(weight * np.cos(angle), 0),
            self._folded(-weight * np.sin(angle), 1),
        )
        self.room: dict[tuple[int, ...], Any] = {}

    def _folded(self, table: Any, first: int) -> tuple[tuple[slice, Any], tuple[slice, Any]]:
        """Give the rows and factors that go with the sums of ``_fold``, and with its differences.

        A cosine at the mirrored frequency is the same at even lags and the negative at odd ones; a
        sine the other way about.
        """
        mirrored = self.given.n_frequencies // 2
        one, other = slice(first, None, 2), slice(1 - first, None, 2)
        heads = table[one, : self.given.n_frequencies - mirrored]
        tails = table[other, :mirrored][:, ::-1]
        return (one, self._here(heads)), (other, self._here(tails))

    def _here(self, table: Any) -> Any:
        out = zeros(table.shape, self.like)
        out[:] = like_of(np.ascontiguousarray(table, dtype=np.float32), self.like)
        return out

    def _room(self, name: int, shape: tuple[int, ...]) -> Any:
        key = (name, *shape)
        if key not in self.room:
            self.room[key] = zeros(shape, self.like)
        return self.room[key]

    def sums(self, leader: Any, follower: Any, name: int = 0) -> tuple[Any, Any]:
        """Give even and odd part of the sums about the middle of the window, (half + 1, n_pairs).

        Row m of even plus odd part is the lag ``first + half + m``, even less odd
        ``first + half - m``. The next call of the same ``name`` overwrites them.
        """
        n_pairs, hops = leader.shape[2] * follower.shape[2], self.given.n_hops
        product = self._room(-1, (self.given.n_frequencies, leader.shape[2], follower.shape[2]))
        flat = product.reshape(-1, n_pairs)
        turned = self.module.swapaxes(leader, 1, 2)
        out = []
        for n, part in enumerate((follower[:, : 2 * hops], follower[:, hops:])):
            self.module.matmul(turned, part, out=product)
            folded = _fold(flat)
            found = self._room(2 * name + n, (self.given.half + 1, n_pairs))
            for (rows, table), half in zip(self.tables[n], folded, strict=True):
                if table.shape[0]:
                    self.module.matmul(table, half, out=found[rows])
            out.append(found)
        return out[0], out[1]


def _fold(flat: Any) -> tuple[Any, Any]:
    """Add to each frequency the one mirrored about the middle, and take it away, in place."""
    n_frequencies = flat.shape[0]
    mirrored = n_frequencies // 2
    if module_of(flat) is np:
        from leadline.kernels import compiled_lag_scan

        compiled_lag_scan.fold(flat)
    else:
        low, high = flat[:mirrored], module_of(flat).flip(flat[n_frequencies - mirrored :], (0,))
        both, apart = low + high, low - high
        flat[:mirrored] = both
        flat[n_frequencies - mirrored :] = module_of(flat).flip(apart, (0,))
    return flat[: n_frequencies - mirrored], flat[n_frequencies - mirrored :]
