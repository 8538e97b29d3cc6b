"""The handwritten digits of scikit-learn: 1797 images of 8 x 8 pixels, ten classes.

They are the test part of E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning
Repository, 1998, and no MNIST: accuracies on the two are not to be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fem.errors import MissingSoftwareError

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
DATA_SET = "scikit-learn digits (1797 of 8 x 8)"
CLASSES, TRAINED = 10, 1437  #: the other 360 are for the test


@dataclass(frozen=True, eq=False)
class Digits:
    """``images``, shape (n, 64), from 0 to 1, and their ``labels``, shape (n,), to train with and to test."""

    images: Array
    labels: Whole
    test_images: Array
    test_labels: Whole


@cache
def _all() -> tuple[Array, Whole]:
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        raise MissingSoftwareError(
            "scikit-learn, which brings the digits, was not found; install it with: pip install 'memfem[learning]'"
        ) from missing
    images, labels = load_digits(return_X_y=True)
    return np.asarray(images, dtype=float) / 16, np.asarray(labels, dtype=np.int64)


def digits(seed: int) -> Digits:
    """Return the digits, which of them are for the test drawn by ``seed``."""
    images, labels = _all()
    order = np.random.default_rng(seed).permutation(labels.size)
    own, other = order[:TRAINED], order[TRAINED:]
    return Digits(images[own], labels[own], images[other], labels[other])
