"""The bench's PyTorch contender: argv is the number of threads and "stock" or "best".

"best" keeps the faster of the two memory formats; the allocator's settings come with the environment.
"""
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional

threads, kind = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(threads)
nets = json.loads(sys.argv[3])


def build(net, batch, channels_last):
    shape = net["input"]
    channels, size = shape[0], shape[1] if len(shape) > 1 else 1
    layers = []
    for name, *numbers in net["layers"]:
        if name == "conv":
            layers.append(nn.Conv2d(channels, numbers[1], numbers[0], padding=numbers[0] // 2))
            channels = numbers[1]
        elif name == "bn":
            layers.append(nn.BatchNorm2d(channels))
        elif name == "relu":
            layers.append(nn.ReLU(inplace=True))
        elif name == "pool":
            layers.append(nn.MaxPool2d(2))
            size //= 2
        elif name == "fc":
            layers += [nn.Flatten(), nn.Linear(channels * size * size, numbers[0])]
            channels, size = numbers[0], 1
    model, x = nn.Sequential(*layers), torch.randn(batch, *shape)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch) % 10
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step():
        optimizer.zero_grad()
        loss = functional.cross_entropy(model(x), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def rate(step, batch, seconds):
    count, start = 0, time.perf_counter()
    while True:
        loss = step()
        count += 1
        passed = time.perf_counter() - start
        if passed >= seconds:
            return count * batch / passed, loss


steps = {}
for line in sys.stdin:
    question = json.loads(line)
    if question.get("quit"):
        break
    try:
        key = question["net"], question["batch"]
        if key not in steps:
            net = nets[key[0]]
            steps[key] = build(net, key[1], False)
            if kind == "best" and len(net["input"]) == 3:
                rival = build(net, key[1], True)
                if rate(rival, key[1], 0.5)[0] > rate(steps[key], key[1], 0.5)[0]:
                    steps[key] = rival
        examples, loss = rate(steps[key], key[1], question["seconds"])
        print("@" + json.dumps({"examplesPerSecond": examples, "loss": loss}), flush=True)
    except Exception as error:  # an answer all the same, so that the bench goes on without this contender
        print("@" + json.dumps({"error": str(error)}), flush=True)
