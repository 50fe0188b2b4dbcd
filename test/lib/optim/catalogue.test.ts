/** The optimisers: every step as PyTorch takes it, state that survives a checkpoint bit for bit, schedules, clipping. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  Adadelta,
  Adagrad,
  Adam,
  adamStep,
  adagradStep,
  AdamW,
  clipByNorm,
  clipByValue,
  compute,
  constantRate,
  copy,
  cosineDecay,
  Linear,
  Plateau,
  Random,
  RMSProp,
  rmsPropStep,
  SGD,
  stepDecay,
  tensor,
  toNested,
  ValueError,
  warmUp,
  wrap,
  zeros,
  type DType,
  type Optimizer,
  type Parameter,
  type Tensor,
} from "../../../lib/index.js";
import { flat } from "../../../lib/array/tensor.js";
import { askTorch, expectClose } from "../../oracles/evaluate.js";
import { onnxCase } from "../../oracles/onnx.js";
import { withData, withTool } from "../../support/shared.js";

const kinds: { name: string; make: () => Optimizer; torch: string }[] = [
  {
    name: "SGD",
    make: () => new SGD({ lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
    torch: "SGD([w], lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1)",
  },
  {
    name: "Adagrad",
    make: () => new Adagrad({ lr: 0.2, weightDecay: 0.1 }),
    torch: "Adagrad([w], lr=0.2, weight_decay=0.1)",
  },
  {
    name: "Adadelta",
    make: () => new Adadelta({ rho: 0.8, epsilon: 1e-3, weightDecay: 0.1 }),
    torch: "Adadelta([w], lr=1, rho=0.8, eps=1e-3, weight_decay=0.1)",
  },
  {
    name: "RMSProp",
    make: () => new RMSProp({ lr: 0.05, rho: 0.9, weightDecay: 0.1 }),
    torch: "RMSprop([w], lr=0.05, alpha=0.9, weight_decay=0.1)",
  },
  {
    name: "RMSProp with momentum",
    make: () => new RMSProp({ lr: 0.05, momentum: 0.7, epsilon: 1e-3 }),
    torch: "RMSprop([w], lr=0.05, momentum=0.7, eps=1e-3)",
  },
  {
    name: "Adam",
    make: () => new Adam({ lr: 0.03, betas: [0.8, 0.95], weightDecay: 0.1 }),
    torch: "Adam([w], lr=0.03, betas=(0.8, 0.95), weight_decay=0.1)",
  },
  {
    name: "AdamW",
    make: () => new AdamW({ lr: 0.03, weightDecay: 0.2 }),
    torch: "AdamW([w], lr=0.03, weight_decay=0.2)",
  },
  { name: "AdamW by default", make: () => new AdamW(), torch: "AdamW([w])" },
];

const steps = 7;
const shape = [3, 4];
const random = new Random(11);
const start = random.normal(shape, 0, 1, "float64");
const gradients = random.normal([steps, ...shape], 0, 2, "float64");

function parameters(dtype: DType): { w: Parameter; b: Parameter } {
  const layer = new Linear({ in: 4, out: 3, dtype, seed: 1 });
  layer.parameters.w.value = tensor(Array.from(flat(start)), shape, dtype);
  return { w: layer.parameters.w, b: layer.parameters.b! };
}

function gradient(step: number, dtype: DType): Tensor {
  return tensor(Array.from(flat(gradients).subarray(step * 12, step * 12 + 12)), shape, dtype);
}

describe.each(compute.engines.map((engine) => ({ engine, name: engine.name })))("on $name", ({ engine }) => {
  withTool("python3-torch", "PyTorch", (tool) => {
    it("takes the same steps", () => {
      const answers = askTorch(
        tool,
        kinds.map(({ torch }) => ({
          python: `
w = start.clone().requires_grad_()
optimizer = torch.optim.${torch}
path = []
for g in gradients:
    w.grad = g.clone()
    optimizer.step()
    path.append(w.detach().clone())
y = torch.stack(path)
`,
          tensors: { start, gradients },
          of: [],
        })),
      );
      kinds.forEach(({ name, make }, k) => {
        const { w } = parameters("float64");
        const optimizer = make();
        for (let step = 0; step < steps; step++) {
          optimizer.step(new Map([[w, gradient(step, "float64")]]), engine);
          const expected = wrap(answers[k].y.data.subarray(step * 12, step * 12 + 12), shape);
          expectClose(w.value, expected, 1e-12, `${name}, step ${step}: w`);
        }
      });
    });
  });

  it.each(kinds)("$name goes on from its saved state bit for bit", ({ make }) => {
    const run = (interrupted: boolean): Tensor[] => {
      let optimizer = make();
      let { w, b } = parameters("float32");
      optimizer.lr *= 0.5; // as a schedule would
      for (let step = 0; step < steps; step++) {
        if (interrupted && step === 3) {
          const saved = {
            state: optimizer.state({ "fc.w": w, "fc.b": b }),
            w: copy(w.value),
            b: copy(b.value),
          };
          optimizer.step(new Map([[w, gradient(0, "float32")]]), engine); // must not reach into what was saved
          optimizer = make();
          ({ w, b } = parameters("float32"));
          w.value = saved.w;
          b.value = saved.b;
          optimizer.load({ "fc.w": w, "fc.b": b }, saved.state);
        }
        const bias = tensor([0.1 * step, 1, -1]);
        optimizer.step(
          step === 2
            ? new Map([[b, bias]])
            : new Map([
                [w, gradient(step, "float32")],
                [b, bias],
              ]),
          engine,
        );
      }
      return [w.value, b.value];
    };
    const [whole, interrupted] = [run(false), run(true)];
    expect(interrupted.map((x) => Array.from(flat(x)))).toEqual(whole.map((x) => Array.from(flat(x))));
  });

  it.each(kinds)("$name does not decay biases", ({ make }) => {
    const { b } = parameters("float64");
    b.value = tensor([1, 2, 3], [3], "float64");
    make().step(new Map([[b, zeros([3], "float64")]]), engine);
    expect(toNested(b.value)).toEqual([1, 2, 3]);
  });
});

describe("a state that does not fit", () => {
  const { w, b } = parameters("float32");
  const adam = new Adam();
  adam.step(new Map([[w, gradient(0, "float32")]]), compute.engine);
  const state = adam.state({ w, b });

  it("is refused with the reason, and nothing changes", () => {
    expect(() => new SGD({ lr: 1 }).load({ w }, state)).toThrow(/SGD: the state is that of Adam/);
    const fresh = new Adam({ lr: 0.5 });
    expect(() => fresh.load({ b }, state)).toThrow(/speaks of "w", but the parameters are b/);
    expect(() => fresh.load({ w: b }, state)).toThrow(/w.mean is 3×4, but the parameter is 3/);
    expect(() => fresh.load({ w }, { ...state, steps: {} })).toThrow(/has "w.mean" but no count of steps/);
    expect(fresh.lr).toBe(0.5);
    expect(fresh.state({ w, b }).tensors).toEqual({});
  });

  it("holds the momentum of a rule that has one, and goes on with it", () => {
    for (const make of [() => new SGD({ lr: 0.1, momentum: 0.9 }), () => new RMSProp({ momentum: 0.9 })]) {
      const run = (interrupted: boolean): number[] => {
        let optimizer = make();
        const { w } = parameters("float32");
        for (let step = 0; step < 6; step++) {
          // A velocity that has begun goes on while the momentum is 0.
          if (step === 2) optimizer.momentum = 0;
          if (step === 5) optimizer.momentum = 0.5;
          if (interrupted && step === 4) {
            const saved = optimizer.state({ w });
            expect(saved.momentum).toBe(0);
            optimizer = make();
            optimizer.load({ w }, saved);
          }
          optimizer.step(new Map([[w, gradient(step, "float32")]]), compute.engine);
        }
        return Array.from(flat(w.value));
      };
      expect(run(true)).toEqual(run(false));
    }
    const sgd = new SGD({ lr: 1 });
    const saved = { ...sgd.state({ w }), momentum: 2, lr: 0.5 };
    expect(() => sgd.load({ w }, saved)).toThrow("SGD: momentum is 2; it must be from 0 to below 1.");
    expect([sgd.lr, sgd.momentum]).toEqual([1, 0]);
    expect("momentum" in state).toBe(false);
  });

  it("names what it holds", () => {
    expect(state.kind).toBe("Adam");
    expect(state.steps).toEqual({ w: 1 });
    expect(Object.keys(state.tensors)).toEqual(["w.mean", "w.square"]);
  });
});

describe("options out of range", () => {
  it.each([
    [() => new Adam({ betas: [0.9, 1] }), /Adam: betas\[1\] is 1; it must be from 0 to below 1/],
    [() => new AdamW({ lr: -1 }), /AdamW: lr is -1; it must be above 0/],
    [() => new Adadelta({ rho: 1 }), /Adadelta: rho is 1/],
    [() => new RMSProp({ epsilon: 0 }), /RMSProp: epsilon is 0/],
    [() => new Adagrad({ weightDecay: NaN }), /Adagrad: weightDecay is NaN/],
    [() => new SGD({ lr: 0.1, nesterov: true }), /needs a momentum above 0/],
  ])("%#", (make, text) => {
    expect(make).toThrow(ValueError);
    expect(make).toThrow(text);
  });

  it("a gradient of another shape is refused", () => {
    const x = zeros([2]);
    expect(() => adamStep(x, zeros([3]), { mean: zeros([2]), square: zeros([2]) }, 1, {})).toThrow(
      /adamStep: the gradient is 3, the parameter 2/,
    );
  });
});

withData("golden/cs231n.json", "CS231n's expected values", (path) => {
  it("RMSProp and Adam", () => {
    interface Golden {
      op: string;
      attrs: Record<string, number>;
      inputs: Record<string, { shape: number[]; data: number[] }>;
      expected: Record<string, { shape: number[]; data: number[] }>;
    }
    const read = JSON.parse(readFileSync(path, "utf8")) as Golden[] | { cases: Golden[] };
    const all = Array.isArray(read) ? read : read.cases;
    const of = ({ shape, data }: { shape: number[]; data: number[] }): Tensor =>
      tensor(data.flat(9), shape, "float64");
    const [rms, adam] = ["decay", "beta1"].map((key) => all.find(({ attrs }) => key in attrs)!);

    const w1 = of(rms.inputs.w);
    const square = of(rms.inputs.cache);
    rmsPropStep(w1, of(rms.inputs.dw), { square }, { lr: 0.01, rho: 0.99, epsilon: 1e-8 });
    expectClose(w1, of(rms.expected.next_w), 1e-7);
    expectClose(square, of(rms.expected.cache), 1e-7);

    const w2 = of(adam.inputs.w);
    const means = { mean: of(adam.inputs.m), square: of(adam.inputs.v) };
    adamStep(w2, of(adam.inputs.dw), means, adam.attrs.t_before + 1, { lr: 0.01 });
    expectClose(w2, of(adam.expected.next_w), 1e-7);
    expectClose(means.mean, of(adam.expected.m), 1e-7);
    expectClose(means.square, of(adam.expected.v), 1e-7);
  });
});

withData("onnx", "ONNX's Adagrad", (folder) => {
  it("is ours with the rate of that step", () => {
    const { attributes, inputs, outputs } = onnxCase(folder, "node/test_adagrad");
    const [rate, t, w, dw, sum] = inputs as Tensor[];
    adagradStep(w, dw, sum, {
      lr: rate.data[0] / (1 + t.data[0] * (attributes.decay_factor as number)),
      epsilon: attributes.epsilon as number,
      weightDecay: attributes.norm_coefficient as number,
    });
    expectClose(w, outputs[0], 1e-6);
    expectClose(sum, outputs[1], 1e-6);
  });
});

describe("schedules", () => {
  it("step decay drops by the factor", () => {
    const schedule = stepDecay({ lr: 1, every: 3, factor: 0.5 });
    expect([0, 1, 2, 3, 5, 6].map(schedule)).toEqual([1, 1, 1, 0.5, 0.5, 0.25]);
  });

  it("cosine goes from lr through the middle to the floor and stays", () => {
    const schedule = cosineDecay({ lr: 1, steps: 10, floor: 0.2 });
    [1, 0.6, 0.2, 0.2].forEach((rate, i) => expect(schedule([0, 5, 10, 99][i])).toBeCloseTo(rate, 12));
  });

  it("warm-up rises in a straight line and then starts the other schedule", () => {
    const schedule = warmUp(4, stepDecay({ lr: 2, every: 2, factor: 0.5 }));
    expect([0, 1, 2, 3, 4, 5, 6].map(schedule)).toEqual([0.5, 1, 1.5, 2, 2, 2, 1]);
    expect(warmUp(2, constantRate(1))(100)).toBe(1);
  });

  it("plateau waits, drops, and does not fall below the floor", () => {
    const plateau = new Plateau({ lr: 1, patience: 1, factor: 0.1, floor: 0.05 });
    expect([5, 4, 4, 4, 4, 4, 3, 3, 3].map((loss) => plateau.observe(loss))).toEqual([
      1, 1, 1, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05,
    ]);
    const restored = new Plateau({ lr: 1, patience: 1 });
    restored.state = plateau.state;
    expect(restored.state).toEqual({ lr: 0.05, best: 3, since: 0 });
  });

  it("refuses what makes no sense", () => {
    expect(() => stepDecay({ lr: 1, every: 0 })).toThrow(/every is 0; it must be finite and above 0/);
    expect(() => cosineDecay({ lr: 1, steps: 5, floor: 2 })).toThrow(
      /floor is 2; it must be from 0 to lr, which is 1/,
    );
    expect(() => new Plateau({ lr: 1, factor: 1 })).toThrow(/factor is 1; it must be below 1/);
  });
});

describe("clipping", () => {
  const { w, b } = parameters("float64");
  const both = (): Map<Parameter, Tensor> =>
    new Map([
      [
        w,
        tensor(
          [
            [3, 0, 0, 0],
            [0, 0, 0, 0],
            [0, 0, 0, 0],
          ],
          undefined,
          "float64",
        ),
      ],
      [b, tensor([0, -4, 0], undefined, "float64")],
    ]);

  it("by norm: all gradients are one vector", () => {
    const gradients = both();
    expect(clipByNorm(gradients, 10)).toBe(5);
    expect(toNested(gradients.get(b)!)).toEqual([0, -4, 0]);
    expect(clipByNorm(gradients, 1)).toBe(5);
    expectClose(gradients.get(b)!, tensor([0, -0.8, 0], undefined, "float64"), 1e-15);
    expect(clipByNorm(gradients, 10)).toBeCloseTo(1, 14);
  });

  it("by value: number by number", () => {
    const gradients = both();
    expect(clipByValue(gradients, 3.5)).toBe(1);
    expect(toNested(gradients.get(b)!)).toEqual([0, -3.5, 0]);
    expect(gradients.get(w)!.get(0, 0)).toBe(3);
  });

  it("does not hide a gradient that is not finite", () => {
    const gradients = both();
    gradients.set(b, tensor([NaN, 0, 0], undefined, "float64"));
    expect(() => clipByNorm(gradients, 1)).toThrow(/length is NaN; find the layer/);
  });
});
