"""A whole universe through the same inference, from prices to findings."""

from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from leadline import executors
from leadline.data.store import Store
from leadline.errors import LeadlineError
from leadline.scan import prices, tiles
from leadline.scan.prepare import Every, Factors, prepare
from leadline.scan.result import Scan, write_parquet
from leadline.scan.settings import SEED, Settings, named
from leadline.scan.work import Progress, Work


def scan(  # noqa: PLR0913 - a question with as many parts
    given: prices.Given,
    max_lag: int = 60,
    *,
    resamples: int = 0,
    leaders: Sequence[str] | None = None,
    followers: Sequence[str] | None = None,
    every: Every = "day",
    min_lag: int = 1,
    factors: Factors = 0,
    fdr: float = 0.05,
    decoys: bool = True,
    store: Store | None = None,
    executor: str | Executor = "threads",
    workers: int | None = None,
    device: str = "cpu",
    out: Path | str | None = None,
    seed: str = SEED,
    progress: Progress | None = None,
) -> Scan:
    """Ask of all pairs of a universe whose past moves go with whose present ones.

    Every series is prewhitened; each ordered pair gets the lag at which the leader's innovation
    goes most with the follower's by a statistic robust to shared volatility (Dalla, Giraitis and
    Phillips 2022), a p-value that pays for the lags searched (Sidak), and false discovery rates
    over all pairs. Null of a pair: at no lag searched does the leader's innovation go with the
    follower's.

    Parameters
    ----------
    given : DataFrame, path, or sequence of str
        Prices: a wide frame (a day a row, an asset a column), a long one (date, asset, price), a
        CSV or Parquet file of such a frame, a folder with one CSV file a series, or the names of
        series in ``store``.
    max_lag, min_lag : int
        Lags searched, in rows (days or weeks). Where the catalogue knows that a follower closes
        earlier in the day than its leader, the pair's lags begin at two.
    resamples : int
        Draws of the joint wild bootstrap for family-wise p-values; 0 for none.
    leaders, followers : sequence of str, optional
        Only pairs from one to the other; all where omitted.
    every : {"day", "week"}
        Length of the returns.
    factors : int or str
        What is taken out of every return first, by loadings estimated on the past alone:
        ``"market"`` (the mean of the others), an asset's name, or a number of principal
        components. A slow factor that all share is no lead.
    fdr : float
        False discovery rate up to which a pair counts.
    decoys : bool
        Scan twice more where nothing can be found, for a second opinion on false discoveries.
    executor, workers
        Where the work runs; see :func:`leadline.executors.executor`.
    device : str
        ``"cpu"``, or a PyTorch device such as ``"cuda"``.
    out : path, optional
        Folder that keeps finished tiles, so that a scan that was cut off goes on there, and the
        tables as ``leads.parquet``, ``leaders.parquet`` and ``clusters.parquet``.
    seed : str
        Names the random streams; the same seed gives the same digits on any executor.
    progress : callable, optional
        Called with the numbers of tasks done and in all.

    Returns
    -------
    Scan

    Raises
    ------
    DataError
        For prices that cannot be used, naming asset and day, and where ``out`` holds another scan.
    LeadlineError
        For settings that make no sense, and an executor that cannot be had.

    Examples
    --------
    >>> import numpy as np, pandas as pd, leadline as ll
    >>> rng = np.random.default_rng(1)
    >>> moves = rng.standard_normal((600, 4)) / 100
    >>> moves[3:, 1] += 0.5 * moves[:-3, 0]
    >>> days = pd.bdate_range("2024-01-01", periods=600)
    >>> found = ll.scan(pd.DataFrame(np.exp(moves.cumsum(0)), days, list("abcd")), max_lag=10)
    >>> found.found()[["leader", "follower", "lag"]].values.tolist()
    [['a', 'b', 3]]
    """
    asked = Settings(
        max_lag=max_lag,
        min_lag=min_lag,
        every=every,
        factors=factors,
        resamples=resamples,
        fdr=fdr,
        decoys=decoys,
        leaders=None if leaders is None else named("leaders", leaders),
        followers=None if followers is None else named("followers", followers),
        device=device,
        seed=seed,
    )
    if device != "cpu" and executor in ("threads", "processes"):
        _check_device(device)
    universe = prices.read(given, store)
    prepared = prepare(universe, every=asked.every, factors=asked.factors, max_lag=asked.max_lag)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()) if out is None else out)
        try:
            pool = stack.enter_context(executors.executor(executor, workers))
        except (ValueError, ImportError) as error:
            raise LeadlineError(str(error)) from error
        work = Work.of(asked, prepared, tiles.Results(folder), pool, progress)
        # What is refused until here leaves no manifest in the way of what is asked next.
        tiles.Results.open(folder, asked.manifest(prepared))
        found = work.through()
    if out is not None:
        for name in ("table", "leaders", "clusters"):
            file = folder / f"{'leads' if name == 'table' else name}.parquet"
            write_parquet(getattr(found, name), file, found.manifest)
    return found


def _check_device(device: str) -> None:
    """Raise LeadlineError where this machine has no such device; a cluster's workers may."""
    try:
        import torch

        torch.empty(0, device=device)
    except ImportError as error:
        msg = f"device: {device!r} needs PyTorch. Install it with: pip install 'leadline[gpu]'."
        raise LeadlineError(msg) from error
    except (RuntimeError, AssertionError) as error:
        # PyTorch built without a device says so by an AssertionError.
        reason = str(error).splitlines()[0]
        raise LeadlineError(f"device: {device!r} cannot be used here: {reason}") from error
