"""Names for the arrays of numbers that decoding passes on."""

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.uint16]
