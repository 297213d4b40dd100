"""Whether this machine computes, bit by bit, as the one on which expectations were written.

Processors and BLAS kernels round sums in different orders, and training magnifies last digits.
Where the fingerprints agree, every printed digit counts; elsewhere the tolerances that cells state.
"""

import hashlib

import numpy as np


def fingerprint() -> str:
    """Return a digest of what products, sums and functions give here."""
    rng = np.random.default_rng(0)
    digest = hashlib.sha256(np.__version__.encode())
    for rows, inner, columns in ((10, 3, 300), (5, 11, 300), (64, 100, 60), (1, 6, 211)):
        A, B = rng.normal(size=(rows, inner)), rng.normal(size=(inner, columns))
        C = A @ B
        tall = B @ C.T
        for values in (C, tall, np.tanh(C), np.exp(C), np.log1p(np.exp(-abs(C))), C.sum(axis=-1)):
            digest.update(np.ascontiguousarray(values).tobytes())
        digest.update(np.linalg.svd(tall, compute_uv=False).tobytes())
    return digest.hexdigest()[:16]
