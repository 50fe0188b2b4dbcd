/**
 * The numbers of the lectures, each by the part of the library that a student would use, with the deck (A–E) it
 * comes from. AlexNet's shapes are in models/alexnet.test.ts.
 */
import { describe, expect, it } from "vitest";
import {
  compareModes,
  computationGraph,
  Conv2d,
  conv2dBackward,
  conv2dForward,
  Dual,
  Euclidean,
  flat,
  forwardMode,
  Hinge,
  hingeForward,
  Linear,
  MaxPool2d,
  Pass,
  Random,
  reverseMode,
  Sequential,
  Sigmoid,
  SoftmaxCrossEntropy,
  softmaxCrossEntropyForward,
  softmaxForward,
  Tanh,
  tensor,
  toNested,
  Variable,
  zeros,
  countParameters,
  type Scalar,
  type Tensor,
} from "../../lib/index.js";

const dtype = "float64";
const column = (...values: number[]): Tensor => tensor([values], undefined, dtype);

describe("deck E: losses", () => {
  // Rows are the three pictures, columns the scores of cat, car and frog; the pictures show a cat, a car, a frog.
  const scores = tensor(
    [
      [3.2, 5.1, -1.7],
      [1.3, 4.9, 2.0],
      [2.2, 2.5, -3.1],
    ],
    undefined,
    dtype,
  );

  it("the multi-class hinge is 2.9, 0 and 12.9, in the mean 5.27", () => {
    const each = [0, 1, 2].map(
      (n) => hingeForward(tensor(flat(scores).slice(3 * n, 3 * n + 3), [1, 3]), [n]).loss,
    );
    [2.9, 0, 12.9].forEach((loss, n) => expect(each[n]).toBeCloseTo(loss, 12));
    const pass = new Pass();
    const mean = new Hinge().forward(scores, [0, 1, 2], pass);
    expect(mean).toBeCloseTo((2.9 + 0 + 12.9) / 3, 12);
    expect(mean.toFixed(2)).toBe("5.27");
  });

  it("the same hinge as a graph of max gates has the layer's gradient", () => {
    const inputs = (toNested(scores) as number[][]).map((row) => row.map((score) => new Variable(score)));
    const terms = inputs.flatMap((row, right) =>
      row.filter((_, j) => j !== right).map((score) => score.sub(row[right]).add(1).relu()),
    );
    const loss = terms.reduce((sum, term) => sum.add(term)).div(3);
    loss.backward();
    const pass = new Pass();
    const hinge = new Hinge();
    expect(hinge.forward(scores, [0, 1, 2], pass)).toBeCloseTo(loss.value, 12);
    const expected = flat(hinge.backward(pass));
    inputs.flat().forEach(({ gradient }, i) => expect(gradient).toBeCloseTo(expected[i], 12));
  });

  it("softmax gives nearly 1 to a score far above the others", () => {
    const p = flat(softmaxForward(column(1, 2, 30)).y);
    expect(p[2]).toBeGreaterThan(1 - 1e-11);
    expect(p[0] + p[1] + p[2]).toBeCloseTo(1, 14);
  });
});

describe("deck A: cross-entropy of softmax is a soft hinge in the scores", () => {
  const others = [0.3, -1.2, 2, 0.7];
  const c = Math.log(others.reduce((sum, z) => sum + Math.exp(z), 0));
  const loss = (z: number): number => softmaxCrossEntropyForward(column(z, ...others), [0]).loss;

  it("goes to 0 when the right score is far above", () => {
    expect(loss(12)).toBeCloseTo(Math.exp(c - 12), 7);
    expect(loss(40)).toBeLessThan(1e-15);
    expect(loss(40)).toBeGreaterThanOrEqual(0);
  });

  it("goes to c − z, a line of slope −1, when it is far below", () => {
    for (const z of [-20, -50, -1000]) expect(loss(z) - (c - z)).toBeCloseTo(0, 8);
    const pass = new Pass();
    const criterion = new SoftmaxCrossEntropy();
    criterion.forward(column(-50, ...others), [0], pass);
    expect(flat(criterion.backward(pass))[0]).toBeCloseTo(-1, 12);
  });

  it("lies above the hinge through c, and touches it at both ends", () => {
    for (let z = -10; z <= 10; z += 0.5) {
      expect(loss(z)).toBeGreaterThan(Math.max(0, c - z));
      expect(loss(z)).toBeLessThanOrEqual(Math.max(0, c - z) + Math.log(2) + 1e-12);
    }
    expect(loss(c)).toBeCloseTo(Math.log(2), 12);
  });
});

describe("deck D: computation graphs", () => {
  it("(x + y) z at −2, 5, −4: f = −12 and the gradients −4, −4, 3", () => {
    const [x, y, z] = [new Variable(-2, "x"), new Variable(5, "y"), new Variable(-4, "z")];
    const q = x.add(y).named("q");
    const f = q.mul(z).named("f");
    f.backward();
    expect([q.value, f.value]).toEqual([3, -12]);
    expect([x, y, z, q, f].map(({ gradient }) => gradient)).toEqual([-4, -4, 3, -4, 1]);
  });

  const values = { w0: 2, x0: -1, w1: -3, x1: -2, w2: -3 };
  const neuron = (gate: (z: Variable) => Variable): { inputs: Variable[]; f: Variable } => {
    const inputs = Object.entries(values).map(([name, value]) => new Variable(value, name));
    const [w0, x0, w1, x1, w2] = inputs;
    return { inputs, f: gate(w0.mul(x0).add(w1.mul(x1)).add(w2)).named("f") };
  };

  it("a sigmoid of small gates: 0.73, and on the way back 1, −0.53, −0.53, −0.20, 0.20", () => {
    const { inputs, f } = neuron((z) => z.neg().exp().add(1).reciprocal());
    f.backward();
    expect(f.value.toFixed(2)).toBe("0.73");
    const back = f.history().reverse().slice(0, 5);
    expect(back.map(({ gate }) => gate!.name)).toEqual(["reciprocal", "add", "exp", "neg", "add"]);
    expect(back.map(({ gradient }) => gradient.toFixed(2))).toEqual([
      "1.00",
      "-0.53",
      "-0.53",
      "-0.20",
      "0.20",
    ]);
    expect(inputs.map(({ gradient }) => gradient.toFixed(2))).toEqual([
      "-0.20",
      "0.39",
      "-0.39",
      "-0.59",
      "0.20",
    ]);
  });

  it("one sigmoid gate does the same: (1 − 0.73) · 0.73 = 0.20", () => {
    const small = neuron((z) => z.neg().exp().add(1).reciprocal());
    const one = neuron((z) => z.sigmoid());
    small.f.backward();
    one.f.backward();
    expect(one.f.value).toBeCloseTo(small.f.value, 15);
    one.inputs.forEach(({ gradient }, i) => expect(gradient).toBeCloseTo(small.inputs[i].gradient, 15));
    expect(one.f.slope(0).toFixed(2)).toBe("0.20");
    expect(computationGraph(one.f).text.split("\n")).toHaveLength(2 + 5 + 5);
  });

  it("and so do the layers Linear and Sigmoid", () => {
    const fc = new Linear({ in: 2, out: 1, dtype });
    fc.parameters.w.value = column(values.w0, values.w1);
    fc.parameters.b!.value = tensor([values.w2], undefined, dtype);
    const net = new Sequential({ fc, sigmoid: new Sigmoid() });
    const pass = new Pass();
    net.forward(column(values.x0, values.x1), pass);
    const dx = net.backward(column(1), pass);
    const { inputs, f } = neuron((z) => z.sigmoid());
    f.backward();
    const [w0, x0, w1, x1, w2] = inputs.map(({ gradient }) => gradient);
    const close = (got: Tensor, wanted: number[]): void =>
      wanted.forEach((value, i) => expect(flat(got)[i]).toBeCloseTo(value, 14));
    close(dx, [x0, x1]);
    close(pass.gradients.get(fc.parameters.w)!, [w0, w1]);
    close(pass.gradients.get(fc.parameters.b!)!, [w2]);
  });

  it("add distributes, max routes, mul switches", () => {
    const back = (gate: (a: Variable, b: Variable) => Variable): number[] => {
      const [a, b] = [new Variable(2), new Variable(-1)];
      gate(a, b).backward(2);
      return [a.gradient, b.gradient];
    };
    expect(back((a, b) => a.add(b))).toEqual([2, 2]);
    expect(back((a, b) => a.max(b))).toEqual([2, 0]);
    expect(back((a, b) => a.mul(b))).toEqual([-2, 4]);
  });
});

describe("deck E: automatic differentiation of x1·x2 + sin x1", () => {
  const f = ([x1, x2]: readonly Scalar[]): Scalar => x1.mul(x2).add(x1.sin());
  const at = [1.3, -0.7];
  const expected = [at[1] + Math.cos(at[0]), at[0]];

  it("forward mode: one pass with x1 moving, one with x2", () => {
    expect((f([new Dual(at[0], 1), new Dual(at[1])]) as Dual).tangent).toBe(expected[0]);
    expect((f([new Dual(at[0]), new Dual(at[1], 1)]) as Dual).tangent).toBe(expected[1]);
    expect(forwardMode(f, at)).toMatchObject({ jacobian: [expected], passes: 2 });
  });

  it("reverse mode: both in one way back", () => {
    const { jacobian, passes, values } = reverseMode(f, at);
    expect(values[0]).toBe(at[0] * at[1] + Math.sin(at[0]));
    expect(jacobian[0][0]).toBeCloseTo(expected[0], 15);
    expect(jacobian[0][1]).toBe(expected[1]);
    expect(passes).toBe(1);
    expect(compareModes(f, at).text).toContain("All 2 derivatives of 1 output with respect to 2 inputs");
  });
});

describe("deck B: the back-propagation exercise", () => {
  it("two inputs (1.0, 0.1), two tanh units, one output wanted at 0.5: modules and graph agree", () => {
    const random = new Random(11);
    const [hidden, output] = [
      new Linear({ in: 2, out: 2, dtype }),
      new Linear({ in: 2, out: 1, bias: false, dtype }),
    ];
    hidden.parameters.b!.value = random.normal([2], 0, 1, dtype);
    const net = new Sequential({ hidden, tanh: new Tanh(), output });
    const pass = new Pass();
    const loss = new Euclidean();
    const cost = loss.forward(net.forward(column(1, 0.1), pass), [0.5], pass);
    net.backward(loss.backward(pass), pass);

    const variables = (tensor: Tensor): Variable[] => [...flat(tensor)].map((value) => new Variable(value));
    const w = variables(hidden.parameters.w.value);
    const b = variables(hidden.parameters.b!.value);
    const v = variables(output.parameters.w.value);
    const units = [0, 1].map((k) =>
      w[2 * k]
        .add(w[2 * k + 1].mul(0.1))
        .add(b[k])
        .tanh(),
    );
    const error = units[0].mul(v[0]).add(units[1].mul(v[1])).sub(0.5);
    const graph = error.mul(error).div(2);
    graph.backward();

    expect(graph.value).toBeCloseTo(cost, 14);
    for (const [parameter, by] of [
      [hidden.parameters.w, w],
      [hidden.parameters.b!, b],
      [output.parameters.w, v],
    ] as const) {
      const gradient = flat(pass.gradients.get(parameter)!);
      by.forEach((variable, i) => expect(gradient[i]).toBeCloseTo(variable.gradient, 13));
    }
    // One step with rate 0.2 brings the output nearer to 0.5.
    const forward = (): number => flat(net.forward(column(1, 0.1)))[0];
    const before = Math.abs(forward() - 0.5);
    for (const [parameter, gradient] of pass.gradients)
      flat(gradient).forEach((slope, i) => (parameter.value.data[i] -= 0.2 * slope));
    expect(Math.abs(forward() - 0.5)).toBeLessThan(before);
  });
});

describe("decks A, C and D: sizes and counts", () => {
  const shape = (conv: Conv2d, ...input: number[]): string => conv.outputShape(input).join("×");

  it("D: six 5×5 filters make 28×28×6 of 32×32×3", () => {
    expect(shape(new Conv2d({ in: 3, out: 6, size: 5 }), 3, 32, 32)).toBe("6×28×28");
  });

  it("D: ten 5×5 filters, stride 1, pad 2: 32×32×10 and 760 parameters", () => {
    const conv = new Conv2d({ in: 3, out: 10, size: 5, stride: 1, pad: 2 });
    expect(shape(conv, 3, 32, 32)).toBe("10×32×32");
    expect(countParameters(conv)).toBe(10 * (5 * 5 * 3 + 1));
    expect(countParameters(conv)).toBe(760);
  });

  it("D: 7×7 and 3×3: 5 at stride 1, 3 at stride 2, and it does not fit at stride 3", () => {
    const conv = (stride: number, pad = 0): Conv2d => new Conv2d({ in: 1, out: 1, size: 3, stride, pad });
    expect(shape(conv(1), 1, 7, 7)).toBe("1×5×5");
    expect(shape(conv(2), 1, 7, 7)).toBe("1×3×3");
    expect(() => conv(3).outputShape([1, 7, 7])).toThrow("(7 + 2·0 − 3)/3 + 1 = 2.33 is not whole");
    expect(shape(conv(1, 1), 1, 7, 7)).toBe("1×7×7");
  });

  it("D: zero padding of (F − 1)/2 keeps the size for F = 3, 5, 7; without it 32 shrinks to 28 and 24", () => {
    for (const [size, pad] of [
      [3, 1],
      [5, 2],
      [7, 3],
    ])
      expect(shape(new Conv2d({ in: 1, out: 1, size, pad }), 1, 32, 32)).toBe("1×32×32");
    const plain = new Conv2d({ in: 1, out: 1, size: 5 });
    expect(plain.outputShape(plain.outputShape([1, 32, 32]))).toEqual([1, 24, 24]);
  });

  it("D: max-pooling with 2×2 windows at stride 2 leaves 6, 8, 3, 4", () => {
    const slice = tensor([
      [
        [
          [1, 1, 2, 4],
          [5, 6, 7, 8],
          [3, 2, 1, 0],
          [1, 2, 3, 4],
        ],
      ],
    ]);
    const y = new MaxPool2d({ size: 2, stride: 2 }).forward(slice, new Pass());
    expect(toNested(y)).toEqual([
      [
        [
          [6, 8],
          [3, 4],
        ],
      ],
    ]);
  });

  it("A: AlexNet's first layer has 11,712 weights if a filter is 11×11, and 34,944 as its filters see three colours", () => {
    expect(countParameters(new Conv2d({ in: 1, out: 96, size: 11, stride: 4 }))).toBe(11_712);
    const conv1 = new Conv2d({ in: 3, out: 96, size: 11, stride: 4 });
    expect(countParameters(conv1)).toBe(34_944);
    expect(shape(conv1, 3, 227, 227)).toBe("96×55×55");
  });

  it("A: fully connected, from 224×224×3 pixels to as many outputs, it would have 4.4·10¹⁰", () => {
    const fullyConnected = (inputs: number, outputs: number): number => inputs * outputs;
    expect(fullyConnected(7, 4)).toBe(countParameters(new Linear({ in: 7, out: 4, bias: false })));
    const outputs = new Conv2d({ in: 3, out: 96, size: 11, stride: 4 })
      .outputShape([3, 227, 227])
      .reduce((product, extent) => product * extent);
    expect(fullyConnected(224 * 224 * 3, outputs).toExponential(1)).toBe("4.4e+10");
  });

  it("A: a layer with d inputs and e neurons has (d + 1)e weights", () => {
    for (const [d, e] of [
      [7, 4],
      [1, 9],
    ])
      expect(countParameters(new Linear({ in: d, out: e }))).toBe((d + 1) * e);
  });
});

describe("deck A: a convolution is a sparse matrix of shared gains", () => {
  const [H, W] = [3, 4];
  const random = new Random(21);
  const v = random.normal([2, 2], 0, 1, dtype);
  const b = 0.37;
  const options = { flip: true, pad: { bottom: 1, right: 1 } } as const;
  const filter = tensor(flat(v), [1, 1, 2, 2]);

  /**
   * V of the deck: neuron (i, j), which is row 4i + j, sees pixel (i + 1 − k, j + 1 − l) through v_kl. That is true
   * convolution, which turns the kernel, on an image with a row of zeros below and a column to the right.
   */
  const gains: number[][] = Array.from({ length: H * W }, () => Array<number>(H * W).fill(0));
  for (let i = 0; i < H; i++) {
    for (let j = 0; j < W; j++) {
      for (let k = 0; k < 2; k++) {
        for (let l = 0; l < 2; l++) {
          const [h, u] = [i + 1 - k, j + 1 - l];
          if (h < H && u < W) gains[W * i + j][W * h + u] = v.get(k, l);
        }
      }
    }
  }
  const times = (matrix: readonly number[][], x: ArrayLike<number>): number[] =>
    matrix.map((row) => row.reduce((sum, gain, o) => sum + gain * x[o], 0));
  const transposed = gains.map((_, column) => gains.map((row) => row[column]));

  it("row 6 is the deck's: v11, v10 on the second line, v01, v00 on the third", () => {
    const [v00, v01, v10, v11] = flat(v);
    expect(gains[6]).toEqual([0, 0, 0, 0, 0, 0, v11, v10, 0, 0, v01, v00]);
    expect(gains.map((row) => row.filter((gain) => gain !== 0).length)).toEqual([
      4, 4, 4, 2, 4, 4, 4, 2, 2, 2, 2, 1,
    ]);
  });

  it("times x, plus b, it is conv2d with flip and zeros below and to the right", () => {
    const x = random.normal([1, 1, H, W], 0, 1, dtype);
    const { y } = conv2dForward(x, filter, tensor([b], undefined, dtype), options);
    expect(y.shape).toEqual([1, 1, H, W]);
    times(gains, flat(x)).forEach((activation, o) => expect(flat(y)[o]).toBeCloseTo(activation + b, 14));
    const [v00, v01, v10, v11] = flat(v);
    const at = (h: number, u: number): number => x.get(0, 0, h, u);
    const a12 = v11 * at(1, 2) + v10 * at(1, 3) + v01 * at(2, 2) + v00 * at(2, 3) + b;
    expect(y.get(0, 0, 1, 2)).toBeCloseTo(a12, 14);
  });

  it("is found again column by column, by giving the layer one pixel at a time", () => {
    for (let pixel = 0; pixel < H * W; pixel++) {
      const x = zeros([1, 1, H, W], dtype);
      x.data[pixel] = 1;
      const { y } = conv2dForward(x, filter, undefined, options);
      expect([...flat(y)]).toEqual(gains.map((row) => row[pixel]));
    }
  });

  it("its transpose is the way back, and the shared gains collect their gradients", () => {
    const x = random.normal([1, 1, H, W], 0, 1, dtype);
    const { y, cache } = conv2dForward(x, filter, tensor([b], undefined, dtype), options);
    const dy = random.normal(y.shape, 0, 1, dtype);
    const { dx, dw, db } = conv2dBackward(dy, cache);
    times(transposed, flat(dy)).forEach((slope, o) => expect(flat(dx)[o]).toBeCloseTo(slope, 14));
    // The gradient of gain (row, column) alone is dy[row]·x[column]; v_kl stands in several places.
    for (let tap = 0; tap < 4; tap++) {
      const places = gains.flatMap((row, r) =>
        row.flatMap((gain, c) => (gain === flat(v)[tap] ? [[r, c]] : [])),
      );
      const sum = places.reduce((total, [r, c]) => total + flat(dy)[r] * flat(x)[c], 0);
      expect(flat(dw)[tap]).toBeCloseTo(sum, 14);
    }
    expect(flat(db!)[0]).toBeCloseTo(
      [...flat(dy)].reduce((sum, slope) => sum + slope, 0),
      14,
    );
  });
});
