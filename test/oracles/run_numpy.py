"""Runs NumPy on a batch of cases: JSON in on stdin, JSON out on stdout.

A case is a Python expression over named arrays, each with its dtype, shape, strides and offset in elements, as
`ndarray` lays it out. Numbers travel as hexadecimal bytes, so that NaN, infinities and the last bit arrive.
"""
import json
import sys
import warnings

import numpy as np

warnings.simplefilter("ignore")


def read(array):
    buffer = np.frombuffer(bytes.fromhex(array["bytes"]), dtype=array["dtype"]).copy()
    size = buffer.itemsize
    strides = [step * size for step in array["stride"]]
    return np.ndarray(array["shape"], buffer.dtype, buffer, array["offset"] * size, strides)


def write(value, dtype):
    value = np.asarray(value).astype(dtype)
    return {"shape": list(value.shape), "bytes": value.tobytes().hex()}


answers = []
for case in json.load(sys.stdin):
    scope = {"np": np, **{name: read(array) for name, array in case["inputs"].items()}}
    try:
        result = eval(case["code"], scope)
        parts = result if isinstance(result, list) else [result]
        answers.append([write(part, case["dtype"]) for part in parts])
    except Exception as error:
        answers.append({"error": f"{case['code']}: {error}"})
json.dump(answers, sys.stdout)
