/**
 * The networks of the training bench. Each is described once, as data, so that every contender builds the same:
 *   a    LeNet-like on 1×28×28
 *   b    ConvNetJS's CIFAR-10 network on 3×32×32
 *   c    VGG-like with batch normalisation on 3×32×32
 *   mlp  three hidden layers of 256 on 784 numbers
 */
const block = (filters) => [
  ["conv", 3, filters],
  ["bn"],
  ["relu"],
  ["conv", 3, filters],
  ["bn"],
  ["relu"],
  ["pool"],
];

export const nets = {
  a: {
    input: [1, 28, 28],
    layers: [["conv", 5, 8], ["relu"], ["pool"], ["conv", 5, 16], ["relu"], ["pool"], ["fc", 10]],
  },
  b: {
    input: [3, 32, 32],
    layers: [16, 20, 20]
      .flatMap((filters) => [["conv", 5, filters], ["relu"], ["pool"]])
      .concat([["fc", 10]]),
  },
  c: { input: [3, 32, 32], layers: [32, 64, 128].flatMap(block).concat([["fc", 10]]) },
  mlp: {
    input: [784],
    layers: [["fc", 256], ["relu"], ["fc", 256], ["relu"], ["fc", 256], ["relu"], ["fc", 10]],
  },
};
