"""Runs PyTorch on a batch of cases: JSON in on stdin, JSON out on stdout.

A case is a piece of Python over named float64 tensors that assigns `y`; gradients of the named tensors are taken
with the upstream gradient `dy`. The answer holds what the case wants: "dx" is the gradient of the input x, any other
name is a variable.
"""
import json
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def read(tensor):
    return torch.tensor(tensor["data"], dtype=torch.float64).reshape(tensor["shape"])


def write(value):
    value = torch.as_tensor(value, dtype=torch.float64).detach()
    return {"shape": list(value.shape), "data": value.reshape(-1).tolist()}


def run(case):
    inputs = {name: read(tensor).requires_grad_(case["dy"] is not None) for name, tensor in case["inputs"].items()}
    scope = {"torch": torch, "F": F, **case["values"], **inputs}
    exec(case["code"], scope)
    if case["dy"] is not None:
        scope["y"].backward(read(case["dy"]))
    gradients = {"d" + name: tensor.grad for name, tensor in inputs.items()}
    return {name: write(gradients[name] if name in gradients else scope[name]) for name in case["want"]}


answers = []
for case in json.load(sys.stdin):
    try:
        answers.append(run(case))
    except Exception as error:
        answers.append({"error": f"{type(error).__name__}: {error} in {case['code']}"})
json.dump(answers, sys.stdout)
