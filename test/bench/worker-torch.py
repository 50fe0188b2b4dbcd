"""The bench's PyTorch contender: argv is the number of threads and "stock" or "best".

"best" tries what its users are told to try and keeps the fastest: both memory formats, the optimiser's loops over all
weights at once (foreach, and fused where this version has it), compiled where a compiler is found. Gradients are dropped
and not filled with zeros, denormals are flushed; the allocator's settings come with the environment.
"""
import itertools
import json
import shutil
import sys
import time

import torch
from torch import nn
from torch.nn import functional

threads, kind = int(sys.argv[1]), sys.argv[2]
torch.set_num_threads(threads)
nets = json.loads(sys.argv[3])


if kind == "best":
    torch.set_flush_denormal(True)


def optimiser(parameters, loops):
    return torch.optim.SGD(parameters, lr=0.01, **({loops: True} if loops else {}))


def build(net, batch, forward, channels_last=False, loops=None, compiled=False):
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
    optimizer = optimiser(model.parameters(), loops)
    if forward:
        model.eval()
    if compiled:
        model = torch.compile(model)

    if forward:

        def look():
            with torch.no_grad():
                return model(x)[0, 0].item()

        return look

    def step():
        if kind == "best":
            optimizer.zero_grad(set_to_none=True)
        else:
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


def settings(net, forward):
    """What "best" tries, each by its words."""
    formats = [False, True] if len(net["input"]) == 3 else [False]
    loops = [None] if forward else [None, "foreach", "fused"]
    can_compile = hasattr(torch, "compile") and (shutil.which("g++") or shutil.which("clang++"))
    for channels_last, how, compiled in itertools.product(formats, loops, [False, True] if can_compile else [False]):
        words = [channels_last and "channels last", how, compiled and "compiled"]
        yield {"channels_last": channels_last, "loops": how, "compiled": compiled}, ", ".join(filter(None, words))


def fastest(net, batch, forward):
    """The step of the fastest settings; what this version cannot do is passed over."""
    found = None
    for setting, words in settings(net, forward):
        try:
            step = build(net, batch, forward, **setting)
            step()  # compiles, and finds out what is not there
            speed = rate(step, batch, 0.5)
        except Exception:
            continue
        if found is None or speed > found[0]:
            found = speed, step, words
    return found[1:]


steps = {}
for line in sys.stdin:
    question = json.loads(line)
    if question.get("quit"):
        break
    try:
        key = question["net"], question["batch"], question["forward"]
        if key not in steps:
            net = nets[key[0]]
            steps[key] = fastest(net, *key[1:]) if kind == "best" else (build(net, *key[1:]), "")
        step, words = steps[key]
        examples = rate(step, key[1], question["seconds"])
        answer = {"examplesPerSecond": examples, "settings": words, "version": torch.__version__}
        print("@" + json.dumps(answer), flush=True)
    except Exception as error:  # an answer all the same, so that the bench goes on without this contender
        print("@" + json.dumps({"error": str(error)}), flush=True)
