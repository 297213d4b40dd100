"""The browser's loops for NumPy: right to the last digits, NaN and infinity as NumPy has them."""

from __future__ import annotations

from typing import Any

from in_node import printed, runtime_of

PRODUCTS = """
import numpy as np

def summed_in_order(A, B):
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    total = np.zeros((*batch, A.shape[-2], B.shape[-1]), A.dtype)
    for k in range(A.shape[-1]):
        total = total + A[..., :, k, None] * B[..., k, None, :]
    return total

rng = np.random.default_rng(0)
wrong = []
for trial in range(600):
    dtype = (np.float64, np.float32)[trial // 300]
    normal = lambda *shape: rng.normal(size=shape).astype(dtype)
    m, k, n = rng.integers(0, 14, 3)
    batch = tuple(rng.integers(1, 4, rng.integers(0, 3)))
    A = normal(*batch, m, k)
    B = normal(*(batch if trial % 3 else ()), k, n)
    if trial % 2:
        A = normal(*batch, k, m).swapaxes(-1, -2)
    if trial % 5 == 0:
        B = normal(*batch, n, 2 * k).swapaxes(-1, -2)[..., ::-2, :]
    product, expected = A @ B, summed_in_order(A, B)
    strided = np.full((*expected.shape[:-2], n, 2 * m), 7, dtype)
    strided = strided.swapaxes(-1, -2)[..., ::2, :]
    np.matmul(A, B, out=strided)
    same = np.array_equal(product, expected) and np.array_equal(strided, expected)
    if not same or product.dtype != dtype:
        wrong.append((trial, A.shape, B.shape))
print(wrong)
"""

LARGEST = """
import numpy as np

for dtype in (np.float64, np.float32):
    values = np.array([1.0, -1.0, 0.0, np.nan, np.inf, -np.inf], dtype)
    a, b = np.meshgrid(values, values)
    print([f(a, b).tolist() for f in (np.maximum, np.fmax)])
    print([float(f.reduce(values)) for f in (np.maximum, np.fmax)])
    print(np.maximum(np.arange(-3, 4, dtype=dtype)[::2], 0).tolist())
    print(np.max(np.arange(12, dtype=dtype).reshape(3, 4), 0))
    wave = (np.arange(40) * 7 % 11 - 5).astype(dtype)
    print(np.maximum(wave, 1).tolist(), np.fmax(2, wave[1:]).tolist())
    print(np.maximum.accumulate(wave).tolist(), np.fmax(wave, wave[::-1]).tolist())
    for shift in range(6):
        both = wave.copy()
        np.maximum(both[: 40 - shift], 0.5 * both[shift:], out=both[shift:])
        print(both.tolist(), np.fmax(wave[shift:], wave[: 40 - shift]).tolist())
"""

TANH = """
import math
import numpy as np

rng = np.random.default_rng(0)
special = [0.0, -0.0, np.inf, -np.inf, np.nan, 5e-324, -1e-310, 1e300, 19.1, -22.0]
x = np.concatenate([rng.normal(size=9000) * 10.0 ** rng.uniform(-12, 2, 9000), special])
for dtype, most in ((np.float64, 3), (np.float32, 1)):
    with np.errstate(over="ignore"):
        x = x.astype(dtype)
    y = np.tanh(x)
    exact = np.array([math.tanh(number) for number in x.tolist()])
    units = abs(y - exact) / np.spacing(abs(exact).astype(dtype))
    spread, shifted, itself = np.zeros(2 * len(x), dtype), x.copy(), x.copy()
    spread[::2] = x
    np.tanh(shifted[:-1], out=shifted[1:])
    np.tanh(itself, out=itself)
    print(
        y.dtype == dtype,
        np.nanmax(units) <= most,
        np.array_equal(np.isnan(y), np.isnan(x)),
        np.array_equal(np.signbit(y), np.signbit(x)),
        *(
            np.array_equal(other, y[1:][: len(other)], equal_nan=True)
            for other in (np.tanh(spread[::2])[1:], shifted[2:], itself[1:], np.tanh(x[1:]))
        ),
    )
"""


def test_products_are_sums_in_order_whatever_the_strides(built_book: Any) -> None:
    assert printed(runtime_of(built_book), PRODUCTS) == "[]\n"


def test_the_larger_of_two_is_as_in_numpy(built_book: Any, capsys: Any) -> None:
    """Run by the NumPy of this Python, which has loops of its own, the cell prints the same."""
    exec(LARGEST, {})
    assert printed(runtime_of(built_book), LARGEST) == capsys.readouterr().out


def test_tanh_is_right_to_the_last_digits(built_book: Any) -> None:
    """Measured by Python's own, which has less than one unit of the last digit of error."""
    assert printed(runtime_of(built_book), TANH) == 2 * (" ".join(8 * ["True"]) + "\n")
