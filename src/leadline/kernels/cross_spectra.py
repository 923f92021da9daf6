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
from scipy import fft, fftpack

TILE = 48
"""Series a side, so that a tile's sums stay in the cache (benchmarks/scan.py)."""
TILE_ELSEWHERE = 512
"""The same where the array module is not NumPy, and a product must fill a device."""
BACK_COST = 0.8
"""A multiplication on the way back, in those of the product over hops (benchmarks/scan.py)."""
SMALL = 10**6
"""Multiplications up to which OpenBLAS multiplies matrices where they lie, not in packed copies."""
NARROW = 64
"""Columns below which a product gains nothing by that."""


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
    most = 4 * fft.next_fast_len(-(-(2 * half + n_obs) // 4), real=True)
    choices = []
    # Four divides sizes, so that frequencies mirror about the middle one, and half of them again.
    size = 2 * half + 1
    while size <= most:
        size = 4 * fft.next_fast_len(-(-size // 4), real=True)
        hop = size - 2 * half
        choices.append(Window(first, half, hop, size, -(-n_obs // hop)))
        size += 1
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

    Real parts of all hops, then imaginary ones; those of the lowest and the highest frequency
    are halved, for the others stand for their conjugates, too.
    """
    forward = Forward(given, values)
    return [forward.leading(tile) for tile in _tiles(values)]


def following(values: Any, given: Window) -> list[Any]:
    """Transform series that are to move after: tiles of (n_frequencies, 3 n_hops, n_series).

    Real, imaginary and negated real parts: the first two thirds go with ``leading`` into the real
    part of the product with its conjugate, the last two into the imaginary one.
    """
    forward = Forward(given, values)
    return [forward.following(tile) for tile in _tiles(values)]


def _tiles(values: Any) -> list[Any]:
    step = tile_size(values)
    return [values[i : i + step] for i in range(0, values.shape[0], step)]


class Room:
    """Arrays in float32 that are kept for the next time: their memory is not asked for again."""

    def __init__(self, like: Any) -> None:
        self.like = like
        self.held: dict[tuple[int, ...], Any] = {}

    def of(self, name: int, shape: tuple[int, ...]) -> Any:
        """Give the array of that name and shape, zeros at first."""
        key = (name, *shape)
        if key not in self.held:
            self.held[key] = zeros(shape, self.like)
        return self.held[key]


class Forward:
    """The way from a tile's series to their frequencies, and the room that it takes."""

    def __init__(self, given: Window, like: Any) -> None:
        self.given = given
        self.room = Room(like)

    def leading(self, values: Any) -> Any:
        """Give a tile of ``leading``."""
        given, hops = self.given, self.given.n_hops
        parts = self._parts(values.shape[0])
        for b in range(hops):
            part = values[:, b * given.hop : (b + 1) * given.hop].T
            # Moved on by half the window, its lags lie even about zero.
            parts[given.half : given.half + part.shape[0], b] = part
        out = zeros((given.n_frequencies, 2 * hops, values.shape[0]), values)
        _transform(parts, out[:, :hops], out[:, hops:])
        out[0] /= 2
        out[-1] /= 2
        return out

    def following(self, values: Any) -> Any:
        """Give a tile of ``following``."""
        return self._following(values, zeros(self._shape(values.shape[0]), values))

    def signed(self, values: Any, sign: Any) -> Any:
        """Give the same of values times signs, a day each; the next call overwrites it."""
        product = self.room.of(1, tuple(values.shape))
        module_of(values).multiply(values, sign, out=product)
        return self._following(product, self.room.of(2, self._shape(values.shape[0])))

    def _shape(self, n_series: int) -> tuple[int, int, int]:
        return self.given.n_frequencies, 3 * self.given.n_hops, n_series

    def _following(self, values: Any, out: Any) -> Any:
        given, (n_series, n_obs) = self.given, values.shape
        parts = self._parts(n_series)
        for b in range(given.n_hops):
            start = b * given.hop + given.first
            stop = min(start + given.size, n_obs)
            if stop > max(start, 0):
                parts[max(-start, 0) : stop - start, b] = values[:, max(start, 0) : stop].T
        real, imaginary, negated = (
            out[:, n * given.n_hops : (n + 1) * given.n_hops] for n in range(3)
        )
        _transform(parts, real, imaginary)
        module_of(values).negative(real, out=negated)
        return out

    def _parts(self, n_series: int) -> Any:
        parts = self.room.of(0, (self.given.size, self.given.n_hops, n_series))
        parts[:] = 0
        return parts


def _transform(parts: Any, real: Any, imaginary: Any) -> None:
    """Put real and imaginary parts of the transform along the first axis where they belong."""
    module = module_of(parts)
    if module is np:
        # In place, real and imaginary parts in turn; imaginary ones of both ends are left out.
        packed = fftpack.rfft(parts, axis=0, overwrite_x=True)
        real[0] = packed[0]
        real[1:] = packed[1::2]
        imaginary[1:-1] = packed[2::2]
        return
    spectrum = module.fft.rfft(parts, None, 0)
    real[:] = spectrum.real
    imaginary[:] = spectrum.imag


class _Product(NamedTuple):
    """What gives some lags: the frequencies it takes, as folding left them, and its factors."""

    lags: slice
    held: slice
    factors: Any


class _Way(NamedTuple):
    """From frequencies to lags: blocks of frequencies to fold, one after another, and products."""

    folds: tuple[slice, ...]
    products: tuple[_Product, ...]


def _cosines(table: Any) -> _Way:
    """Give the way of a table of cosines, (lags, frequencies).

    Mirrored about the middle frequency, a cosine is the same at even lags and the negative at odd
    ones; up to the middle it mirrors again, the same at lags that four divides.
    """
    whole = slice(0, table.shape[1])
    low, high = _halves(whole)
    lowest, lower = _halves(low)
    return _Way(
        (whole, low),
        (
            _Product(slice(1, None, 2), high, table[1::2, : _size(high)][:, ::-1]),
            _Product(slice(0, None, 4), lowest, table[::4, lowest]),
            _Product(slice(2, None, 4), lower, table[2::4, : _size(lower)][:, ::-1]),
        ),
    )


def _sines(table: Any) -> _Way:
    """Give the way of a table of sines: what a cosine does at even lags, a sine does at odd ones.

    The lowest frequency, at which sines vanish, comes last of the differences and is left out.
    """
    whole = slice(0, table.shape[1])
    low, high = _halves(whole)
    high = slice(high.start, high.stop - 1)
    lower, lowest = _halves(high)
    down = table[:, _size(high) : 0 : -1]
    return _Way(
        (whole, high),
        (
            _Product(slice(1, None, 2), low, table[1::2, low]),
            _Product(slice(2, None, 4), lower, down[2::4, : _size(lower)]),
            _Product(slice(0, None, 4), lowest, down[::4, : _size(lowest)][:, ::-1]),
        ),
    )


def _halves(held: slice) -> tuple[slice, slice]:
    """Give where ``_fold`` leaves sums, the middle among them, and differences in reverse."""
    middle = held.stop - _size(held) // 2
    return slice(held.start, middle), slice(middle, held.stop)


def _size(held: slice) -> int:
    return int(held.stop - held.start)


class Back:
    """The way back from a tile's frequencies to its lags, and the room that it takes."""

    def __init__(self, given: Window, like: Any) -> None:
        self.given = given
        self.like = like
        self.module = module_of(like)
        frequency = np.arange(given.n_frequencies)
        angle = 2 * np.pi / given.size * np.outer(np.arange(given.half + 1), frequency)
        self.ways = tuple(
            _Way(
                way.folds,
                tuple(part._replace(factors=self._here(part.factors)) for part in way.products),
            )
            for way in (
                _cosines(2 / given.size * np.cos(angle)),
                _sines(-2 / given.size * np.sin(angle)),
            )
        )
        self.room = Room(like)

    def _here(self, table: Any) -> Any:
        out = zeros(table.shape, self.like)
        out[:] = like_of(np.ascontiguousarray(table, dtype=np.float32), self.like)
        return out

    def sums(self, leader: Any, follower: Any, name: int = 0) -> tuple[Any, Any]:
        """Give even and odd part of the sums about the middle of the window, (half + 1, n_pairs).

        Row m of even plus odd part is the lag ``first + half + m``, even less odd
        ``first + half - m``. The next call of the same ``name`` overwrites them.
        """
        n_pairs, hops = leader.shape[2] * follower.shape[2], self.given.n_hops
        product = self.room.of(-1, (self.given.n_frequencies, leader.shape[2], follower.shape[2]))
        flat = product.reshape(-1, n_pairs)
        turned = self.module.swapaxes(leader, 1, 2)
        out = []
        parts = follower[:, : 2 * hops], follower[:, hops:]
        for n, (way, part) in enumerate(zip(self.ways, parts, strict=True)):
            self.module.matmul(turned, part, out=product)
            for held in way.folds:
                _fold(flat[held])
            found = self.room.of(2 * name + n, (self.given.half + 1, n_pairs))
            for lags, held, factors in way.products:
                if factors.shape[0]:
                    _multiply(factors, flat[held], found[lags])
            out.append(found)
        return out[0], out[1]


def _multiply(factors: Any, block: Any, out: Any) -> None:
    """Multiply a small matrix by a wide one, of which NumPy takes some columns at a time."""
    module = module_of(block)
    wide = block.shape[1]
    parts = _parts(wide, factors.size) if module is np else 1
    if parts == 1:
        module.matmul(factors, block, out=out)
        return
    block, out = (
        each.reshape(each.shape[0], parts, wide // parts).swapaxes(0, 1) for each in (block, out)
    )
    module.matmul(factors, block, out=out)


@lru_cache
def _parts(wide: int, size: int) -> int:
    """Give into how many equal parts to cut ``wide`` columns for a matrix of ``size`` entries."""
    whole = (parts for parts in range(1, wide // NARROW + 1) if wide % parts == 0)
    return next((parts for parts in whole if wide // parts * size <= SMALL), 1)


def _fold(block: Any) -> None:
    """Add to each row the one mirrored about the middle, and take that away, in place."""
    if module_of(block) is np:
        from leadline.kernels import compiled_lag_scan

        compiled_lag_scan.fold(block)
        return
    mirrored = block.shape[0] // 2
    module = module_of(block)
    low, high = block[:mirrored], module.flip(block[block.shape[0] - mirrored :], (0,))
    both, apart = low + high, low - high
    block[:mirrored] = both
    block[block.shape[0] - mirrored :] = module.flip(apart, (0,))
