"""Between NumPy arrays and Arrow buffers, without a copy; and names for Arrow types, which are generic in the stubs only."""

from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_Scalar = TypeVar("_Scalar", bound=np.generic)

if TYPE_CHECKING:
    Column: TypeAlias = pa.Array[Any]
    DictionaryColumn: TypeAlias = pa.DictionaryArray[Any, Any]
else:
    # The classes of pyarrow themselves take no type arguments.
    Column, DictionaryColumn = pa.Array, pa.DictionaryArray


def buffer_of(values: npt.NDArray[Any]) -> pa.Buffer:
    """The memory of a contiguous array as an Arrow buffer."""
    # An array has the buffer protocol, which its stubs tell only from Python 3.12 on.
    return pa.py_buffer(cast("Any", values))


def values_in(buffer: pa.Buffer | bytes | None, dtype: type[_Scalar], count: int = -1) -> npt.NDArray[_Scalar]:
    """The first `count` values of a buffer as an array, all of them by default."""
    return np.frombuffer(cast("Any", buffer), dtype, count)


def nulls(length: int, of: pa.DataType) -> Column:
    """A column of `length` NULLs of a type that is known only at run time."""
    return cast("Column", pa.nulls(length, cast("Any", of)))
