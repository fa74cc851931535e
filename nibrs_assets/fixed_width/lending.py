"""Memory that is lent to Arrow and used again when Arrow has let go of it, so that a row group need not wait for new memory."""

import weakref
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from nibrs_assets.core.arrow import buffer_of

Array = npt.NDArray[Any]


class Memory:
    """Arrays of one type: two by turns where one row group is written while the next is gathered."""

    def __init__(self, dtype: npt.DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._lent: list[tuple[Array, weakref.ref[Array]]] = []

    def of(self, size: int) -> Array:
        """An array of `size` values or more, whatever they are; one that nobody reads any more, or a new one."""
        for place, (array, view) in enumerate(self._lent):
            if view() is None:
                del self._lent[place]
                if len(array) >= size:
                    return array
                break  # which others have outgrown
        return np.empty(size, self._dtype)

    def lend(self, array: Array, size: int) -> pa.Buffer:
        """The first `size` values as a buffer; the array is used again when that buffer is gone, and all that is made of it."""
        # Arrow holds on to the view, which is nobody else's: it is gone when Arrow needs it no longer.
        view = array[:size]
        self._lent.append((array, weakref.ref(view)))
        return buffer_of(view)
