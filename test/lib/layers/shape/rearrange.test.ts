/** Dropout, padding, reshape, concatenation, addition, the attention mask: what moves and masks numbers. */
import { describe, expect, it } from "vitest";
import {
  adjointCheck,
  compute,
  concatForward,
  Dropout,
  dropoutMask,
  gradCheck,
  Pad1d,
  Pad2d,
  Pass,
  Random,
  Reshape,
  SpatialDropout,
  tensor,
  toNested,
  zeros,
  type PaddingMode,
  type Tensor,
  addBackward,
  addForward,
  attentionForward,
  concatBackward,
  dropoutForward,
} from "../../../../lib/index.js";
import { flat, full } from "../../../../lib/array/tensor.js";
import { expectClose } from "../../../oracles/evaluate.js";
import { onnxCase } from "../../../oracles/onnx.js";
import { withData } from "../../../support/shared.js";
import { checkOperations, type OperationCase } from "../catalogue.js";

const random = new Random(51);
const draw = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
const image = draw(2, 3, 4, 5);
const signal = draw(2, 3, 6);

const pads: [PaddingMode, string][] = [
  ["zero", "constant"],
  ["reflect", "reflect"],
  ["edge", "replicate"],
];

const cases: OperationCase[] = [
  {
    name: "dropout by a mask",
    operation: "dropout",
    inputs: { x: image, mask: dropoutMask([2, 3, 4, 5], 0.4, random, "float64") },
    constant: ["mask"],
    python: "x * mask",
    linear: true,
  },
  {
    name: "spatial dropout by a mask",
    operation: "dropout",
    inputs: { x: image, mask: dropoutMask([2, 3], 0.4, random, "float64") },
    constant: ["mask"],
    python: "x * mask[:, :, None, None]",
    linear: true,
  },
  ...pads.flatMap(([mode, theirs]): OperationCase[] => [
    {
      name: `${mode} padding of a signal`,
      operation: "pad1d",
      inputs: { x: signal },
      call: ({ x }) => [x, [3, 1], mode],
      python: `F.pad(x, (3, 1), mode='${theirs}')`,
      linear: true,
      layer: () => new Pad1d({ pad: [3, 1], mode }),
    },
    {
      name: `${mode} padding of an image`,
      operation: "pad2d",
      inputs: { x: image },
      call: ({ x }) => [
        x,
        [
          [1, 3],
          [4, 0],
        ],
        mode,
      ],
      python: `F.pad(x, (4, 0, 1, 3), mode='${theirs}')`,
      linear: true,
      layer: () => new Pad2d({ pad: { top: 1, bottom: 3, left: 4 }, mode }),
    },
  ]),
  {
    name: "attention mask on images",
    operation: "attention",
    inputs: { x: image, mask: draw(2, 1, 4, 5) },
    python: "x * mask",
    linear: true,
  },
  {
    name: "attention mask on signals",
    operation: "attention",
    inputs: { x: signal, mask: draw(2, 1, 6) },
    python: "x * mask",
    linear: true,
  },
];

checkOperations(cases);

describe.each(compute.engines.map((engine) => ({ engine, name: engine.name })))("on $name", ({ engine }) => {
  const parts = { a: draw(2, 3, 4), b: draw(2, 1, 4), c: draw(2, 2, 4) };
  const alike = { a: draw(2, 3, 4), b: draw(2, 3, 4), c: draw(2, 3, 4) };

  it.each([
    ["concat", parts],
    ["add", alike],
  ] as const)("%s has the gradient that differences give, and is linear", (name, inputs) => {
    type Inputs = Record<"a" | "b" | "c", Tensor>;
    const forward = name === "concat" ? engine.of(concatForward) : engine.of(addForward);
    const backward = (dy: Tensor, cache: object): Inputs => {
      const { dxs } = (name === "concat" ? engine.of(concatBackward) : engine.of(addBackward))(dy, cache);
      return { a: dxs[0], b: dxs[1], c: dxs[2] };
    };
    const differentiable = {
      forward: (at: Inputs) => forward([at.a, at.b, at.c]),
      backward: (dy: Tensor, cache: unknown) => {
        const { a, b, c } = backward(dy, cache as object);
        return { da: a, db: b, dc: c };
      },
    };
    gradCheck(differentiable, inputs as Inputs).assert();
    for (const key of ["a", "b", "c"] as const) {
      const { cache } = forward([inputs.a, inputs.b, inputs.c]);
      const apart = {
        a: zeros(inputs.a.shape, "float64"),
        b: zeros(inputs.b.shape, "float64"),
        c: zeros(inputs.c.shape, "float64"),
      };
      const report = adjointCheck(
        (x) => {
          const { a, b, c }: Inputs = { ...apart, [key]: x };
          return forward([a, b, c]).y;
        },
        (dy) => backward(dy, cache)[key],
        inputs[key],
      );
      expect(report.passed, `${key}: ${JSON.stringify(report)}`).toBe(true);
    }
  });

  it("concat puts channels one after the other", () => {
    const { y, cache } = engine.of(concatForward)([
      tensor([
        [1, 2],
        [3, 4],
      ]),
      tensor([[5], [6]]),
    ]);
    expect(toNested(y)).toEqual([
      [1, 2, 5],
      [3, 4, 6],
    ]);
    const { dxs } = engine.of(concatBackward)(y, cache);
    expect(dxs.map(toNested)).toEqual([
      [
        [1, 2],
        [3, 4],
      ],
      [[5], [6]],
    ]);
  });
});

describe("dropout", () => {
  const x = full([4, 50, 6, 6], 2, "float64");
  const train = (seed: number): Pass => new Pass({ training: true, random: new Random(seed) });

  it("drops the share that it says, and keeps the expected value", () => {
    const y = Float64Array.from(flat(new Dropout({ rate: 0.3 }).forward(x, train(1))));
    const dropped = y.filter((v) => v === 0).length / y.length;
    expect(dropped).toBeGreaterThan(0.28);
    expect(dropped).toBeLessThan(0.32);
    expect(new Set(y)).toEqual(new Set([0, 2 / 0.7]));
    expect(y.reduce((a, v) => a + v, 0) / y.length).toBeCloseTo(2, 1);
  });

  it("is the same for the same seed, and another for another", () => {
    const layer = new Dropout();
    expect(toNested(layer.forward(x, train(1)))).toEqual(toNested(layer.forward(x, train(1))));
    expect(toNested(layer.forward(x, train(1)))).not.toEqual(toNested(layer.forward(x, train(2))));
  });

  it("passes the gradient through the mask of its forward", () => {
    const layer = new Dropout({ rate: 0.5 });
    const pass = train(3);
    const y = layer.forward(x, pass);
    expectClose(layer.backward(full(x.shape, 2, "float64"), pass), y, 0);
  });

  it("does nothing when the network is not training", () => {
    const pass = new Pass();
    const layer = new Dropout({ rate: 0.9 });
    expect(layer.forward(x, pass)).toBe(x);
    expect(layer.backward(x, pass)).toBe(x);
  });

  it("spatial dropout drops whole feature maps", () => {
    const y = new SpatialDropout({ rate: 0.5 }).forward(x, train(4));
    const kept = new Set<string>();
    for (let map = 0; map < 200; map++)
      kept.add([...new Set(flat(y).subarray(map * 36, map * 36 + 36))].join());
    expect(kept).toEqual(new Set(["0", "4"]));
  });
});

withData("onnx", "ONNX's own cases", (folder) => {
  it.each([
    ["node/test_edge_pad", "edge"],
    ["node/test_reflect_pad", "reflect"],
    ["pytorch/test_ReflectionPad2d", "reflect"],
    ["pytorch/test_ZeroPad2d", "zero"],
  ] as const)("%s", (name, mode) => {
    const { attributes, inputs, outputs } = onnxCase(folder, name);
    const sides = (attributes.pads as number[] | undefined) ?? Array.from(flat(inputs[1]!));
    const layer = new Pad2d({
      pad: { top: sides[2], left: sides[3], bottom: sides[6], right: sides[7] },
      mode,
    });
    expectClose(layer.forward(inputs[0]!, new Pass()), outputs[0], 1e-6);
  });
});

describe("reshape", () => {
  it("keeps the order, and backward undoes it", () => {
    const layer = new Reshape({ shape: [2, 1, 3] });
    const pass = new Pass();
    const y = layer.forward(tensor([[1, 2, 3, 4, 5, 6]]), pass);
    expect(toNested(y)).toEqual([[[[1, 2, 3]], [[4, 5, 6]]]]);
    expect(toNested(layer.backward(y, pass))).toEqual([[1, 2, 3, 4, 5, 6]]);
  });
});

describe("errors say what to do", () => {
  const engine = compute.engine;
  it.each([
    [() => new Dropout({ rate: 1 }), /rate is 1; it must be from 0 to below 1, such as 0.5/],
    [() => engine.of(dropoutForward)(zeros([2, 3]), zeros([3])), /the mask is 3 and x 2×3/],
    [
      () => new Pad1d({ pad: 6, mode: "reflect" }).outputShape([1, 6]),
      /a mirror image of 5 on each side, and 6 are asked for/,
    ],
    [() => new Pad1d({ pad: -1 }).outputShape([1, 6]), /-1 and -1 samples cannot be added/],
    [() => new Reshape({ shape: [4] }).outputShape([5]), /an example of 5 has 5 numbers and 4 has 4/],
    [
      () => concatForward([zeros([1, 2, 3]), zeros([1, 2, 4])]),
      /x1 is 2×3 and x2 is 2×4; they must agree in all but/,
    ],
    [() => concatForward([zeros([1, 2]), zeros([2, 2])]), /x1 has 1 examples and x2 2/],
    [() => concatForward([]), /nothing with channels to put together/],
    [
      () => engine.of(addForward)([zeros([1, 2]), zeros([1, 3])]),
      /x1 is 1×2 and x2 is 1×3; they must be of one shape/,
    ],
    [
      () => engine.of(attentionForward)(zeros([1, 3, 4]), zeros([1, 3, 4])),
      /mask must have one channel .*1×1×4/,
    ],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
});
