/**
 * Inside a pass, tensors lie in memory that the engine reuses. Nobody outside must notice: what comes out stays what
 * it was, layers of one's own may keep what they were given until their backward, and no memory is lost.
 */
import { describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { flat, reshape, wrap, type Shape, type Tensor } from "../../../lib/array/tensor.js";
import { reference } from "../../../lib/engine/reference.js";
import { wasm } from "../../../lib/engine/wasm/engine.js";
import { OutOfMemoryError } from "../../../lib/engine/wasm/heap.js";
import { Engine } from "../../../lib/engine/engine.js";
import { BatchNorm } from "../../../lib/layers/normalisation/batch-norm.js";
import { Conv2d, conv2dForward } from "../../../lib/layers/convolution/conv2d.js";
import { Layer, type LayerPass } from "../../../lib/layers/layer.js";
import { Linear } from "../../../lib/layers/linear.js";
import { MaxPool2d } from "../../../lib/layers/pooling/max-pool2d.js";
import { ReLU } from "../../../lib/layers/activation/relu.js";
import { Pass } from "../../../lib/net/pass.js";
import { Sequential } from "../../../lib/net/sequential.js";

const engine = wasm!;

/** A reader's own layer: keeps the tensor it was given, not a copy, and hands its dy on as it is. */
class Square extends Layer {
  override outputShape(input: Shape): number[] {
    return [...input];
  }
  override forward(x: Tensor, pass: LayerPass): Tensor {
    pass.keep(this, x);
    const X = flat(x);
    return wrap(
      X.map((value) => value * value),
      x.shape,
    );
  }
  override backward(dy: Tensor, pass: LayerPass): Tensor {
    const X = flat(pass.take(this) as Tensor);
    const dY = flat(dy);
    return wrap(
      dY.map((value, i) => 2 * X[i] * value),
      dy.shape,
    );
  }
}

/** Gives back what it was given, under the same memory. */
class Identity extends Layer {
  override outputShape(input: Shape): number[] {
    return [...input];
  }
  override forward(x: Tensor): Tensor {
    return reshape(x, x.shape);
  }
  override backward(dy: Tensor): Tensor {
    return reshape(dy, dy.shape);
  }
}

/** Two branches that read the same tensor, added. */
class Both extends Layer {
  override readonly parameters;
  constructor(
    readonly left: Layer,
    readonly right: Layer,
  ) {
    super();
    this.parameters = { ...left.parameters };
  }
  override outputShape(input: Shape): number[] {
    return this.left.outputShape(input);
  }
  override forward(x: Tensor, pass: LayerPass): Tensor {
    return sum(this.left.forward(x, pass), this.right.forward(x, pass));
  }
  override backward(dy: Tensor, pass: LayerPass): Tensor {
    return sum(this.right.backward(dy, pass), this.left.backward(dy, pass));
  }
}

function sum(a: Tensor, b: Tensor): Tensor {
  const [A, B] = [flat(a), flat(b)];
  return wrap(
    A.map((value, i) => value + B[i]),
    a.shape,
  );
}

const build = (): Sequential =>
  new Sequential(
    {
      conv1: new Conv2d({ in: 2, out: 8, size: 3, pad: 1 }),
      bn: new BatchNorm({ size: 8 }),
      relu: new ReLU(),
      square: new Square(),
      both: new Both(
        new Sequential({
          same: new Identity(),
          relu: new ReLU(),
          conv: new Conv2d({ in: 8, out: 8, size: 3, pad: 1 }),
        }),
        new Sequential({
          relu: new ReLU(),
          same: new Identity(),
          conv: new Conv2d({ in: 8, out: 8, size: 5, pad: 2 }),
        }),
      ),
      inner: new Sequential({
        same: new Identity(),
        pool: new MaxPool2d({ size: 2 }),
        again: new Identity(),
      }),
      fc: new Linear({ in: 8 * 16, out: 5 }),
    },
    { seed: 3 },
  );

const x = new Random(4).normal([6, 2, 8, 8]);
const dy = new Random(5).normal([6, 5]);

interface Seen {
  [name: string]: number[];
}

/** Everything that somebody outside can see of a forward and a backward, read after both are over. */
function seen(on: Engine, training = true): Seen {
  const net = build();
  const taps: [string, Tensor][] = [];
  const tap = (path: string, phase: string, tensor: Tensor): void =>
    void taps.push([`${path} ${phase}`, tensor]);
  const pass = new Pass({ engine: on, training, tap });
  const y = net.forward(x, pass);
  const dx = net.backward(dy, pass);
  // Others use the memory meanwhile.
  const other = new Pass({ engine: on, training });
  const net2 = build();
  net2.forward(new Random(6).normal([6, 2, 8, 8]), other);
  net2.backward(dy, other);
  const all: [string, Tensor][] = [...taps, ["y", y], ["dx", dx]];
  for (const [name, parameter] of Object.entries(net.parameters)) {
    const gradient = pass.gradients.get(parameter);
    if (gradient) all.push([`d${name}`, gradient]);
  }
  return Object.fromEntries(all.map(([name, tensor]) => [name, [...flat(tensor)]]));
}

describe("a pass on the WASM engine", () => {
  it.each([true, false])(
    "shows what the reference shows, to taps and to the caller (training: %s)",
    (training) => {
      engine.poison(666.666);
      const [got, expected] = [seen(engine, training), seen(reference, training)];
      expect(Object.keys(got)).toEqual(Object.keys(expected));
      for (const name of Object.keys(expected)) {
        const scale = Math.max(...expected[name].map(Math.abs));
        expected[name].forEach((value, i) => {
          expect(Math.abs(got[name][i] - value), `${name}[${i}]`).toBeLessThan(2e-4 * scale + 1e-5); // a bias before batch norm has gradient 0
        });
      }
    },
  );

  it("gives results of their own memory", () => {
    const net = build();
    const results = [new Random(7), new Random(8)].map((random) => net.forward(random.normal([3, 2, 8, 8])));
    const before = results.map((tensor) => flat(tensor).slice());
    net.forward(x);
    expect(results.map((tensor) => flat(tensor))).toEqual(before);
    expect(flat(results[0])).not.toEqual(flat(results[1]));
    for (const { data } of results) expect(data.buffer).toBeInstanceOf(ArrayBuffer); // no view of shared memory
  });

  it("loses no memory, with a backward or without", () => {
    const net = build();
    const train = (): void => {
      const pass = new Pass({ engine, training: true });
      net.forward(x, pass);
      net.backward(dy, pass, false);
    };
    const evaluate = (): unknown => net.forward(x, new Pass({ engine, backward: false }));
    train();
    evaluate();
    const used = engine.memoryInUse;
    for (let i = 0; i < 20; i++) {
      train();
      evaluate();
      expect(engine.memoryInUse).toBe(used);
    }
  });

  it("computes an evaluation of many layers in the memory of a few", () => {
    const layers = Array.from({ length: 12 }, (_, i) => [`relu${i}`, new ReLU()] as const);
    const net = new Sequential(Object.fromEntries(layers));
    const big = new Random(9).normal([4, 250_000]); // 4 MB
    let most = 0;
    const tap = (): void => void (most = Math.max(most, engine.memoryInUse));
    const before = engine.memoryInUse;
    net.forward(big, new Pass({ engine, backward: false, tap }));
    expect(most - before).toBeLessThan(4 * 4_200_000);
  });

  it("says which layer's memory did not fit", () => {
    const full = (): never => {
      throw new OutOfMemoryError("the WASM engine needs 2560.0 MB more");
    };
    const pass = new Pass({ engine: new Engine("full", { rivals: [[conv2dForward, full]] }) });
    expect(() => build().forward(x, pass)).toThrow(/^conv1: the WASM engine needs 2560\.0 MB more/);
  });

  it("goes on after an error inside", () => {
    const net = build();
    expect(() =>
      net.forward(new Random(1).normal([2, 3, 8, 8]), new Pass({ engine, backward: false })),
    ).toThrow(/conv1/);
    expect(net.forward(x, new Pass({ engine, backward: false })).shape).toEqual([6, 5]);
  });
});
