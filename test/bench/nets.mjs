/**
 * The networks of the benches. Each is described once, as data, so that every contender builds the same:
 *   a        LeNet-like on 1×28×28
 *   b        ConvNetJS's CIFAR-10 network on 3×32×32
 *   c        VGG-like with batch normalisation on 3×32×32
 *   mlp      three hidden layers of 256 on 784 numbers
 *   alexnet  one image of 3×227×227
 *   tdnn     the time-delay network on 16 coefficients × 15 frames
 *
 * A layer is its kind and its numbers: conv size filters {stride, pad, groups}, conv1 (over time) size filters,
 * pool size stride, fc outputs. A convolution is padded to give as many pixels as it takes, unless it says otherwise.
 */
const block = (filters) => [
  ["conv", 3, filters],
  ["bn"],
  ["relu"],
  ["conv", 3, filters],
  ["bn"],
  ["relu"],
  ["pool", 2, 2],
];

export const nets = {
  a: {
    input: [1, 28, 28],
    layers: [["conv", 5, 8], ["relu"], ["pool", 2, 2], ["conv", 5, 16], ["relu"], ["pool", 2, 2], ["fc", 10]],
  },
  b: {
    input: [3, 32, 32],
    layers: [16, 20, 20]
      .flatMap((filters) => [["conv", 5, filters], ["relu"], ["pool", 2, 2]])
      .concat([["fc", 10]]),
  },
  c: { input: [3, 32, 32], layers: [32, 64, 128].flatMap(block).concat([["fc", 10]]) },
  mlp: {
    input: [784],
    layers: [["fc", 256], ["relu"], ["fc", 256], ["relu"], ["fc", 256], ["relu"], ["fc", 10]],
  },
  alexnet: {
    input: [3, 227, 227],
    batch: 1,
    layers: [
      ["conv", 11, 96, { stride: 4, pad: 0 }],
      ["relu"],
      ["pool", 3, 2],
      ["lrn"],
      ["conv", 5, 256, { groups: 2 }],
      ["relu"],
      ["pool", 3, 2],
      ["lrn"],
      ["conv", 3, 384],
      ["relu"],
      ["conv", 3, 384, { groups: 2 }],
      ["relu"],
      ["conv", 3, 256, { groups: 2 }],
      ["relu"],
      ["pool", 3, 2],
      ["fc", 4096],
      ["relu"],
      ["dropout"],
      ["fc", 4096],
      ["relu"],
      ["dropout"],
      ["fc", 1000],
    ],
  },
  tdnn: {
    input: [16, 15],
    layers: [["conv1", 3, 8], ["sigmoid"], ["conv1", 5, 3], ["sigmoid"], ["mean"]],
  },
};

/**
 * The network whose size grows in growth.mjs: two convolutions 3×3 of so many filters, on so many channels of
 * size×size. By name, "plain 16 32", it is known to all that are asked for networks.
 */
export function plain(channels, size) {
  const conv = ["conv", 3, channels];
  return {
    input: [channels, size, size],
    layers: [conv, ["relu"], conv, ["relu"], ["pool", 2, 2], ["fc", 10]],
  };
}

export function netOf(name) {
  if (name in nets) return nets[name];
  const [, channels, size] = name.split(" ");
  return plain(Number(channels), Number(size));
}

/**
 * The layers with what follows from their places: channels in, numbers in for fc, and a convolution's options.
 * @param known  the kinds that the contender can do
 * @throws Error for a kind, or groups, strides and paddings, that it cannot
 */
export function resolve({ input, layers }, known) {
  const able = new Set(known);
  let [channels, size = 1] = input;
  return layers.map(([kind, ...numbers]) => {
    if (!able.has(kind)) throw new Error(`it has no ${kind} here`);
    const layer = { kind, channels };
    if (kind === "conv" || kind === "conv1") {
      const [extent, filters, options = {}] = numbers;
      if (Object.keys(options).length > 0 && !able.has("any conv"))
        throw new Error("no such convolution here");
      const { stride = 1, pad = kind === "conv" ? (extent - 1) / 2 : 0, groups = 1 } = options;
      Object.assign(layer, { extent, filters, stride, pad, groups });
      channels = filters;
      size = (size + 2 * pad - extent) / stride + 1;
    }
    if (kind === "pool") {
      const [extent, stride] = numbers;
      if (extent !== stride && !able.has("any conv")) throw new Error("no overlapping windows here");
      Object.assign(layer, { extent, stride });
      size = (size - extent) / stride + 1;
    }
    if (kind === "fc") {
      Object.assign(layer, {
        inputs: input.length === 2 ? channels * size : channels * size ** 2,
        outputs: numbers[0],
      });
      [channels, size] = [numbers[0], 1];
    }
    return layer;
  });
}

export const classesOf = ({ layers }) => layers.findLast(([kind]) => kind === "fc")?.[1] ?? 3;
