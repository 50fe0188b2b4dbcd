/** Residual, parallel and attention blocks: they nest, have the right gradients, agree with PyTorch, and learn. */
import { describe, expect, it } from "vitest";
import {
  Adam,
  Attention,
  AveragePool2d,
  BatchNorm,
  cast,
  compute,
  Conv2d,
  countParameters,
  GlobalAveragePool,
  gradCheckNet,
  Linear,
  MaxPool2d,
  Parallel,
  Pass,
  pointwiseConv2d,
  Random,
  ReLU,
  Residual,
  Sequential,
  Sigmoid,
  SoftmaxCrossEntropy,
  summary,
  tensor,
  toNested,
  zeros,
  type DType,
  type Engine,
  type Tensor,
} from "../../../lib/index.js";
import { reference } from "../../../lib/engine/reference.js";
import { askTorch, expectClose } from "../../oracles/evaluate.js";
import { withTool } from "../../support/shared.js";

/** A network with everything: residual blocks with and without a shortcut, inception, attention. */
function network(dtype: DType): Sequential {
  const conv = (from: number, to: number, size = 3, stride = 1): Conv2d =>
    new Conv2d({ in: from, out: to, size, stride, pad: (size - 1) / 2, dtype });
  return new Sequential(
    {
      conv: conv(1, 4),
      same: new Residual({
        conv1: conv(4, 4),
        bn1: new BatchNorm({ size: 4, dtype }),
        relu: new ReLU(),
        conv2: conv(4, 4),
      }),
      relu: new ReLU(),
      down: new Residual(
        { conv1: conv(4, 6, 3, 2), relu: new ReLU(), conv2: conv(6, 6) },
        { shortcut: conv(4, 6, 1, 2) },
      ),
      inception: new Parallel({
        one: pointwiseConv2d({ in: 6, out: 2, dtype }),
        three: new Sequential({ squeeze: conv(6, 2, 1), relu: new ReLU(), conv: conv(2, 3) }),
        pool: new Sequential({ pool: new MaxPool2d({ size: 3, stride: 1, pad: 1 }), project: conv(6, 2, 1) }),
      }),
      attend: new Attention({ mask: new Sequential({ conv: conv(7, 1), squash: new Sigmoid() }) }),
      average: new GlobalAveragePool(),
      fc: new Linear({ in: 7, out: 3, dtype }),
    },
    { input: [1, 9, 9], seed: 3 },
  );
}

/** PyTorch's words for `network`, with dots in parameters' paths written as underscores; the loss is y. */
const python = `
h = F.conv2d(x, conv_w, conv_b, padding=1)
u = F.conv2d(h, same_conv1_w, same_conv1_b, padding=1)
u = F.relu(F.batch_norm(u, None, None, same_bn1_gamma, same_bn1_beta, True))
h = F.relu(h + F.conv2d(u, same_conv2_w, same_conv2_b, padding=1))
u = F.relu(F.conv2d(h, down_conv1_w, down_conv1_b, stride=2, padding=1))
h = F.conv2d(u, down_conv2_w, down_conv2_b, padding=1) + F.conv2d(h, down_shortcut_w, down_shortcut_b, stride=2)
one = F.conv2d(h, inception_one_w, inception_one_b)
three = F.relu(F.conv2d(h, inception_three_squeeze_w, inception_three_squeeze_b))
three = F.conv2d(three, inception_three_conv_w, inception_three_conv_b, padding=1)
pool = F.conv2d(F.max_pool2d(h, 3, 1, 1), inception_pool_project_w, inception_pool_project_b)
h = torch.cat([one, three, pool], 1)
h = h * torch.sigmoid(F.conv2d(h, attend_mask_conv_w, attend_mask_conv_b, padding=1))
y = F.cross_entropy(F.linear(h.mean((2, 3)), fc_w, fc_b), labels.long())
`;
const nameOf = (path: string): string => path.replaceAll(".", "_");

const random = new Random(71);
const x = random.normal([4, 1, 9, 9], 0, 1, "float64");
const labels = [2, 0, 1, 2];

describe.each(compute.engines.map((engine) => ({ engine, name: engine.name })))("on $name", ({ engine }) => {
  it("a network of blocks has the gradient that differences give", () => {
    gradCheckNet(network("float64"), x, labels, undefined, { engine, samples: 8 }).assert();
  });

  withTool("python3-torch", "PyTorch", (tool) => {
    it("gives the same loss and the same gradients", () => {
      const net = network("float64");
      const parameters = Object.entries(net.parameters);
      const tensors: Record<string, Tensor> = Object.fromEntries(
        parameters.map(([path, p]) => [nameOf(path), p.value]),
      );
      const [answer] = askTorch(tool, [
        {
          python,
          tensors: { ...tensors, x, labels: tensor(labels, [4], "float64") },
          of: ["x", ...parameters.map(([path]) => nameOf(path))],
        },
      ]);
      const loss = new SoftmaxCrossEntropy();
      const pass = new Pass({ training: true, engine });
      const value = loss.forward(net.forward(x, pass), labels, pass);
      expect(value).toBeCloseTo(answer.y.data[0], 11);
      expectClose(net.backward(loss.backward(pass), pass), answer.gradients.x, 1e-10, "dx");
      for (const [path, parameter] of parameters) {
        expectClose(pass.gradients.get(parameter)!, answer.gradients[nameOf(path)], 1e-10, path);
      }
    });

    it("trains to the same losses", () => {
      const net = network("float64");
      const paths = Object.keys(net.parameters);
      const tensors = Object.fromEntries(paths.map((path) => [nameOf(path), net.parameters[path].value]));
      const [{ y: expected }] = askTorch(tool, [
        {
          python: `
parameters = [${paths.map(nameOf).join(", ")}]
optimizer = torch.optim.Adam([p.requires_grad_() for p in parameters], lr=0.02)
losses = []
for step in range(15):
    ${python.trim().replaceAll("\n", "\n    ")}
    optimizer.zero_grad()
    y.backward()
    optimizer.step()
    losses.append(y.detach())
y = torch.stack(losses)
`,
          tensors: { ...tensors, x, labels: tensor(labels, [4], "float64") },
          of: [],
        },
      ]);
      const loss = new SoftmaxCrossEntropy();
      const optimizer = new Adam({ lr: 0.02 });
      const losses = Array.from({ length: 15 }, () => {
        const pass = new Pass({ training: true, engine });
        const value = loss.forward(net.forward(x, pass), labels, pass);
        net.backward(loss.backward(pass), pass, false);
        optimizer.step(pass.gradients, engine);
        return value;
      });
      expectClose(tensor(losses, [15], "float64"), expected, 1e-7, "loss");
    });
  });

  it("has the same gradients in float32, where an engine may reuse its memory between layers", () => {
    const run = (dtype: DType, by: Engine): Record<string, Tensor> => {
      const net = network(dtype);
      if (dtype === "float32") {
        const exact = network("float64").parameters;
        for (const [path, parameter] of Object.entries(net.parameters)) {
          parameter.value = cast(exact[path].value, "float32");
        }
      }
      const loss = new SoftmaxCrossEntropy();
      const pass = new Pass({ training: true, engine: by });
      loss.forward(net.forward(cast(x, dtype), pass), labels, pass);
      const dx = net.backward(loss.backward(pass), pass);
      return {
        dx,
        ...Object.fromEntries(
          Object.entries(net.parameters).map(([path, p]) => [path, pass.gradients.get(p)!]),
        ),
      };
    };
    const expected = run("float64", reference);
    for (let again = 0; again < 2; again++) {
      for (const [path, gradient] of Object.entries(run("float32", engine))) {
        expectClose(gradient, expected[path], 2e-4, path);
      }
    }
  });

  it("learns a small set by heart", () => {
    const net = network("float32");
    const loss = new SoftmaxCrossEntropy();
    const optimizer = new Adam({ lr: 0.01 });
    const images = new Random(5).normal([12, 1, 9, 9]);
    const classes = Array.from({ length: 12 }, (_, n) => n % 3);
    const losses: number[] = [];
    for (let step = 0; step < 120; step++) {
      const pass = new Pass({ training: true, engine });
      losses.push(loss.forward(net.forward(images, pass), classes, pass));
      net.backward(loss.backward(pass), pass, false);
      optimizer.step(pass.gradients, engine);
    }
    expect(losses[0]).toBeGreaterThan(0.7);
    expect(losses.at(-1)).toBeLessThan(0.1);
  });
});

describe("what a block is made of", () => {
  const net = network("float32");

  it("has its parameters by path", () => {
    const paths = Object.keys(net.parameters);
    for (const path of [
      "same.conv1.w",
      "same.bn1.gamma",
      "down.shortcut.b",
      "inception.three.squeeze.w",
      "attend.mask.conv.b",
    ]) {
      expect(paths).toContain(path);
    }
    expect(Object.keys(net.buffers)).toEqual(["same.bn1.mean", "same.bn1.variance"]);
    expect(net.get("inception.three.squeeze")).toBeInstanceOf(Conv2d);
  });

  it("opens in the table, and nothing is counted twice or left out", () => {
    const rows = summary(net);
    const names = rows.map(({ name }) => name);
    expect(names).toContain("inception.pool.project");
    expect(names).toContain("down.sum");
    expect(rows.find(({ name }) => name === "inception.three.conv")!.outputShape).toEqual([3, 5, 5]);
    expect(rows.find(({ name }) => name === "inception.join")!.outputShape).toEqual([7, 5, 5]);
    expect(rows.reduce((sum, row) => sum + row.parameters, 0)).toBe(countParameters(net));
    expect(rows.reduce((sum, row) => sum + row.multiplyAdds!, 0)).toBe(net.multiplyAdds([1, 9, 9]));
  });

  it("shows its inside to taps", () => {
    const seen = new Set<string>();
    const pass = new Pass({ training: true, tap: (path, phase) => void seen.add(`${phase} ${path}`) });
    const y = net.forward(tensor(new Float32Array(x.data), x.shape), pass);
    net.backward(y, pass);
    for (const path of [
      "same.conv2",
      "same.sum",
      "inception.three.relu",
      "attend.mask.squash",
      "attend.product",
    ]) {
      expect(seen).toContain(`forward ${path}`);
      expect(seen).toContain(`backward ${path}`);
    }
  });

  it("starts its filters differently from each other", () => {
    const first = flatten(net.get("same.conv1").parameters.w.value);
    expect(first).not.toEqual(flatten(net.get("same.conv2").parameters.w.value));
    const conv = (): Conv2d => new Conv2d({ in: 2, out: 2, size: 3, pad: 1 });
    const alone = new Residual({ conv1: conv(), conv2: conv() });
    expect(flatten(alone.parameters["conv1.w"].value)).not.toEqual(
      flatten(alone.parameters["conv2.w"].value),
    );
  });
});

function flatten(w: Tensor): unknown {
  return toNested(w);
}

describe("blocks by hand", () => {
  it("a residual block whose body gives zeros is the identity, forward and backward", () => {
    const block = new Residual({ conv: new Conv2d({ in: 1, out: 1, size: 3, pad: 1 }) });
    block.parameters["conv.w"].value = zeros([1, 1, 3, 3]);
    const pass = new Pass();
    const image = tensor([
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    ]);
    expect(toNested(block.forward(image, pass))).toEqual(toNested(image));
    expect(toNested(block.backward(image, pass))).toEqual(toNested(image));
  });

  it("parallel branches that are added", () => {
    const block = new Parallel(
      { a: new ReLU(), b: new ReLU(), c: new AveragePool2d({ size: 1 }) },
      { join: "add" },
    );
    const pass = new Pass();
    expect(toNested(block.forward(tensor([[[[-2, 3]]]]), pass))).toEqual([[[[-2, 9]]]]);
    expect(toNested(block.backward(tensor([[[[1, 1]]]]), pass))).toEqual([[[[1, 3]]]]);
  });

  it("the same layer may stand in two branches", () => {
    const shared = new Conv2d({ in: 2, out: 2, size: 1, dtype: "float64", seed: 4 });
    const net = new Sequential({
      twice: new Parallel({ a: shared, b: new Sequential({ shared, again: shared }) }),
      average: new GlobalAveragePool(),
    });
    gradCheckNet(net, random.normal([3, 2, 3, 3], 0, 1, "float64"), [0, 3, 1]).assert();
  });

  it("attention weighs the body by the mask", () => {
    const net = new Attention({
      mask: new Sequential({
        conv: new Conv2d({ in: 2, out: 1, size: 1, dtype: "float64" }),
        squash: new Sigmoid(),
      }),
      body: new Conv2d({ in: 2, out: 3, size: 1, dtype: "float64" }),
    });
    expect(net.outputShape([2, 4, 4])).toEqual([3, 4, 4]);
    const whole = new Sequential({ net, average: new GlobalAveragePool() });
    gradCheckNet(whole, random.normal([3, 2, 3, 3], 0, 1, "float64"), [0, 2, 1]).assert();
  });
});

describe("errors say what to do", () => {
  it.each([
    [
      () =>
        new Sequential(
          { block: new Residual({ conv: new Conv2d({ in: 1, out: 8, size: 1 }) }) },
          { input: [1, 4, 4] },
        ),
      /block: sum: add: input 1 is 8×4×4 and input 2 is 1×4×4; they must be of one shape \(a 1×1 convolution/,
    ],
    [() => new Residual({}), /Residual: there are no layers/],
    [() => new Residual({ sum: new ReLU() }), /a layer is called "sum", which the block itself uses/],
    [
      () => new Parallel({ a: new ReLU(), b: new MaxPool2d({ size: 2 }) }).outputShape([1, 4, 4]),
      /1×4×4.* and .*1×2×2 cannot be joined/,
    ],
    [() => new Attention({ mask: new ReLU() }).outputShape([2, 4, 4]), /the mask must have one channel/],
  ])("%#", (action, text) => {
    expect(action).toThrow(text);
  });
});
