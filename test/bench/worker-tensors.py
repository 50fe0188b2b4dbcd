"""The NumPy contender of the bench of tensors."""
import json
import sys
import time

import numpy as np

rng = np.random.default_rng(1)
x = rng.standard_normal((1000, 1000)).astype(np.float32)
y = rng.standard_normal((1000, 1000)).astype(np.float32)
row = rng.standard_normal(1000).astype(np.float32)
positive = np.abs(x)
x64 = x.astype(np.float64)
there64 = np.zeros_like(x64)
there = np.zeros((1000, 1000), np.float32)
runs = {
    "add": lambda: x + y,
    "add, into a tensor that is there": lambda: np.add(x, y, out=there),
    "add a row": lambda: x + row,
    "multiply by a number": lambda: x * 2,
    "exp": lambda: np.exp(x),
    "log": lambda: np.log(positive),
    "tanh": lambda: np.tanh(x),
    "sqrt": lambda: np.sqrt(positive),
    "maximum": lambda: np.maximum(x, y),
    "power 1.5": lambda: positive**1.5,
    "sin": lambda: np.sin(x),
    "greater": lambda: (x > 0).astype(np.float32),
    "where": lambda: np.where(x != 0, x, y),
    "clip": lambda: np.clip(x, -1, 1),
    "sum": lambda: x.sum(),
    "sum of rows": lambda: x.sum(1),
    "sum of columns": lambda: x.sum(0),
    "mean": lambda: x.mean(),
    "variance": lambda: x.var(),
    "max": lambda: x.max(),
    "max of columns": lambda: x.max(0),
    "argmax": lambda: x.argmax(1),
    "transpose": lambda: np.ascontiguousarray(x.T),
    "concat": lambda: np.concatenate([x, y]),
    "every second": lambda: np.ascontiguousarray(x[::2, ::2]),
    "add, float64": lambda: np.add(x64, x64, out=there64),
    "exp, float64": lambda: np.exp(x64, out=there64),
    "sum, float64": lambda: x64.sum(),
    "matmul": lambda: x @ y,
}
for line in sys.stdin:
    run = runs[json.loads(line)["what"]]
    start = time.perf_counter()
    run()
    print("@" + json.dumps({"milliseconds": 1000 * (time.perf_counter() - start)}), flush=True)
