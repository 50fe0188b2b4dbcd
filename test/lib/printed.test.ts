/** Every class of the library says what it is: in a template string, in a terminal and inside other values. */
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import * as library from "../../lib/index.js";
import {
  Conv2d,
  Dataset,
  digits,
  Linear,
  Pass,
  Random,
  ReLU,
  Residual,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  tensor,
} from "../../lib/index.js";

type Class = abstract new (...given: never[]) => object;
const symbol = Symbol.for("nodejs.util.inspect.custom");
const classes = Object.entries<unknown>(library).filter(
  (entry): entry is [string, Class] =>
    typeof entry[1] === "function" &&
    /^class\b/.test(Function.prototype.toString.call(entry[1])) &&
    !(entry[1].prototype instanceof Error),
);

describe("every exported class", () => {
  it("is looked at", () => {
    expect(classes.length).toBeGreaterThan(90);
  });

  it.each(classes)("%s has words of its own", (_, { prototype }) => {
    const words = prototype as { toString: unknown; [symbol]?: unknown };
    expect(words.toString).not.toBe(Object.prototype.toString);
    expect(words[symbol]).toBeTypeOf("function");
  });
});

const net = new Sequential({
  conv: new Conv2d({ in: 1, out: 2, size: 3 }),
  relu: new ReLU(),
  fc: new Linear({ in: 72, out: 3 }),
});

describe("printed", () => {
  it.each<[string, object, string]>([
    ["a layer", net.get("conv"), "Conv2d, 2 filters of 3×3"],
    ["a parameter", net.parameters["conv.b"], "parameter 2 float32, does not decay"],
    [
      "a container",
      new Residual({ relu: new ReLU() }),
      "Residual, 2 parts, 0 parameters\n  relu  ReLU\n  sum   Sum",
    ],
    ["an optimiser", new SGD({ lr: 0.1, momentum: 0.9 }), "SGD, lr 0.1, momentum 0.9"],
    ["a loss", new SoftmaxCrossEntropy(), "SoftmaxCrossEntropy"],
    ["a data set", new Dataset(tensor([[1, 2]]), [0], ["a", "b"]), "1 examples of 2, 2 classes: a, b"],
    ["random numbers", new Random(1), "Random, a stream of random numbers"],
    [
      "a pass",
      new Pass({ training: true, engine: library.compute.engines.at(-1) }),
      "Pass for training on engine reference, gradients of 0 parameters",
    ],
  ])("%s", (_, value, words) => {
    expect(String(value)).toBe(words);
    expect(inspect(value)).toBe(words);
  });

  it("a network is its table, in a string too", () => {
    expect(`${net}`).toContain("Conv2d, 2 filters of 3×3");
    expect(`${net}`).toBe(inspect(net));
  });

  it("a division into sets says a line for each, in a string too; its fields can be taken apart and spread", () => {
    const data = digits({ train: 20, test: 10 });
    const set = "examples of 1×28×28, 10 classes: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9";
    expect(`${data}`).toBe(`digits\n  train  20 ${set}\n  test   10 ${set}`);
    expect(inspect(data)).toBe(`${data}`);
    expect(`${digits({ train: 20, validation: 5, test: 10 })}`).toContain("\n  validation  5 examples");
    expect(Object.keys({ ...data })).toEqual(["name", "train", "test"]);
    const own = library.splits({ name: "mine", train: data.test, test: data.test, extra: 1 });
    expect([own.extra, `${own}`.split("\n")[0]]).toEqual([1, "mine"]);
  });

  it("values inside others stay short", () => {
    const data = digits({ train: 20, test: 10 });
    expect(inspect(data).split("\n").length).toBeLessThan(8);
    expect(inspect({ w: tensor([1, 2]), image: data.train.images })).toBe(
      "{ w: tensor 2 float32 [1, 2], image: tensor 20×1×28×28 float32 }",
    );
  });
});
