"""Writes small PyTorch modules as ONNX, in several operator sets and for open and fixed batches; run by pytorch-modules.test.ts.

For each file NAME.onnx there is NAME.npz: x and y, a batch of three x3 and y3, an upstream gradient dy and PyTorch's dx.
"""

import logging
import sys
import warnings

import numpy
import torch
from torch import nn
from torch.nn import functional as F


class Call(nn.Module):
    """A function of the module and x."""

    def __init__(self, call, **parts):
        super().__init__()
        self.call = call
        for name, part in parts.items():
            setattr(self, name, part)

    def forward(self, x):
        return self.call(self, x)


class Attention(nn.Module):
    """Two heads over rows of eight numbers, as most write it today."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)

    def forward(self, x):
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, 2, 4).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * 0.5).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).reshape(batch, length, width))


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, 8))
        self.places = nn.Parameter(torch.randn(1, 5, 8))
        self.norm, self.attention, self.head = nn.LayerNorm(8), Attention(), nn.Linear(8, 3)

    def forward(self, x):
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        return self.head((x + self.attention(self.norm(x)))[:, 0])


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 8, 3, 2, 1), nn.Conv2d(12, 2, 3, padding=1)

    def forward(self, x):
        a = self.a(x).relu()
        up = F.interpolate(self.b(a).relu(), scale_factor=2, mode="bilinear")
        return self.c(torch.cat([up, a], 1))


def self_attention(**options):
    return Call(
        lambda m, x: m.layer(x, x, x, need_weights=False, attn_mask=m.mask)[0],
        layer=nn.MultiheadAttention(8, 2, batch_first=True),
        mask=options.get("mask"),
    )


image, signal, row, rows = (2, 3, 8, 8), (2, 4, 10), (2, 6), (2, 5, 8)
triangle = torch.triu(torch.full((5, 5), float("-inf")), 1)
below = nn.Parameter(torch.triu(torch.ones(5, 5), 1) > 0, requires_grad=False)
upsample = nn.Upsample
# name: the shape of x, the module
modules = {
    "relu6": (image, Call(lambda m, x: F.relu6(4 * x))),
    "clamp": (image, Call(lambda m, x: x.clamp(-0.5, 0.7) + x.clamp(min=0.1))),
    "hardswish": (image, Call(lambda m, x: F.hardswish(3 * x))),
    "hardsigmoid": (image, Call(lambda m, x: F.hardsigmoid(3 * x))),
    "gelu": (image, nn.GELU()),
    "silu": (image, nn.SiLU()),
    "mish": (image, nn.Mish()),
    "softsign": (image, nn.Softsign()),
    "glu": ((2, 4, 5), nn.GLU(1)),
    "logsigmoid": (row, nn.LogSigmoid()),
    "powers": (row, Call(lambda m, x: x**3 + (x.abs() + 0.1) ** 0.5 + 1 / (x * x + 1) + 2**x)),
    "logarithms": (row, Call(lambda m, x: (x.abs() + 0.1).log() - x.exp() + (x.abs() + 1).rsqrt())),
    "pairs": (row, Call(lambda m, x: x.tanh() / (x.sigmoid() + 0.1) - torch.maximum(x, x.tanh()) * torch.minimum(x, -x))),
    "bounds": (image, Call(lambda m, x: torch.maximum(x, m.c), c=nn.Parameter(torch.randn(3, 1, 1)))),
    "layernorm": (rows, nn.LayerNorm(8)),
    "layernorm-bare": (rows, nn.LayerNorm(8, elementwise_affine=False)),
    "layernorm-image": (image, nn.LayerNorm([8, 8])),
    "groupnorm": ((2, 6, 4, 4), nn.GroupNorm(3, 6)),
    "response-norm": ((2, 6, 4, 4), nn.LocalResponseNorm(3)),
    "response-norm-even": ((2, 6, 4, 4), nn.LocalResponseNorm(4)),
    "normalize": (row, Call(lambda m, x: F.normalize(x, dim=1) + F.normalize(x, p=1, dim=1))),
    "cosine": (row, Call(lambda m, x: F.cosine_similarity(x, m.w, dim=1), w=nn.Parameter(torch.randn(1, 6)))),
    "means": (image, Call(lambda m, x: x.mean((2, 3)) + x.mean(1).mean(-1)[:, :3] + x.sum((1, 2))[:, :3])),
    "extremes": (image, Call(lambda m, x: x.amax((2, 3)) + x.amin((2, 3)) + x.max(1)[0][:, 0, :3])),
    "spread": (rows, Call(lambda m, x: x.std(2) + x.var(2, unbiased=False) + x.norm(dim=2) + x.logsumexp(2))),
    "nearest": (image, upsample(scale_factor=2)),
    "bilinear": (image, upsample(scale_factor=2, mode="bilinear")),
    "bilinear-corners": (image, upsample(size=(5, 11), mode="bilinear", align_corners=True)),
    "to-a-size": (image, upsample(size=(5, 11))),
    "linear-signal": (signal, upsample(scale_factor=2, mode="linear")),
    "as-large-as": (image, Call(lambda m, x: F.interpolate(F.avg_pool2d(x, 2), size=x.shape[2:]) + x)),
    "pixel-shuffle": ((2, 12, 4, 4), nn.PixelShuffle(2)),
    "pixel-unshuffle": ((2, 3, 4, 4), nn.PixelUnshuffle(2)),
    "chunk": ((2, 5, 4, 4), Call(lambda m, x: torch.cat([y.relu() for y in x.chunk(2, 1)][::-1], 1))),
    "split": ((2, 6, 4, 4), Call(lambda m, x: torch.cat([y.tanh() for y in x.split([2, 4], 1)], 1))),
    "channel-shuffle": (
        (2, 6, 4, 4),
        Call(lambda m, x: x.view(x.size(0), 3, 2, x.size(2), x.size(3)).transpose(1, 2).reshape(x.size(0), -1, x.size(2), x.size(3))),
    ),
    "strides": (image, Call(lambda m, x: torch.cat([x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2]], 1))),
    "picks": (image, Call(lambda m, x: x[:, 1] + x[:, [2, 0, 0]].sum(1) + x[:, -1].flip(2)[:, :, : x.shape[3]])),
    "half": (rows, Call(lambda m, x: x[:, : x.shape[1] // 2])),
    "embedding": ((2, 5), nn.Sequential(nn.Embedding(11, 6), nn.Flatten(), nn.Linear(30, 4))),
    "matrices": (rows, Call(lambda m, x: m.a @ x @ x.transpose(1, 2) @ m.v, a=nn.Parameter(torch.randn(4, 5)), v=nn.Parameter(torch.randn(5)))),
    "addmm": (row, Call(lambda m, x: torch.addmm(x.tanh(), x, m.w, beta=0.5, alpha=2.0), w=nn.Parameter(torch.randn(6, 6)))),
    "linear-rows": (rows, nn.Linear(8, 3)),
    "pads": (image, Call(lambda m, x: F.pad(F.pad(x, (-1, 2, 1, -2), value=3.5), (0, 0, 0, 0, 1, 2)))),
    "expands": (image, Call(lambda m, x: x.mean(1, keepdim=True).expand(-1, 5, -1, -1).repeat(1, 2, 1, 1))),
    "masked": (rows, Call(lambda m, x: (x @ x.transpose(1, 2)).masked_fill(m.mask, float("-inf")).softmax(-1) @ x, mask=below)),
    "squeeze-excite": (image, Call(lambda m, x: x * m.b(m.a(F.adaptive_avg_pool2d(x, 1)).relu()).sigmoid(), a=nn.Conv2d(3, 2, 1), b=nn.Conv2d(2, 3, 1))),
    "attention": (rows, Attention()),
    "multihead": (rows, self_attention()),
    "multihead-mask": (rows, self_attention(mask=triangle)),
    "encoder": (rows, nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)),
    "encoder-gelu": (rows, nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, norm_first=True, activation="gelu")),
    "vision-transformer": (image, VisionTransformer()),
    "unet": (image, UNet()),
}
# What the library has no layer for.
refused = {
    "lstm": (rows, nn.LSTM(8, 4, batch_first=True)),
    "gru": (rows, nn.GRU(8, 4, batch_first=True)),
    "conv3d": ((1, 2, 4, 4, 4), nn.Conv3d(2, 3, 3)),
    "bicubic": (image, upsample(scale_factor=2, mode="bicubic")),
    "argmax": (row, Call(lambda m, x: x.argmax(1))),
    "hardshrink": (row, nn.Hardshrink()),
}


def write(path, module, x, opset, is_open):
    axes = {"x": {0: "N"}, "y": {0: "N"}} if is_open else None
    torch.onnx.export(module, x, path, opset_version=opset, input_names=["x"], output_names=["y"], dynamic_axes=axes)


def inputs(name, shape, dtype):
    if name == "embedding":
        return torch.randint(0, 11, shape)
    return torch.randn(shape, dtype=dtype)


folder = sys.argv[1]
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
torch.manual_seed(0)
for name, (shape, module) in modules.items():
    for parameter in module.parameters():
        if parameter.requires_grad and parameter.dim() == 1:
            nn.init.normal_(parameter, 1, 0.2)  # so that scales and shifts are not what they begin with
    for kind, opset, is_open, batch in (("11-open", 11, True, 2), ("13-fixed", 13, False, 2), ("16-one", 16, False, 1), ("16-double", 16, True, 2)):
        dtype = torch.float64 if kind == "16-double" else torch.float32
        module = module.to(dtype).eval()
        x, x3 = inputs(name, (batch, *shape[1:]), dtype), inputs(name, (3, *shape[1:]), dtype)
        write(f"{folder}/{name}.{kind}.onnx", module, x, opset, is_open)
        if x.is_floating_point():
            x.requires_grad_()
        y = module(x)
        dy = torch.randn_like(y)
        dx = torch.autograd.grad(y, x, dy)[0] if x.requires_grad else torch.zeros(x.shape)
        arrays = dict(x=x, y=y, x3=x3, y3=module(x3), dy=dy, dx=dx)
        numpy.savez(f"{folder}/{name}.{kind}.npz", **{key: value.detach().numpy() for key, value in arrays.items()})
for name, (shape, module) in refused.items():
    write(f"{folder}/{name}.refused.onnx", module.eval(), torch.randn(shape), 13, False)
# Five positions of any number of sentences, and weights in a second file.
sequence = nn.MultiheadAttention(8, 2).eval()
x = torch.randn(5, 2, 8)
module = Call(lambda m, x: m.layer(x, x, x, need_weights=False)[0], layer=sequence)
torch.onnx.export(module, x, f"{folder}/positions-first.onnx", opset_version=13, input_names=["x"], dynamic_axes={"x": {1: "N"}})
numpy.savez(f"{folder}/positions-first.npz", x=x.numpy(), y=module(x).detach().numpy())
