/**
 * Large weights lie in the engine's memory. Nobody notices but the clock: the numbers are the same to the last bit, they are read
 * and written where they always were, copies are apart, and the memory comes back when nobody has them any more.
 */
import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it } from "vitest";
import { copy, dtypeOf, zeros } from "../../../lib/array/tensor.js";
import { resident, routines } from "../../../lib/array/routines.js";
import { compute, flat, Linear, Pass, Random, Sequential, SGD, type Tensor } from "../../../lib/index.js";
import { wasm } from "../../../lib/engine/wasm/engine.js";
import { Heap, OutOfMemoryError } from "../../../lib/engine/wasm/heap.js";
import { Residents } from "../../../lib/engine/wasm/residents.js";
import type { Machine } from "../../../lib/engine/wasm/machine.js";
import { Adam } from "../../../lib/optim/adam.js";
import type { Optimizer } from "../../../lib/optim/optimizer.js";
import { SoftmaxCrossEntropy } from "../../../lib/losses/softmax-cross-entropy.js";
import { trainStep } from "../../../lib/train/step.js";

const engine = wasm!;
const makes = routines.resident;
afterEach(() => {
  routines.resident = makes;
  compute.use("wasm");
});

const build = (): Sequential =>
  new Sequential(
    { wide: new Linear({ in: 1024, out: 1024 }), last: new Linear({ in: 1024, out: 4, seed: 2 }) },
    { input: [1024], seed: 3 },
  );
const isShared = (x: Tensor): boolean => x.data.buffer instanceof SharedArrayBuffer;
const x = new Random(5).normal([3, 1024]);

/** All bits of a tensor's numbers, in few letters. */
const bits = (tensor: Tensor): string => createHash("sha1").update(flat(tensor)).digest("hex");

/** Losses of some steps, the weights after them, and the optimiser's state. */
function train(optimizer: Optimizer): unknown {
  const net = build();
  const losses = [0, 1, 2].map(
    () =>
      trainStep(net, x, [0, 3, 1], { optimizer, loss: new SoftmaxCrossEntropy(), random: new Random(1) })
        .loss,
  );
  const { tensors } = optimizer.state(net.parameters);
  return {
    losses,
    kept: [...Object.values(net.parameters).map(({ value }) => value), ...Object.values(tensors)].map(bits),
  };
}

describe("a large weight", () => {
  it("lies in the engine's memory from the beginning, a small one does not", () => {
    const { wide, last } = build().layers;
    expect([wide, last].map((layer) => isShared(layer.parameters.w.value))).toEqual([true, false]);
    expect(isShared(new Linear({ in: 1024, out: 1024, seed: 1 }).parameters.w.value)).toBe(true);
    expect(isShared(new Linear({ in: 1024, out: 1024, seed: 1, dtype: "float64" }).parameters.w.value)).toBe(
      false,
    );
    compute.use("typescript");
    expect(isShared(build().parameters["wide.w"].value)).toBe(false);
  });

  it.each([
    ["SGD", () => new SGD({ lr: 0.1 })],
    ["SGD with momentum and decay", () => new SGD({ lr: 0.1, momentum: 0.9, weightDecay: 0.01 })],
    ["Adam", () => new Adam({ lr: 0.01 })],
  ])("is trained to the same bits by %s", (_, make) => {
    const own = train(make());
    routines.resident = undefined;
    expect(own).toEqual(train(make()));
  });

  it("is read and written where it always was", () => {
    const net = build();
    const { value } = net.parameters["wide.w"];
    const { data } = value;
    const row = value.pick(7);
    trainStep(net, x, [0, 3, 1], {
      optimizer: new SGD({ lr: 0.1 }),
      loss: new SoftmaxCrossEntropy(),
      random: new Random(1),
    });
    expect(net.parameters["wide.w"].value).toBe(value);
    expect(value.data).toBe(data);
    expect(flat(row)).toEqual(data.slice(7 * 1024, 8 * 1024));
    const before = flat(net.forward(x));
    data.fill(0);
    net.parameters["wide.b"].value.data.fill(0);
    expect(flat(net.forward(x))).not.toEqual(before);
    expect(new Set(flat(net.forward(x)))).toEqual(new Set(flat(net.parameters["last.b"].value)));
  });

  it("has copies that are apart from it", () => {
    const { value } = build().parameters["wide.w"];
    const copies = [copy(value).data, value.data.slice(), value.data.map((w) => w), flat(copy(value))];
    const [first] = value.data;
    value.data.fill(9);
    for (const one of copies) expect([one[0], one.buffer.constructor]).toEqual([first, ArrayBuffer]);
  });

  it("takes a value that is set, and the state of an optimiser that is loaded", () => {
    const net = build();
    const parameter = net.parameters["wide.w"];
    const given = new Random(8).normal([1024, 1024]);
    parameter.value = given;
    given.data.fill(0);
    expect(isShared(parameter.value)).toBe(true);
    expect(bits(parameter.value)).toBe(bits(new Random(8).normal([1024, 1024])));
    const state = {
      kind: "SGD",
      lr: 0.1,
      momentum: 0.9,
      steps: { "wide.w": 1 },
      tensors: { "wide.w.velocity": parameter.value },
    };
    const optimizer = new SGD({ lr: 0.1, momentum: 0.9 });
    optimizer.load(net.parameters, state);
    parameter.value.data.fill(1);
    expect(optimizer.state(net.parameters).tensors["wide.w.velocity"].data[5]).toBe(
      new Random(8).normal([6]).data[5],
    );
  });
});

describe("the memory of residents", () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const until = async (isDone: () => boolean): Promise<void> => {
    for (let i = 0; i < 40 && !isDone(); i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
    }
  };

  it("comes back when the network is collected, but not while somebody has a part of an array", async () => {
    await until(() => false); // what earlier tests have left
    const used = engine.memoryInUse;
    const parts: Float32Array[] = [];
    const forget = (): WeakRef<Sequential> => {
      const net = build();
      const data = net.parameters["wide.w"].value.data as Float32Array;
      parts.push(data.subarray(5, 100).subarray(1, 3));
      return new WeakRef(net);
    };
    const net = forget();
    const numbers = parts[0].slice();
    await until(() => net.deref() === undefined);
    expect(net.deref()).toBeUndefined();
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
    }
    expect(engine.memoryInUse).toBeGreaterThan(used);
    engine.poison(7);
    expect(parts[0]).toEqual(numbers);
    parts.length = 0;
    await until(() => engine.memoryInUse <= used);
    expect(engine.memoryInUse).toBeLessThanOrEqual(used);
  });

  /** Residents of a memory of so many bytes at most. */
  const within = (most: number, full = false): Residents => {
    const heap = new Heap(new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true }), 1024, most);
    if (full)
      heap.allocate = () => {
        throw new OutOfMemoryError("full");
      };
    const floats = (at: number, length: number): Float32Array =>
      new Float32Array(heap.memory.buffer as ArrayBuffer, at, length);
    return new Residents({ heap, floats } as Machine);
  };

  it("is a quarter of the engine's at most, and what has no room is an ordinary tensor", () => {
    const large = zeros([2 ** 20]);
    const residents = within(32 * 2 ** 20);
    expect(residents.make(large)).toBeDefined();
    expect(residents.make(large)).toBeUndefined();
    expect(within(2 ** 31, true).make(large)).toBeUndefined();
    routines.resident = () => undefined;
    expect(resident(large)).toBe(large);
    expect(dtypeOf(large)).toBe("float32");
  });

  it("is not touched by passes that end or are dropped", () => {
    const net = build();
    const { value } = net.parameters["wide.w"];
    const before = bits(value);
    const pass = new Pass({ training: true, lend: true });
    net.backward(net.forward(x, pass), pass);
    pass.end();
    engine.poison(3);
    expect(bits(value)).toBe(before);
  });
});
