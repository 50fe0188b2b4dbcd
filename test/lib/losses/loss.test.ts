/** A loss is begun by `start`, which is the same as `forward`, also where a class of the user's has a forward of its own. */
import { describe, expect, it } from "vitest";
import { tensor, type Tensor } from "../../../lib/array/tensor.js";
import { Linear, Pass, Random, Sequential, SGD, SoftmaxCrossEntropy, trainStep } from "../../../lib/index.js";
import { Loss, type LossPass, type Targets } from "../../../lib/losses/index.js";

const x = tensor([
  [1, 2, 0],
  [0, -1, 3],
]);

/** One of the library's losses with a forward of its own: twice the loss. */
class Doubled extends SoftmaxCrossEntropy {
  override forward(logits: Tensor, targets: Targets, pass: LossPass): number {
    return 2 * super.forward(logits, targets, pass);
  }
}

/** A loss of the user's: the sum of all outputs. */
class Total extends Loss {
  override forward(y: Tensor, _targets: Targets, pass: LossPass): number {
    pass.keep(this, y.shape);
    return y.data.reduce((sum, value) => sum + value, 0);
  }
  override backward(pass: LossPass): Tensor {
    const [rows, columns] = pass.take(this) as number[];
    return tensor(Array.from({ length: rows }, () => Array.from({ length: columns }, () => 1)));
  }
}

describe("start", () => {
  it.each([
    ["a loss of the library", new SoftmaxCrossEntropy()],
    ["a class derived from one, with a forward of its own", new Doubled()],
    ["a loss of the user's", new Total()],
  ])("of %s gives forward's loss, and backward may follow", (_name, loss) => {
    const [one, other] = [new Pass(), new Pass()];
    const value = loss.forward(x, [0, 2], one);
    expect(loss.start(x, [0, 2], other).loss).toBe(value);
    expect(loss.backward(other).data).toEqual(loss.backward(one).data);
  });

  it("is what a training step calls: its loss is that of the user's own forward", () => {
    const step = (loss: Loss): number => {
      const net = new Sequential({ fc: new Linear({ in: 3, out: 3 }) }, { seed: 1 });
      return trainStep(net, x, [0, 2], { optimizer: new SGD({ lr: 0.1 }), loss, random: new Random(1) }).loss;
    };
    expect(step(new Doubled())).toBe(2 * step(new SoftmaxCrossEntropy()));
  });
});
