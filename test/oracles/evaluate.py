"""Evaluates PyTorch expressions in float64 for test/oracles/evaluate.ts.

Reads a JSON list of cases on standard input:
    {"python": "F.elu(x, 0.5)", "tensors": {"x": {"shape": [2], "data": [1, 2]}}, "dy": {...} or null, "of": ["x"]}
`python` is an expression, or statements that leave their result in `y`. Writes a list of
    {"y": {...}, "gradients": {"x": {...}}}
where the gradients are those of sum(y * dy) with respect to the tensors named in `of`.
"""
import json
import sys

sys.path.pop(0)  # this folder has a torch.py of its own

import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402, F401 (for the expressions)

torch.set_num_threads(1)


def decode(tensor):
    numbers = [float(v) for v in tensor["data"]]
    return torch.tensor(numbers, dtype=torch.float64).reshape(tensor["shape"])


def encode(tensor):
    tensor = tensor.detach()
    return {"shape": list(tensor.shape), "data": tensor.reshape(-1).tolist()}


def run(case):
    names = {name: decode(value) for name, value in case["tensors"].items()}
    leaves = [names[name].requires_grad_() for name in case["of"]]
    scope = {"torch": torch, "F": F, **names}
    try:
        y = eval(case["python"], scope)
    except SyntaxError:
        exec(case["python"], scope)
        y = scope["y"]
    gradients = {}
    if leaves:
        dy = decode(case["dy"]) if case.get("dy") else torch.ones_like(y)
        found = torch.autograd.grad((y * dy).sum(), leaves)
        gradients = dict(zip(case["of"], map(encode, found)))
    return {"y": encode(y), "gradients": gradients}


json.dump([run(case) for case in json.load(sys.stdin)], sys.stdout)
