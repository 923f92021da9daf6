from evidence.conftest import _one_blas_thread

__all__ = ["_one_blas_thread"]
