"""How inner loops are compiled. The only home of Numba."""

from collections.abc import Callable

from numba import njit


def compiled(function: Callable) -> Callable:
    """Compile a function of arrays and numbers at its first call, and keep the result on disk.

    Numba keeps it beside the function's file, or in the user's cache folder where that cannot be
    written; where neither can, every process compiles anew. The interpreter lock is not held while
    it runs, and division by zero gives infinity, as in NumPy.
    """
    how = {"nogil": True, "error_model": "numpy"}
    try:
        return njit(cache=True, **how)(function)
    except RuntimeError:  # Numba: "no locator available", there is nowhere to keep it
        return njit(**how)(function)
