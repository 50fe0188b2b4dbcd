"""The bench's NumPy contender: im2col and one matrix product, the way a course's assignment does it."""
import json
import sys
import time

import numpy as np
from numpy.lib.stride_tricks import as_strided

nets = json.loads(sys.argv[1])
rng = np.random.default_rng(1)


class Conv:
    def __init__(self, channels, size, filters):
        self.size, self.pad = size, size // 2
        scale = np.sqrt(2 / (channels * size * size))
        self.w = (rng.standard_normal((filters, channels * size * size)) * scale).astype(np.float32)
        self.b = np.zeros((filters, 1), np.float32)

    def forward(self, x):
        batch, channels, height, width = self.shape = x.shape
        padded = np.pad(x, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)))
        n, c, h, w = padded.strides
        windows = as_strided(padded, (channels, self.size, self.size, batch, height, width), (c, h, w, n, h, w))
        self.columns = np.ascontiguousarray(windows).reshape(self.w.shape[1], -1)
        y = self.w @ self.columns + self.b
        return np.ascontiguousarray(y.reshape(-1, batch, height, width).transpose(1, 0, 2, 3))

    def backward(self, dy, wanted):
        batch, channels, height, width = self.shape
        rows = np.ascontiguousarray(dy.transpose(1, 0, 2, 3)).reshape(dy.shape[1], -1)
        self.dw, self.db = rows @ self.columns.T, rows.sum(1, keepdims=True)
        if not wanted:
            return None
        columns = (self.w.T @ rows).reshape(channels, self.size, self.size, batch, height, width)
        dx = np.zeros((channels, batch, height + 2 * self.pad, width + 2 * self.pad), np.float32)
        for k in range(self.size):
            for l in range(self.size):
                dx[:, :, k : k + height, l : l + width] += columns[:, k, l]
        inside = slice(self.pad, self.pad + height), slice(self.pad, self.pad + width)
        return np.ascontiguousarray(dx[(slice(None), slice(None), *inside)].transpose(1, 0, 2, 3))

    def update(self, lr):
        self.w -= lr * self.dw
        self.b -= lr * self.db


class Relu:
    def forward(self, x):
        self.y = np.maximum(x, 0)
        return self.y

    def backward(self, dy, wanted):
        return dy * (self.y > 0)

    def update(self, lr):
        pass


class Pool:
    def forward(self, x):
        batch, channels, height, width = x.shape
        self.x = x.reshape(batch, channels, height // 2, 2, width // 2, 2)
        self.y = self.x.max(axis=3).max(axis=4)
        return self.y

    def backward(self, dy, wanted):
        winners = self.x == self.y[:, :, :, None, :, None]
        batch, channels, height, _, width, _ = self.x.shape
        return (winners * dy[:, :, :, None, :, None]).reshape(batch, channels, 2 * height, 2 * width)

    def update(self, lr):
        pass


class BatchNorm:
    def __init__(self, channels):
        self.gamma = np.ones((1, channels, 1, 1), np.float32)
        self.beta = np.zeros((1, channels, 1, 1), np.float32)

    def forward(self, x):
        centred = x - x.mean((0, 2, 3), keepdims=True)
        self.scale = 1 / np.sqrt((centred * centred).mean((0, 2, 3), keepdims=True) + 1e-5)
        self.normal = centred * self.scale
        return self.gamma * self.normal + self.beta

    def backward(self, dy, wanted):
        count = dy.size // dy.shape[1]
        self.dbeta = dy.sum((0, 2, 3), keepdims=True)
        self.dgamma = (dy * self.normal).sum((0, 2, 3), keepdims=True)
        return self.gamma * self.scale / count * (count * dy - self.dbeta - self.normal * self.dgamma)

    def update(self, lr):
        self.gamma -= lr * self.dgamma
        self.beta -= lr * self.dbeta


class Linear:
    def __init__(self, inputs, outputs):
        self.w = (rng.standard_normal((inputs, outputs)) * np.sqrt(1 / inputs)).astype(np.float32)
        self.b = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.w + self.b

    def backward(self, dy, wanted):
        self.dw, self.db = self.x.T @ dy, dy.sum(0)
        return (dy @ self.w.T).reshape(self.shape) if wanted else None

    def update(self, lr):
        self.w -= lr * self.dw
        self.b -= lr * self.db


def build(net, batch, forward):
    shape = net["input"]
    channels, size = shape[0], shape[1] if len(shape) > 1 else 1
    layers = []
    for name, *numbers in net["layers"]:
        if name == "conv":
            size_of_filter, filters = numbers  # no strides, no groups
            layers.append(Conv(channels, size_of_filter, filters))
            channels = filters
        elif name == "bn":
            layers.append(BatchNorm(channels))
        elif name == "relu":
            layers.append(Relu())
        elif name == "pool" and numbers == [2, 2]:
            layers.append(Pool())
            size //= 2
        elif name == "fc":
            layers.append(Linear(channels * size * size, numbers[0]))
            channels, size = numbers[0], 1
        else:
            raise ValueError(f"it has no {name} {numbers} here")
    x, labels = rng.standard_normal((batch, *shape)).astype(np.float32), np.arange(batch) % 10

    def step():
        value = x
        for layer in layers:
            value = layer.forward(value)
        if forward:
            return
        powers = np.exp(value - value.max(1, keepdims=True))
        gradient = powers / powers.sum(1, keepdims=True)
        gradient[np.arange(batch), labels] -= 1
        gradient /= batch
        for index in reversed(range(len(layers))):
            gradient = layers[index].backward(gradient, index > 0)
        for layer in layers:
            layer.update(np.float32(0.01))

    return step


steps = {}
for line in sys.stdin:
    question = json.loads(line)
    if question.get("quit"):
        break
    try:
        key = question["net"], question["batch"], question["forward"]
        if key not in steps:
            steps[key] = build(nets[key[0]], *key[1:])
        count, start = 0, time.perf_counter()
        while True:
            steps[key]()
            count += 1
            passed = time.perf_counter() - start
            if passed >= question["seconds"]:
                break
        print("@" + json.dumps({"examplesPerSecond": count * key[1] / passed}), flush=True)
    except Exception as error:  # an answer all the same, so that the bench goes on without this contender
        print("@" + json.dumps({"error": str(error)}), flush=True)
