"""Writes one PyTorch network as ONNX in each operator set from 7 to 17, and what it computes; run by pytorch.test.ts."""

import sys
import warnings

import numpy
import torch
from torch import nn
from torch.nn import functional


class Net(nn.Module):
    """Every kind of layer that both sides have, with branches that meet in a stack, a sum and a product."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.prelu = nn.PReLU(8)
        self.one = nn.Conv2d(8, 4, 1)
        self.three = nn.Conv2d(8, 4, 3, padding=1, groups=2)
        self.pool = nn.MaxPool2d(3, 2, 1, ceil_mode=True)
        self.up = nn.ConvTranspose2d(8, 6, 3, stride=2, padding=1, output_padding=1)
        self.average = nn.AvgPool2d(2, 2, count_include_pad=False)
        self.instance = nn.InstanceNorm2d(6, affine=True)
        self.drop = nn.Dropout(0.3)
        self.linear = nn.Linear(6, 10)

    def forward(self, x):
        x = self.prelu(self.norm(self.conv(x)))
        y = torch.cat([torch.relu(self.one(x)), torch.tanh(self.three(x))], 1) + x * torch.sigmoid(x)
        y = functional.leaky_relu(self.up(self.pool(y)), 0.2)
        y = self.instance(self.average(functional.pad(y, (1, 0, 2, 1))))
        y = 2 * functional.softplus(y) - 0.5
        y = functional.elu(y).mean((2, 3), keepdim=True)
        return torch.log_softmax(self.linear(self.drop(y.view(y.size(0), -1))), 1)


folder = sys.argv[1]
warnings.simplefilter("ignore")
torch.manual_seed(0)
net = Net()
for _ in range(3):
    net(torch.randn(4, 3, 16, 16))  # so that the running statistics are not those at the start
net.eval()
x = torch.randn(2, 3, 16, 16)
numpy.savez(f"{folder}/numbers.npz", x=x.numpy(), y=net(x).detach().numpy())
for opset in range(7, 18):
    names = dict(input_names=["x"], output_names=["y"])
    axes = {"x": {0: "N"}} if opset % 2 else None  # with an open batch, and with a fixed one
    torch.onnx.export(net, x, f"{folder}/{opset}.onnx", opset_version=opset, dynamic_axes=axes, **names)
