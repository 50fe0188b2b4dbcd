"""The NumPy contender of the bench of tensors."""
import json
import sys
import time

import numpy as np

rng = np.random.default_rng(1)
x = rng.standard_normal((1000, 1000)).astype(np.float32)
y = rng.standard_normal((1000, 1000)).astype(np.float32)
row = rng.standard_normal(1000).astype(np.float32)
there = np.zeros((1000, 1000), np.float32)
runs = {
    "add": lambda: x + y,
    "add, into a tensor that is there": lambda: np.add(x, y, out=there),
    "add a row": lambda: x + row,
    "multiply by a number": lambda: x * 2,
    "exp": lambda: np.exp(x),
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
    "matmul": lambda: x @ y,
}
for line in sys.stdin:
    run = runs[json.loads(line)["what"]]
    start = time.perf_counter()
    run()
    print("@" + json.dumps({"milliseconds": 1000 * (time.perf_counter() - start)}), flush=True)
