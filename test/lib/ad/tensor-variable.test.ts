/**
 * Reverse mode on arrays: every rule against PyTorch's automatic differentiation to 1e-10 and against finite
 * differences; sums of several uses; errors; and broken rules, which the checks must catch.
 */
import { describe, expect, it } from "vitest";
import { expression, type Expression } from "../../../lib/ad/expression.js";
import { rules } from "../../../lib/ad/rules.js";
import { TensorVariable } from "../../../lib/ad/tensor-variable.js";
import { gradCheck, Random } from "../../../lib/index.js";
import { flat, tensor, type Tensor } from "../../../lib/array/tensor.js";
import { askTorch } from "../../oracles/torch.js";
import { deviation } from "../../support/engines.js";
import { withTool } from "../../support/shared.js";

type Inputs = Record<string, Tensor>;

interface Case {
  readonly title: string;
  readonly inputs: Inputs;
  readonly formula: (variables: Record<string, TensorVariable>) => TensorVariable;
  readonly torch: string;
}

const random = new Random(5);
const normal = (...shape: number[]): Tensor => random.normal(shape, 0, 1, "float64");
/** Numbers from 0.5 to 1.5, for logarithms, roots and powers. */
const positive = (...shape: number[]): Tensor => random.uniform(shape, 0.5, 1.5, "float64");
const condition = tensor([1, 0, 1, 1, 0, 0], [2, 3], "float64");
const mask = "torch.tensor([[1., 0, 1], [1, 0, 0]]) > 0";

const cases: readonly Case[] = [
  {
    title: "add, broadcast",
    inputs: { a: normal(2, 1, 3), b: normal(4, 1) },
    formula: ({ a, b }) => a.add(b),
    torch: "y = a + b",
  },
  {
    title: "subtract, broadcast",
    inputs: { a: normal(3), b: normal(2, 3) },
    formula: ({ a, b }) => a.subtract(b),
    torch: "y = a - b",
  },
  {
    title: "multiply, broadcast",
    inputs: { a: normal(2, 3), b: normal(1, 3) },
    formula: ({ a, b }) => a.multiply(b),
    torch: "y = a * b",
  },
  {
    title: "divide, broadcast",
    inputs: { a: normal(2, 3), b: positive(2, 1) },
    formula: ({ a, b }) => a.divide(b),
    torch: "y = a / b",
  },
  {
    title: "power of two variables",
    inputs: { a: positive(2, 3), b: normal(3) },
    formula: ({ a, b }) => a.power(b),
    torch: "y = a ** b",
  },
  {
    title: "power by a number",
    inputs: { a: normal(2, 3) },
    formula: ({ a }) => a.power(3),
    torch: "y = a ** 3",
  },
  {
    title: "maximum and minimum",
    inputs: { a: normal(2, 3), b: normal(2, 3), c: normal(3) },
    formula: ({ a, b, c }) => a.maximum(b).minimum(c),
    torch: "y = torch.minimum(torch.maximum(a, b), c)",
  },
  {
    title: "where",
    inputs: { a: normal(2, 3), b: normal(3) },
    formula: ({ a, b }) => a.where(condition, b),
    torch: `y = torch.where(${mask}, a, b)`,
  },
  {
    title: "negate, exp, sin, cos, tanh, abs",
    inputs: { x: normal(2, 3) },
    formula: ({ x }) => x.negate().exp().add(x.sin()).add(x.cos()).add(x.tanh()).add(x.abs()),
    torch: "y = torch.exp(-x) + torch.sin(x) + torch.cos(x) + torch.tanh(x) + torch.abs(x)",
  },
  {
    title: "log and sqrt",
    inputs: { x: positive(2, 3) },
    formula: ({ x }) => x.log().multiply(x.sqrt()),
    torch: "y = torch.log(x) * torch.sqrt(x)",
  },
  { title: "sum of all", inputs: { x: normal(2, 3) }, formula: ({ x }) => x.sum(), torch: "y = x.sum()" },
  {
    title: "sum over axes",
    inputs: { x: normal(2, 3, 4) },
    formula: ({ x }) => x.sum([0, -1]),
    torch: "y = x.sum((0, 2))",
  },
  {
    title: "mean, kept",
    inputs: { x: normal(2, 3, 4) },
    formula: ({ x }) => x.mean(1, { keep: true }),
    torch: "y = x.mean(1, keepdim=True)",
  },
  {
    title: "variance",
    inputs: { x: normal(2, 3, 4) },
    formula: ({ x }) => x.variance([0, 2]),
    torch: "y = x.var((0, 2), unbiased=False)",
  },
  {
    title: "variance, unbiased",
    inputs: { x: normal(2, 3) },
    formula: ({ x }) => x.variance(undefined, { correction: 1 }),
    torch: "y = x.var(unbiased=True)",
  },
  {
    title: "max and min over axes",
    inputs: { x: normal(2, 3, 4) },
    formula: ({ x }) => x.max([0, 2]).add(x.min(1).sum()),
    torch: "y = x.amax((0, 2)) + x.amin(1).sum()",
  },
  {
    title: "norm",
    inputs: { x: normal(2, 3) },
    formula: ({ x }) => x.norm(1),
    torch: "y = torch.linalg.vector_norm(x, dim=1)",
  },
  {
    title: "matmul of matrices",
    inputs: { a: normal(2, 3), b: normal(3, 4) },
    formula: ({ a, b }) => a.matmul(b),
    torch: "y = a @ b",
  },
  {
    title: "matmul of broadcast batches",
    inputs: { a: normal(5, 1, 2, 3), b: normal(4, 3, 2) },
    formula: ({ a, b }) => a.matmul(b),
    torch: "y = a @ b",
  },
  {
    title: "matmul with vectors",
    inputs: { a: normal(3), b: normal(4, 3, 2), c: normal(2) },
    formula: ({ a, b, c }) => a.matmul(b).matmul(c),
    torch: "y = a @ b @ c",
  },
  {
    title: "einsum of two",
    inputs: { a: normal(2, 3, 4), b: normal(5, 4) },
    formula: ({ a, b }) => TensorVariable.einsum("nik,fk->nfi", a, b),
    torch: 'y = torch.einsum("nik,fk->nfi", a, b)',
  },
  {
    title: "einsum that sums a letter away",
    inputs: { a: normal(2, 3), b: normal(3), c: normal(2, 4) },
    formula: ({ a, b, c }) => TensorVariable.einsum("ij,j,ik->i", a, b, c),
    torch: 'y = torch.einsum("ij,j,ik->i", a, b, c)',
  },
  {
    title: "reshape, transpose",
    inputs: { x: normal(2, 3, 4) },
    formula: ({ x }) => x.transpose([2, 0, 1]).reshape([4, 6]).transpose(),
    torch: "y = x.permute(2, 0, 1).reshape(4, 6).T",
  },
  {
    title: "slice",
    inputs: { x: normal(4, 5) },
    formula: ({ x }) => x.slice([3, null, -2], [1, 4]).add(x.slice(0, [0, 3])),
    torch: "y = x.flip(0)[0::2, 1:4] + x[0, 0:3]",
  },
  {
    title: "pad, flip, roll",
    inputs: { x: normal(2, 3) },
    formula: ({ x }) =>
      x
        .pad([1, [0, 2]], 3)
        .flip(0)
        .roll(2, 1),
    torch: "y = torch.roll(F.pad(x, (0, 2, 1, 1), value=3.0).flip(0), 2, 1)",
  },
  {
    title: "tile",
    inputs: { x: normal(2, 3) },
    formula: ({ x }) => x.tile([2, 1, 3]),
    torch: "y = x.tile((2, 1, 3))",
  },
  {
    title: "concat and stack",
    inputs: { a: normal(2, 3), b: normal(1, 3) },
    formula: ({ a, b }) =>
      TensorVariable.stack([TensorVariable.concat([a, b]), TensorVariable.concat([b, a])], -1),
    torch: "y = torch.stack([torch.cat([a, b]), torch.cat([b, a])], -1)",
  },
  {
    title: "softmax cross-entropy, by parts",
    inputs: { x: normal(4, 3) },
    formula: ({ x }) => {
      const shifted = x.subtract(x.max(1, { keep: true }));
      const logs = shifted.subtract(shifted.exp().sum(1, { keep: true }).log());
      return logs
        .multiply(tensor([1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0], [4, 3], "float64"))
        .sum()
        .negate();
    },
    torch: "y = F.cross_entropy(x, torch.tensor([0, 2, 1, 0]), reduction='sum')",
  },
  {
    title: "batch normalisation, by parts",
    inputs: { x: normal(5, 3), gamma: normal(3), beta: normal(3) },
    formula: ({ x, gamma, beta }) =>
      x.subtract(x.mean(0)).divide(x.variance(0).add(1e-5).sqrt()).multiply(gamma).add(beta),
    torch: "y = F.batch_norm(x, None, None, gamma, beta, training=True)",
  },
];

const run = ({ inputs, formula, title }: Case): Expression => (void inputs, expression(formula, title));

describe("the gradients of", () => {
  it.each(cases)("$title agree with finite differences", (one) => {
    gradCheck(run(one), one.inputs).assert();
  });
});

withTool("python3-torch", "reverse mode against PyTorch", (tool) => {
  it("gives its values and gradients to 1e-10", () => {
    const ours = cases.map((one) => {
      const pass = run(one);
      const { y, cache } = pass.forward(one.inputs);
      const dy = normal(...y.shape);
      return { y, dy, gradients: pass.backward(dy, cache) };
    });
    const theirs = askTorch(
      tool,
      cases.map(({ torch, inputs }, i) => ({
        code: torch,
        inputs,
        dy: ours[i].dy,
        want: ["y", ...Object.keys(inputs).map((name) => `d${name}`)],
      })),
    );
    cases.forEach(({ title }, i) => {
      expect(deviation(ours[i].y, theirs[i].y), `${title}: y`).toBeLessThan(1e-10);
      for (const [name, gradient] of Object.entries(ours[i].gradients))
        expect(deviation(gradient, theirs[i][name]), `${title}: ${name}`).toBeLessThan(1e-10);
    });
  });
});

describe("a broken rule is caught", () => {
  const broken = Object.keys(rules).filter((name) => name !== "where");
  it.each(broken)("%s", (name) => {
    // Twice the gradient: a sign that is wrong twice would be right again.
    const rule = rules[name as keyof typeof rules] as unknown as {
      backward: (...given: unknown[]) => Tensor[];
    };
    const whole = rule.backward;
    const using = cases.filter((one) => one.title !== "" && uses(one, name));
    expect(using.length, `no case uses ${name}`).toBeGreaterThan(0);
    try {
      rule.backward = (...given) =>
        whole(...given).map((gradient) => {
          const numbers = flat(gradient).map((value) => 2 * value);
          return tensor(numbers, gradient.shape, "float64");
        });
      expect(using.some((one) => !gradCheck(run(one), one.inputs).passed)).toBe(true);
    } finally {
      rule.backward = whole;
    }
  });

  function uses({ inputs, formula }: Case, name: string): boolean {
    const variables = Object.fromEntries(
      Object.entries(inputs).map(([key, x]) => [key, new TensorVariable(x)]),
    );
    return formula(variables)
      .history()
      .some(({ origin }) => origin?.operation === name);
  }
});

describe("a tensor variable", () => {
  it("adds up what comes back from several uses, and starts anew at every backward", () => {
    const x = new TensorVariable(tensor([1, 2]), "x");
    const y = x.multiply(x).add(x).sum();
    y.backward();
    y.backward();
    expect([...flat(x.gradient)]).toEqual([3, 5]);
  });

  it("is its own gradient's unit", () => {
    const x = new TensorVariable(tensor(2), "x");
    x.backward();
    expect([...flat(x.gradient)]).toEqual([1]);
  });

  it("goes through a long chain without running out of stack", () => {
    let y = new TensorVariable(tensor([1]), "x");
    const x = y;
    for (let i = 0; i < 20_000; i++) y = y.add(0);
    y.backward();
    expect([...flat(x.gradient)]).toEqual([1]);
  });

  it("says what is missing when it is not one number", () => {
    const x = new TensorVariable(tensor([1, 2]));
    expect(() => x.exp().backward()).toThrow(
      "backward: this variable is 2; reduce it to one number (sum, mean) or give the upstream gradient.",
    );
    expect(() => x.backward(tensor([1, 2, 3]))).toThrow(
      "backward: the upstream gradient is 3, but the variable is 2; both need one shape.",
    );
    expect(() => x.add("1" as unknown as number)).toThrow(
      "add: an operand is 1; give a variable, a tensor or a number.",
    );
    expect(() => TensorVariable.einsum("ii->", new TensorVariable(tensor([[1]]))).backward()).toThrow(
      'einsum: "ii" in "ii->" names an axis twice',
    );
  });

  it("shows itself with its name, operation and numbers", () => {
    const x = new TensorVariable(tensor([1, 2]), "x");
    expect(String(x)).toBe("variable x: tensor 2 float32\n[1, 2]");
    expect(`${x.add(1).named("y")}`).toBe("variable y = add(…): tensor 2 float32\n[2, 3]");
  });
});
