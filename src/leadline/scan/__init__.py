"""All pairs of a universe through the same inference: who leads whom, and is it chance?"""

import sys
from types import ModuleType

from leadline.scan.result import OutOfSample, Scan
from leadline.scan.run import scan

__all__ = ["OutOfSample", "Scan", "scan"]


class _Callable(ModuleType):
    """Lets ``leadline.scan`` be called, which is this package and a public function in one."""

    __call__ = staticmethod(scan)


sys.modules[__name__].__class__ = _Callable
