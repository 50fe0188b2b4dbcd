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


def build(net, batch, forward, channels_last):
    shape = net["input"]
    channels, size = shape[0], shape[1] if len(shape) > 1 else 1
    layers = []
    for name, *numbers in net["layers"]:
        if name in ("conv", "conv1"):
            extent, filters, *options = numbers
            options = {"padding": extent // 2 if name == "conv" else 0, **(options[0] if options else {})}
            options["padding"] = options.pop("pad", options["padding"])
            kind_of = nn.Conv2d if name == "conv" else nn.Conv1d
            layers.append(kind_of(channels, filters, extent, **options))
            channels = filters
            size = (size + 2 * options["padding"] - extent) // options.get("stride", 1) + 1
        elif name == "bn":
            layers.append(nn.BatchNorm2d(channels))
        elif name == "relu":
            layers.append(nn.ReLU(inplace=True))
        elif name == "sigmoid":
            layers.append(nn.Sigmoid())
        elif name == "pool":
            layers.append(nn.MaxPool2d(*numbers))
            size = (size - numbers[0]) // numbers[1] + 1
        elif name == "lrn":
            layers.append(nn.LocalResponseNorm(5, alpha=5e-4, k=2))
        elif name == "dropout":
            layers.append(nn.Dropout())
        elif name == "mean":
            layers += [nn.AdaptiveAvgPool1d(1), nn.Flatten()]
            size = 1
        elif name == "fc":
            layers += [nn.Flatten(), nn.Linear(channels * size * size, numbers[0])]
            channels, size = numbers[0], 1
    model, x = nn.Sequential(*layers), torch.randn(batch, *shape)
    if channels_last:
        model = model.to(memory_format=torch.channels_last)
        x = x.contiguous(memory_format=torch.channels_last)
    labels = torch.arange(batch) % channels
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    if forward:
        model.eval()

        def look():
            with torch.no_grad():
                return model(x)[0, 0].item()

        return look

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
        step()
        count += 1
        passed = time.perf_counter() - start
        if passed >= seconds:
            return count * batch / passed


steps = {}
for line in sys.stdin:
    question = json.loads(line)
    if question.get("quit"):
        break
    try:
        key = question["net"], question["batch"], question["forward"]
        if key not in steps:
            net = nets[key[0]]
            steps[key] = build(net, *key[1:], False)
            if kind == "best" and len(net["input"]) == 3:
                rival = build(net, *key[1:], True)
                if rate(rival, key[1], 0.5) > rate(steps[key], key[1], 0.5):
                    steps[key] = rival
        examples = rate(steps[key], key[1], question["seconds"])
        print("@" + json.dumps({"examplesPerSecond": examples}), flush=True)
    except Exception as error:  # an answer all the same, so that the bench goes on without this contender
        print("@" + json.dumps({"error": str(error)}), flush=True)
