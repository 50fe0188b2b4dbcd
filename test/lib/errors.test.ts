/**
 * What a user reads when something does not fit: each message is one sentence that names the operation, shows the
 * numbers and says the way out. They are the same on every engine.
 */
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import {
  at,
  BatchNorm,
  compute,
  Conv1d,
  Conv2d,
  DTypeError,
  Linear,
  Pass,
  Random,
  ReLU,
  reshape,
  Sequential,
  setAt,
  SGD,
  ShapeError,
  SoftmaxCrossEntropy,
  StateError,
  tensor,
  ValueError,
  wrap,
  zeros,
  type Engine,
  type Tensor,
  batchNormForward,
  conv1dForward,
  conv2dForward,
  linearBackward,
  linearForward,
  maxPool1dForward,
  maxPool2dForward,
  reluForward,
  softmaxCrossEntropyForward,
} from "../../lib/index.js";
import { engines } from "../support/engines.js";

const f = (...shape: number[]): Tensor => zeros(shape);
const integers = (...shape: number[]): Tensor =>
  ndarray(new Int32Array(shape.reduce((a, b) => a * b, 1)), shape) as unknown as Tensor;
type Kind = new (message: string) => Error;

function expectError(run: () => unknown, kind: Kind, message: string): void {
  let error: unknown;
  try {
    run();
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(kind);
  expect((error as Error).message).toBe(message);
}

/** Title, what is done, the kind of error, its whole text. */
type Row<Run> = readonly [string, Run, Kind, string];

const onEngines: readonly Row<(engine: Engine) => unknown>[] = [
  [
    "a stride that does not fit",
    (e) => e.of(conv2dForward)(f(1, 1, 7, 7), f(1, 1, 3, 3), undefined, { stride: 3 }),
    ShapeError,
    "conv2d: 7 rows, filter 3, stride 3, pad 0: (7 + 2·0 − 3)/3 + 1 = 2.33 is not whole; " +
      'use stride 2 or pad 1, or say round: "floor" to leave out the last 1 of the rows.',
  ],
  [
    "pooling windows that do not tile",
    (e) => e.of(maxPool2dForward)(f(1, 1, 8, 7), { size: 2 }),
    ShapeError,
    "maxPool2d: 7 columns, filter 2, stride 2, pad 0: (7 + 2·0 − 2)/2 + 1 = 3.50 is not whole; " +
      'use stride 1, or say round: "floor" to leave out the last 1 of the columns.',
  ],
  [
    "padding and dilation in the arithmetic",
    (e) => e.of(conv1dForward)(f(1, 1, 9), f(1, 1, 3), undefined, { stride: 2, dilation: 2, pad: [1, 0] }),
    ShapeError,
    "conv1d: 9 samples, filter 3, stride 2, pad [1, 0]: (9 + 1 + 0 − " +
      "(2·(3 − 1) + 1))/2 + 1 = 3.50 is not whole; use stride 1 or pad 0, or say round: " +
      '"floor" to leave out the last 1 of the samples.',
  ],
  [
    "a filter larger than the image",
    (e) => e.of(conv2dForward)(f(1, 1, 2, 2), f(1, 1, 3, 3), undefined),
    ShapeError,
    "conv2d: 2 rows with padding 0 + 0 are fewer than the 3 that a filter of 3 spans; " +
      "pad more or use a smaller filter.",
  ],
  [
    "a stride of 0",
    (e) => e.of(conv2dForward)(f(1, 1, 4, 4), f(1, 1, 3, 3), undefined, { stride: 0 }),
    ValueError,
    "conv2d: the stride is 0; it must be a whole number, 1 or more.",
  ],
  [
    "a negative padding",
    (e) => e.of(conv1dForward)(f(1, 1, 4), f(1, 1, 3), undefined, { pad: -1 }),
    ValueError,
    'conv1d: the padding is -1; give a whole number from 0 up, one a side, "same" or "valid".',
  ],
  [
    "an image's padding given as a list",
    (e) => e.of(conv2dForward)(f(1, 1, 4, 4), f(1, 1, 3, 3), undefined, { pad: [1, 1] as never }),
    ValueError,
    "the padding of an image is not a list ([1,1]); " +
      'give one number, { top, bottom, left, right }, "same" or "valid".',
  ],
  [
    "groups that do not divide the channels",
    (e) => e.of(conv2dForward)(f(1, 3, 7, 7), f(4, 1, 3, 3), undefined, { groups: 2 }),
    ValueError,
    "conv2d: 2 groups do not divide 3 channels and 4 filters; use a common divisor.",
  ],
  [
    "filters of another depth than the input",
    (e) => e.of(conv2dForward)(f(1, 3, 7, 7), f(4, 1, 3, 3), undefined),
    ShapeError,
    "conv2d: x has 3 channels, so the filters must be 4×3×3×3, but w is 4×1×3×3; make the layer with in: 3.",
  ],
  [
    "an image without a batch axis",
    (e) => e.of(conv2dForward)(f(3, 7, 7), f(4, 3, 3, 3), undefined),
    ShapeError,
    "conv2d: x is 3×7×7 (3 axes), expected N×C×H×W (4 axes); " +
      "for a single example put a batch axis of 1 in front.",
  ],
  [
    "a bias of another length",
    (e) => e.of(conv2dForward)(f(1, 3, 7, 7), f(4, 3, 3, 3), f(3)),
    ShapeError,
    "conv2d: b is 3, expected 4; there is one bias a filter.",
  ],
  [
    "a linear layer of the wrong width",
    (e) => e.of(linearForward)(f(2, 5), f(3, 4), undefined),
    ShapeError,
    "linear: each example has 5 numbers, but the weights expect 4; make the layer with in: 5.",
  ],
  [
    "an upstream gradient of another shape",
    (e) => e.of(linearBackward)(f(2, 1), e.of(linearForward)(f(1, 3), f(2, 3), undefined).cache),
    ShapeError,
    "linearBackward: dy is 2×1, expected 1×2.",
  ],
  [
    "float32 with float64",
    (e) => e.of(conv2dForward)(f(1, 1, 7, 7), zeros([1, 1, 3, 3], "float64"), undefined),
    DTypeError,
    'conv2d: x is float32 but w is float64; use one precision for both, for example cast(w, "float32").',
  ],
  ...(
    [
      ["relu", (e) => e.of(reluForward)(integers(2, 2))],
      ["maxPool1d", (e) => e.of(maxPool1dForward)(integers(1, 1, 4), { size: 2 })],
      ["maxPool2d", (e) => e.of(maxPool2dForward)(integers(1, 1, 4, 4), { size: 2 })],
      ["conv1d", (e) => e.of(conv1dForward)(integers(1, 1, 4), f(1, 1, 2), undefined)],
      ["conv2d", (e) => e.of(conv2dForward)(integers(1, 1, 4, 4), f(1, 1, 2, 2), undefined)],
      ["linear", (e) => e.of(linearForward)(integers(1, 4), f(1, 4), undefined)],
      ["batchNorm", (e) => e.of(batchNormForward)(integers(2, 1), f(1), f(1))],
    ] satisfies [string, (engine: Engine) => unknown][]
  ).map(([name, run]): Row<(engine: Engine) => unknown> => [
    `integers into ${name}`,
    run,
    DTypeError,
    `${name}: x: an ndarray of int32 is not a tensor; copy it into a Float32Array or Float64Array first.`,
  ]),
  [
    "integers for logits",
    (e) => e.of(softmaxCrossEntropyForward)(integers(2, 3), [0, 1]),
    DTypeError,
    "softmaxCrossEntropy: logits: an ndarray of int32 is not a tensor; " +
      "copy it into a Float32Array or Float64Array first.",
  ],
  [
    "a pooling window wholly on padding",
    (e) => e.of(maxPool2dForward)(f(1, 1, 4, 4), { size: 2, pad: 2 }),
    ValueError,
    "maxPool2d: padding 2 + 2 would put a window of 2 rows wholly on padding; pad less than the window's size.",
  ],
  [
    "a dilated window whose taps all fall on padding",
    (e) => e.of(maxPool1dForward)(f(1, 1, 1), { size: 2, pad: 1, dilation: 2, stride: 1 }),
    ValueError,
    "maxPool1d: the window of output 0 lies wholly on padding; pad less or use a smaller dilation.",
  ],
  [
    "batch norm of a batch of one",
    (e) => e.of(batchNormForward)(f(1, 3), f(3), f(3)),
    ValueError,
    "batchNorm: a batch of 1×3 has 1 number a channel, " +
      "and the variance of one number is 0 whatever it is; " +
      "train with two examples or more, or evaluate with training: false.",
  ],
  [
    "a label out of range",
    (e) => e.of(softmaxCrossEntropyForward)(f(2, 3), [0, 3]),
    ValueError,
    "softmaxCrossEntropy: label 3 of example 1 is out of range; " +
      "with 3 logits the classes are 0 to 2, " +
      "so renumber the labels or give the last layer 4 or more outputs.",
  ],
  [
    "labels that are too few",
    (e) => e.of(softmaxCrossEntropyForward)(f(2, 3), [0]),
    ShapeError,
    "softmaxCrossEntropy: 1 labels for a batch of 2 examples; give one label an example.",
  ],
  [
    "targets that are no probabilities",
    (e) => e.of(softmaxCrossEntropyForward)(f(1, 3), tensor([[1, 1, 0]])),
    ValueError,
    "softmaxCrossEntropy: row 0 of the targets is not a list of probabilities " +
      "(they are from 0 up and sum to 1, these sum to 2); give one-hot rows or class numbers.",
  ],
  [
    "logits that are NaN",
    (e) => e.of(softmaxCrossEntropyForward)(tensor([[1, NaN, 2]]), [0]),
    ValueError,
    "softmaxCrossEntropy: logit 1 of example 0 is NaN; " +
      "look for NaN in the input, or for weights that grew without bound (a smaller learning rate).",
  ],
];

describe.each(engines)("$name", (engine) => {
  for (const [title, run, kind, message] of onEngines)
    it(title, () => expectError(() => run(engine), kind, message));
});

const conv = (options: object) => new Conv2d({ in: 1, out: 2, size: 3, ...options });
const elsewhere: readonly Row<() => unknown>[] = [
  [
    "a network whose layer does not fit names the layer",
    () => new Sequential({ conv1: conv({ stride: 3 }) }, { input: [1, 7, 7] }),
    ShapeError,
    "conv1: conv2d: 7 rows, filter 3, stride 3, pad 0: (7 + 2·0 − 3)/3 + 1 = 2.33 is not whole; " +
      'use stride 2 or pad 1, or say round: "floor" to leave out the last 1 of the rows.',
  ],
  [
    "nested networks name the whole path",
    () => new Sequential({ block: new Sequential({ conv1: conv({}) }) }).forward(f(1, 3, 7, 7)),
    ShapeError,
    "block.conv1: conv2d: x has 3 channels, so the filters must be 2×3×3×3, but w is 2×1×3×3; " +
      "make the layer with in: 3.",
  ],
  [
    "a linear layer after an image of another size",
    () => new Sequential({ fc: new Linear({ in: 4, out: 3 }) }).forward(f(2, 1, 2, 3)),
    ShapeError,
    "fc: linear: each example has 6 numbers (1×2×3), but the weights expect 4; make the layer with in: 6.",
  ],
  [
    "a convolution after a linear layer",
    () => new Sequential({ fc: new Linear({ in: 25, out: 4 }), conv1: conv({}) }, { input: [1, 5, 5] }),
    ShapeError,
    "conv1: conv2d: x is 1×4 (2 axes), expected N×C×H×W (4 axes).",
  ],
  [
    "batch norm of other channels",
    () => new Sequential({ conv1: conv({}), bn1: new BatchNorm({ size: 3 }) }, { input: [1, 5, 5] }),
    ShapeError,
    "bn1: batchNorm: the input has 2 channels (2×3×3), the layer 3; make it with size: 2.",
  ],
  [
    "NaN in the input",
    () => new Sequential({ fc: new Linear({ in: 3, out: 3 }) }).forward(tensor([[1, 2, NaN]])),
    ValueError,
    "net: x[0, 2] is NaN (1 of 3 numbers are not finite); find where it comes from before going on: " +
      "a division by zero, a logarithm of zero or a learning rate too large.",
  ],
  [
    "backward before forward",
    () => new Sequential({ fc: new Linear({ in: 3, out: 3 }) }).backward(f(1, 3), new Pass()),
    StateError,
    "fc: Linear: backward came before forward in this pass (or twice after one forward); " +
      "call forward(…, pass) first and give backward the same pass.",
  ],
  [
    "a loss's backward before its forward",
    () => new SoftmaxCrossEntropy().backward(new Pass()),
    StateError,
    "SoftmaxCrossEntropy: backward came before forward in this pass (or twice after one forward); " +
      "call forward(…, pass) first and give backward the same pass.",
  ],
  [
    "a layer whose groups do not divide",
    () => new Conv2d({ in: 3, out: 4, size: 3, groups: 2 }),
    ValueError,
    "Conv2d: 2 groups do not divide 3 channels and 4 filters; use a common divisor.",
  ],
  [
    "a layer without input channels",
    () => new Conv1d({ out: 2, size: 3 } as never),
    ValueError,
    "Conv1d: in is undefined; it must be a whole number, 1 or more.",
  ],
  [
    "a linear layer of no outputs",
    () => new Linear({ in: 2, out: 0 }),
    ValueError,
    "Linear: out is 0; it must be a whole number, 1 or more.",
  ],
  [
    "a class in place of a layer",
    () => new Sequential({ relu: ReLU as never }),
    ValueError,
    'Sequential: "relu" is not a layer; make it with new, such as new ReLU().',
  ],
  [
    "a layer that is not there",
    () => new Sequential({ relu: new ReLU() }).get("relu1"),
    ValueError,
    'Sequential: there is no layer "relu1"; there are relu.',
  ],
  [
    "a parameter's value of another shape",
    () => (new Linear({ in: 2, out: 2 }).parameters.w.value = f(3, 2)),
    ShapeError,
    "parameter: a 3×2 tensor cannot become the value of a 2×2 parameter.",
  ],
  [
    "a buffer of the wrong length",
    () => wrap(new Float32Array(5), [2, 3]),
    ShapeError,
    "tensor: shape 2×3 needs 6 numbers, but the buffer has 5; give as many numbers as the shape's product.",
  ],
  [
    "rows of different lengths",
    () => tensor([[1, 2], [3]]),
    ShapeError,
    "tensor: one row is 2 and another 1; rows must all have the same shape.",
  ],
  [
    "an index out of bounds",
    () => at(f(2, 3), 0, 3),
    ShapeError,
    "at: index 3 on axis 1 is outside a 2×3 tensor; it runs from 0 to 2.",
  ],
  [
    "too few indices",
    () => at(f(2, 3), 0),
    ShapeError,
    "at: 1 indices for a 2×3 tensor; give 2, one an axis.",
  ],
  [
    "writing out of bounds",
    () => setAt(f(2, 3), [-1, 0], 1),
    ShapeError,
    "setAt: index -1 on axis 0 is outside a 2×3 tensor; it runs from 0 to 1.",
  ],
  [
    "a reshape that does not fit",
    () => reshape(f(2, 3), [4]),
    ShapeError,
    "reshape: 2×3 has 6 elements and 4 has 4; both must have the same number.",
  ],
  [
    "a learning rate below 0",
    () => new SGD({ lr: -0.1 }),
    ValueError,
    "SGD: lr is -0.1; it must be above 0.",
  ],
  [
    "a momentum of 1",
    () => new SGD({ lr: 0.1, momentum: 1 }),
    ValueError,
    "SGD: momentum is 1; it must be from 0 to below 1.",
  ],
  [
    "Nesterov's momentum without momentum",
    () => new SGD({ lr: 0.1, nesterov: true }),
    ValueError,
    "SGD: Nesterov's momentum needs a momentum above 0, such as 0.9.",
  ],
  [
    "an engine that is not there",
    () => compute.use("cuda"),
    ValueError,
    `compute: there is no engine "cuda"; use one of ${compute.engines.map(({ name }) => `"${name}"`).join(", ")}, "gpu".`,
  ],
  [
    "a seed that is no whole number",
    () => new Random(1.5),
    ValueError,
    "random: the seed 1.5 is not a whole number; use one such as 1.",
  ],
];

describe("anywhere", () => {
  for (const [title, run, kind, message] of elsewhere) it(title, () => expectError(run, kind, message));
});
