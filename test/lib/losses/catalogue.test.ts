/** The losses beyond plain softmax cross-entropy: gradients by differences, values by PyTorch, ONNX and hand. */
import { describe, expect, it } from "vitest";
import {
  BinaryCrossEntropy,
  compute,
  DTypeError,
  Euclidean,
  gradCheck,
  Hinge,
  Huber,
  L1,
  l1Penalty,
  l2Penalty,
  Linear,
  NegativeLogLikelihood,
  Pass,
  Random,
  ShapeError,
  Softmax,
  SoftmaxCrossEntropy,
  tensor,
  toNested,
  ValueError,
  WeightPenalty,
  type Loss,
  type Targets,
  type Tensor,
} from "../../../lib/index.js";
import { flat } from "../../../lib/array/tensor.js";
import { askTorch, expectClose, type Question } from "../../oracles/evaluate.js";
import { onnxCase } from "../../oracles/onnx.js";
import { withData, withTool } from "../../support/shared.js";

const random = new Random(7);
const [N, K] = [6, 5];
const logits = random.normal([N, K], 0, 2, "float64");
const labels = [3, 0, 4, 1, 1, 2];
const classWeights = [0.5, 2, 1, 0, 3];
const rows = probabilities(random.uniform([N, K], 0.1, 1, "float64"));
const numbers = random.normal([N, K], 0, 2, "float64");
const shares = random.uniform([N, K], 0, 1, "float64");

function probabilities(x: Tensor): Tensor {
  const X = flat(x);
  for (let n = 0; n < N; n++) {
    const row = X.subarray(n * K, n * K + K) as Float64Array;
    const sum = row.reduce((a, b) => a + b, 0);
    row.forEach((_, k) => (row[k] /= sum));
  }
  return x;
}

interface Case {
  name: string;
  loss: Loss;
  targets: Targets;
  /** The prediction; `logits` unless given. */
  z?: Tensor;
  /** PyTorch's expression in z (the prediction) and whatever `tensors` are called; its value is the loss. */
  python: string;
  tensors?: Record<string, Tensor>;
}

const y = tensor(labels, [N], "float64");
const w = tensor(classWeights, [K], "float64");
/** Scores and labels for every place: 2 examples, 5 classes, 2×3 places. */
const maps = random.normal([2, K, 2, 3], 0, 2, "float64");
const mapLabels = [3, 0, 4, 1, 1, 2, 0, 0, 2, 4, 3, 1];
const placed = tensor(mapLabels, [2, 2, 3], "float64");
const mapRows = new Softmax({ axis: 1 }).forward(random.normal([2, K, 2, 3], 0, 1, "float64"), new Pass());
const cases: Case[] = [
  {
    name: "softmax cross-entropy",
    loss: new SoftmaxCrossEntropy(),
    targets: labels,
    python: "F.cross_entropy(z, y.long())",
    tensors: { y },
  },
  {
    name: "softmax cross-entropy, smoothed",
    loss: new SoftmaxCrossEntropy({ labelSmoothing: 0.2 }),
    targets: labels,
    python: "F.cross_entropy(z, y.long(), label_smoothing=0.2)",
    tensors: { y },
  },
  {
    name: "softmax cross-entropy, weighted",
    loss: new SoftmaxCrossEntropy({ classWeights }),
    targets: labels,
    python: "F.cross_entropy(z, y.long(), weight=w)",
    tensors: { y, w },
  },
  {
    name: "softmax cross-entropy, weighted, smoothed, one class ignored",
    loss: new SoftmaxCrossEntropy({ classWeights, labelSmoothing: 0.1, ignoreIndex: 1 }),
    targets: labels,
    python: "F.cross_entropy(z, y.long(), weight=w, label_smoothing=0.1, ignore_index=1)",
    tensors: { y, w },
  },
  {
    name: "softmax cross-entropy, weighted, smoothed, summed",
    loss: new SoftmaxCrossEntropy({ classWeights, labelSmoothing: 0.1, ignoreIndex: 4, reduction: "sum" }),
    targets: labels,
    python: "F.cross_entropy(z, y.long(), weight=w, label_smoothing=0.1, ignore_index=4, reduction='sum')",
    tensors: { y, w },
  },
  {
    name: "softmax cross-entropy, rows of probabilities, weighted and smoothed",
    loss: new SoftmaxCrossEntropy({ classWeights, labelSmoothing: 0.3 }),
    targets: rows,
    python: "F.cross_entropy(z, rows, weight=w, label_smoothing=0.3)",
    tensors: { rows, w },
  },
  {
    name: "hinge",
    loss: new Hinge(),
    targets: labels,
    python: "F.multi_margin_loss(z, y.long()) * z.shape[1]",
    tensors: { y },
  },
  {
    name: "squared hinge, wider margin, summed",
    loss: new Hinge({ margin: 2.5, power: 2, reduction: "sum" }),
    targets: labels,
    python: "F.multi_margin_loss(z, y.long(), p=2, margin=2.5, reduction='sum') * z.shape[1]",
    tensors: { y },
  },
  {
    name: "Euclidean",
    loss: new Euclidean(),
    targets: numbers,
    python: "F.mse_loss(z, t, reduction='sum') / 2 / z.shape[0]",
    tensors: { t: numbers },
  },
  {
    name: "Euclidean, summed",
    loss: new Euclidean({ reduction: "sum" }),
    targets: numbers,
    python: "F.mse_loss(z, t, reduction='sum') / 2",
    tensors: { t: numbers },
  },
  {
    name: "L1",
    loss: new L1(),
    targets: numbers,
    python: "F.l1_loss(z, t, reduction='sum') / z.shape[0]",
    tensors: { t: numbers },
  },
  {
    name: "Huber",
    loss: new Huber({ threshold: 1.5 }),
    targets: numbers,
    python: "F.huber_loss(z, t, reduction='sum', delta=1.5) / z.shape[0]",
    tensors: { t: numbers },
  },
  {
    name: "binary cross-entropy",
    loss: new BinaryCrossEntropy(),
    targets: shares,
    python: "F.binary_cross_entropy_with_logits(z, t, reduction='sum') / z.shape[0]",
    tensors: { t: shares },
  },
  {
    name: "negative log-likelihood, weighted, one class ignored",
    loss: new NegativeLogLikelihood({ classWeights, ignoreIndex: 0 }),
    targets: labels,
    python: "F.nll_loss(z, y.long(), weight=w, ignore_index=0)",
    tensors: { y, w },
  },
  {
    name: "negative log-likelihood, summed",
    loss: new NegativeLogLikelihood({ reduction: "sum" }),
    targets: labels,
    python: "F.nll_loss(z, y.long(), reduction='sum')",
    tensors: { y },
  },
  {
    name: "softmax cross-entropy of every place, weighted, smoothed, one class ignored",
    loss: new SoftmaxCrossEntropy({ classWeights, labelSmoothing: 0.1, ignoreIndex: 1 }),
    targets: mapLabels,
    z: maps,
    python: "F.cross_entropy(z, y.long(), weight=w, label_smoothing=0.1, ignore_index=1)",
    tensors: { y: placed, w },
  },
  {
    // PyTorch's mean over probabilities divides by the examples alone; with labels it divides by all places, and so do we.
    name: "softmax cross-entropy of every place, probabilities, summed",
    loss: new SoftmaxCrossEntropy({ reduction: "sum" }),
    targets: mapRows,
    z: maps,
    python: "F.cross_entropy(z, rows, reduction='sum')",
    tensors: { rows: mapRows },
  },
  {
    name: "negative log-likelihood of every place, weighted",
    loss: new NegativeLogLikelihood({ classWeights, ignoreIndex: 2 }),
    targets: mapLabels,
    z: maps,
    python: "F.nll_loss(z, y.long(), weight=w, ignore_index=2)",
    tensors: { y: placed, w },
  },
];

/** The loss as a pure function of the prediction. */
function differentiable(loss: Loss, targets: Targets, engine = compute.engine) {
  return {
    forward: ({ z }: { z: Tensor }) => {
      const pass = new Pass({ engine });
      return { loss: loss.forward(z, targets, pass), cache: pass };
    },
    backward: (_dy: Tensor, cache: unknown) => ({ dz: loss.backward(cache as Pass) }),
  };
}

describe.each(compute.engines.map((engine) => ({ engine, name: engine.name })))("on $name", ({ engine }) => {
  it.each(cases)("$name has the gradient that differences give", ({ loss, targets, z = logits }) => {
    gradCheck(differentiable(loss, targets, engine), { z }, { tolerance: 1e-7 }).assert();
  });

  it.each(cases)("$name agrees with itself in float32", ({ loss, targets, z = logits }) => {
    const single = tensor(Float32Array.from(flat(z)), z.shape);
    const wanted = "shape" in targets ? tensor(Float32Array.from(flat(targets)), z.shape) : targets;
    const run = (z: Tensor, t: Targets): [number, Tensor] => {
      const pass = new Pass({ engine });
      return [loss.forward(z, t, pass), loss.backward(pass)];
    };
    const [[narrow, dNarrow], [wide, dWide]] = [run(single, wanted), run(z, targets)];
    expect(dNarrow.dtype).toBe("float32");
    expect(narrow).toBeCloseTo(wide, 4);
    expectClose(dNarrow, dWide, 1e-5);
  });

  withTool("python3-torch", "PyTorch", (tool) => {
    it("has the same losses and gradients", () => {
      const questions = cases.map(({ python, tensors, z = logits }): Question => ({
        python,
        tensors: { z, ...tensors },
        of: ["z"],
      }));
      askTorch(tool, questions).forEach((answer, i) => {
        const { loss, targets, name, z = logits } = cases[i];
        const pass = new Pass({ engine });
        const value = loss.forward(z, targets, pass);
        expect(Math.abs(value - answer.y.data[0]), name).toBeLessThan(1e-10);
        expectClose(loss.backward(pass), answer.gradients.z, 1e-10, name);
      });
    });
  });
});

withData("onnx", "ONNX's own cases", (folder) => {
  it.each(["sce_mean", "sce_mean_weight", "sce_mean_weight_ii", "sce_sum"])("%s", (name) => {
    const { attributes, inputs, outputs } = onnxCase(folder, `node/test_${name}`);
    const [z, y, w] = inputs as Tensor[];
    const loss = new SoftmaxCrossEntropy({
      classWeights: w && flat(w),
      ignoreIndex: attributes.ignore_index as number | undefined,
      reduction: attributes.reduction as "mean" | "sum",
    });
    expect(loss.forward(z, Array.from(flat(y)), new Pass())).toBeCloseTo(outputs[0].data[0], 5);
  });
});

describe("by hand", () => {
  it("hinge: lecture E's three examples are 2.9, 0 and 12.9", () => {
    const scores = [
      [3.2, 5.1, -1.7],
      [1.3, 4.9, 2.0],
      [2.2, 2.5, -3.1],
    ];
    const each = scores.map((row, n) =>
      new Hinge().forward(tensor([row], [1, 3], "float64"), [n], new Pass()),
    );
    [2.9, 0, 12.9].forEach((expected, n) => expect(each[n]).toBeCloseTo(expected, 12));
    const all = new Hinge().forward(tensor(scores, [3, 3], "float64"), [0, 1, 2], new Pass());
    expect(all).toBeCloseTo(15.8 / 3, 12);
  });

  it("Euclidean: ½‖x − y‖² and its gradient x − y (lecture B)", () => {
    const pass = new Pass();
    const loss = new Euclidean();
    expect(loss.forward(tensor([[3, 5]]), tensor([[1, 1]]), pass)).toBe(10);
    expect(toNested(loss.backward(pass))).toEqual([[2, 4]]);
  });

  it("targets may be a plain list when every example has one output", () => {
    const pass = new Pass();
    const loss = new BinaryCrossEntropy();
    expect(loss.forward(tensor([[0], [0]]), [0, 1], pass)).toBeCloseTo(Math.log(2), 7);
    expect(toNested(loss.backward(pass))).toEqual([[0.25], [-0.25]]);
  });

  it("binary cross-entropy neither overflows nor loses the small part", () => {
    const loss = (z: number, t: number): number =>
      new BinaryCrossEntropy().forward(tensor([[z]], undefined, "float64"), [t], new Pass());
    expect(loss(1000, 0)).toBe(1000);
    expect(loss(-1000, 1)).toBe(1000);
    expect(loss(1000, 1)).toBe(0);
    expect(loss(40, 1)).toBeCloseTo(Math.exp(-40), 30);
  });
});

describe("weight penalties", () => {
  it("have the gradients that differences give", () => {
    const w = random.normal([3, 4], 0, 1, "float64");
    for (const penalty of [l1Penalty, l2Penalty]) {
      const operation = {
        forward: ({ w }: { w: Tensor }) => ({ loss: penalty(w, 0.3).loss, cache: w }),
        backward: (_dy: Tensor, cache: unknown) => ({ dw: penalty(cache as Tensor, 0.3).dw }),
      };
      gradCheck(operation, { w }, { tolerance: 1e-7 }).assert();
    }
    expect(l2Penalty(tensor([3, 4]), 2).loss).toBe(25);
    expect(l1Penalty(tensor([3, -4]), 2).loss).toBe(14);
  });

  it("are added for weights and not for biases, once a parameter", () => {
    const layer = new Linear({ in: 2, out: 1, seed: 3 });
    layer.parameters.w.value = tensor([[3, -4]]);
    layer.parameters.b!.value = tensor([100]);
    const parameters = { "a.w": layer.parameters.w, "b.w": layer.parameters.w, "a.b": layer.parameters.b! };
    const penalty = new WeightPenalty({ l1: 0.5, l2: 2 });
    expect(penalty.forward(parameters)).toBe(0.5 * 7 + 25);
    const pass = new Pass();
    pass.addGradient(layer.parameters.w, tensor([[1, 1]]));
    penalty.backward(parameters, pass);
    expect(toNested(pass.gradients.get(layer.parameters.w)!)).toEqual([[1 + 0.5 + 6, 1 - 0.5 - 8]]);
    expect(pass.gradients.has(layer.parameters.b!)).toBe(false);
  });
});

describe("errors say what to do", () => {
  const run =
    (loss: Loss, targets: Targets, z = logits) =>
    () =>
      loss.forward(z, targets, new Pass());
  it.each([
    [
      run(new SoftmaxCrossEntropy({ labelSmoothing: 1 }), labels),
      ValueError,
      /labelSmoothing is 1; it must be/,
    ],
    [
      run(new SoftmaxCrossEntropy({ classWeights: [1] }), labels),
      ShapeError,
      /1 class weights for 5 classes/,
    ],
    [
      run(new SoftmaxCrossEntropy({ classWeights: [1, 1, -1, 1, 1] }), labels),
      ValueError,
      /weight of class 2 is -1/,
    ],
    [
      run(new SoftmaxCrossEntropy({ ignoreIndex: 9 }), [9, 9, 9, 9, 9, 9]),
      ValueError,
      /all 6 examples are ignored .* reduction: "sum"/,
    ],
    [
      run(new SoftmaxCrossEntropy(), [0, 1, 2, 3, 4, 5]),
      ValueError,
      /label 5 of example 5 .* 6 or more outputs/,
    ],
    [run(new SoftmaxCrossEntropy(), labels, maps), ShapeError, /6 labels for a batch of 12 examples/],
    [
      run(new SoftmaxCrossEntropy(), mapRows, random.normal([2, K, 3, 2], 0, 1, "float64")),
      ShapeError,
      /targets is 2×5×2×3, expected 2×5×3×2/,
    ],
    [run(new Hinge(), [0, 1]), ShapeError, /2 labels for a batch of 6 examples/],
    [run(new Hinge(), numbers), ValueError, /give one class number an example/],
    [run(new Hinge({ margin: 0 }), labels), ValueError, /margin is 0; it must be above 0/],
    [run(new Euclidean(), [1, 2]), ShapeError, /the targets are 2, the prediction 6×5/],
    [
      run(new Euclidean(), tensor(new Float32Array(30), [6, 5])),
      DTypeError,
      /prediction is float64 but targets/,
    ],
    [
      run(new BinaryCrossEntropy(), numbers),
      ValueError,
      /targets are probabilities, from 0 \(no\) to 1 \(yes\)/,
    ],
    [run(new Huber({ threshold: 0 }), numbers), ValueError, /threshold is 0/],
    [() => new WeightPenalty({ l2: -1 }), ValueError, /l2 is -1/],
  ])("%#", (action, kind, text) => {
    expect(action).toThrow(kind);
    expect(action).toThrow(text);
  });
});
