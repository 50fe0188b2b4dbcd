/** Threads change nothing but the time: same bits with any number, no wait for a thread that died, a process that ends. */
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { flat } from "../../../lib/array/tensor.js";
import { plain } from "../../../lib/engine/wasm/bytes.js";
import { wasm } from "../../../lib/engine/wasm/engine.js";
import { ThreadPool } from "../../../lib/engine/wasm/threads.js";
import { Rest } from "../../../lib/engine/wasm/rest.js";
import { AveragePool2d } from "../../../lib/layers/pooling/average-pool.js";
import { ConvTranspose2d } from "../../../lib/layers/convolution/conv-transpose.js";
import { GELU } from "../../../lib/layers/activation/gelu.js";
import { LocalResponseNorm } from "../../../lib/layers/normalisation/local-response-norm.js";
import { Tanh } from "../../../lib/layers/activation/tanh.js";
import { BatchNorm } from "../../../lib/layers/normalisation/batch-norm.js";
import { Conv2d } from "../../../lib/layers/convolution/conv2d.js";
import { Linear } from "../../../lib/layers/linear.js";
import { MaxPool2d } from "../../../lib/layers/pooling/max-pool2d.js";
import { ReLU } from "../../../lib/layers/activation/relu.js";
import { SoftmaxCrossEntropy } from "../../../lib/losses/softmax-cross-entropy.js";
import { Pass } from "../../../lib/net/pass.js";
import { Sequential } from "../../../lib/net/sequential.js";
import { SGD } from "../../../lib/optim/sgd.js";
import { conv2dBackward, conv2dForward } from "../../../lib/index.js";

const engine = wasm!;
const { threads } = engine;
afterEach(() => {
  engine.threads = threads;
});

/** All parameters after a few steps of training: through Winograd's routines, direct ones and every other. */
function trained(): number[] {
  const net = new Sequential(
    {
      conv1: new Conv2d({ in: 1, out: 8, size: 5, pad: 2 }),
      bn1: new BatchNorm({ size: 8 }),
      relu1: new ReLU(),
      pool1: new MaxPool2d({ size: 2 }),
      conv2: new Conv2d({ in: 8, out: 12, size: 5, pad: 2 }),
      relu2: new ReLU(),
      conv3: new Conv2d({ in: 12, out: 8, size: 3, stride: 2, pad: 1, round: "floor" }),
      norm3: new LocalResponseNorm({ alpha: 0.1 }),
      tanh3: new Tanh(),
      up: new ConvTranspose2d({ in: 8, out: 8, size: 2, stride: 2 }),
      gelu: new GELU(),
      average: new AveragePool2d({ size: 2 }),
      fc: new Linear({ in: 8 * 7 * 7, out: 10 }),
    },
    { input: [1, 28, 28], seed: 1 },
  );
  const [loss, optimizer] = [new SoftmaxCrossEntropy(), new SGD({ lr: 0.05, momentum: 0.9 })];
  const x = new Random(2).normal([20, 1, 28, 28]);
  const labels = Array.from({ length: 20 }, (_, i) => i % 10);
  for (let step = 0; step < 3; step++) {
    const pass = new Pass({ training: true, engine });
    loss.forward(net.forward(x, pass), labels, pass);
    net.backward(loss.backward(pass), pass, false);
    optimizer.step(pass.gradients, engine);
  }
  return Object.values(net.parameters).flatMap((parameter) => [...flat(parameter.value)]);
}

describe("threads of the WASM engine", () => {
  it("give the same bits in any number", () => {
    engine.threads = 1;
    const alone = trained();
    for (const count of [2, 3, 7]) {
      engine.threads = count;
      expect(trained()).toEqual(alone);
    }
  });

  it("give the same bits for one image, which they share by its rows", () => {
    const random = new Random(3);
    const [x, w] = [random.normal([1, 8, 30, 30]), random.normal([16, 8, 3, 3])];
    const results = [1, 2, 5].map((count) => {
      engine.threads = count;
      // Twice: the first time a job is tried alone.
      const forwards = [0, 1].map(() => engine.of(conv2dForward)(x, w, undefined, { pad: 1 }));
      const { dx, dw } = engine.of(conv2dBackward)(forwards[0].y, forwards[1].cache);
      return [forwards[1].y, dx, dw].map((tensor) => [...flat(tensor)]);
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  it("do all items, whoever claims them", () => {
    const { pool, exports, memory } = routines(3);
    const [n, at] = [200_000, 4096];
    new Float32Array(memory.buffer, at, n).fill(1);
    for (let round = 1; round <= 20; round++) {
      // relu's y may be its x
      expect(pool.run(exports, "relu", n, 200, 16, 0, 0, [at, at])).toBe(true);
    }
    expect(new Float32Array(memory.buffer, at, n).every((value) => value === 1)).toBe(true);
    expect(pool.run(exports, "clear", n, 200, 16, 0, 0, [at])).toBe(true);
    expect(new Float32Array(memory.buffer, at, n).every((value) => value === 0)).toBe(true);
    pool.stop();
  });

  it("are not waited for when they die", async () => {
    const { pool, exports, memory } = routines(2);
    const [n, at] = [100_000, 4096];
    await Promise.all(pool.threads.map((thread) => thread.stop()));
    new Float32Array(memory.buffer, at, n).fill(1);
    pool.run(exports, "clear", n, 1000, 1, 0, 0, [at]);
    expect(new Float32Array(memory.buffer, at, n).every((value) => value === 0)).toBe(true);
  });

  it("hand a trap to the caller, who does not wait for ever", () => {
    const { pool, exports } = routines(2);
    const beyond = 2 ** 31;
    expect(() => pool.run(exports, "clear", 64, 64, 1, 0, 0, [beyond])).toThrow(WebAssembly.RuntimeError);
    pool.stop();
  });

  it("rest while they only hold up the caller, for longer and longer", () => {
    const rest = new Rest();
    rest.judge(1000, 1, 0.9); // a wait as usual
    expect(rest.lasts(1000)).toBe(false);
    rest.judge(1000, 1, 4);
    expect([1000, 1009, 1011].map((now) => rest.lasts(now))).toEqual([true, true, false]);
    rest.judge(1011, 1, 4);
    expect([1030, 1032].map((now) => rest.lasts(now))).toEqual([true, false]);
    rest.judge(2000, 1, 0); // a long time without trouble
    rest.judge(2001, 1, 4);
    expect([2010, 2012].map((now) => rest.lasts(now))).toEqual([true, false]);
  });

  it("let the process end", () => {
    const script = `
      const { wasm } = await import(${JSON.stringify(new URL("../../../dist/lib/engine/wasm/engine.js", import.meta.url).href)});
      const { conv2dForward } = await import(${JSON.stringify(new URL("../../../dist/lib/layers/convolution/conv2d.js", import.meta.url).href)});
      const { Random } = await import(${JSON.stringify(new URL("../../../dist/lib/array/random.js", import.meta.url).href)});
      wasm.threads = 3;
      const random = new Random(1);
      wasm.of(conv2dForward)(random.normal([16, 8, 16, 16]), random.normal([8, 8, 3, 3]), undefined, { pad: 1 });
      console.log("done");`;
    const options = { encoding: "utf8", timeout: 300_000 } as const;
    const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], options);
    expect(output.trim()).toBe("done");
  });
});

function routines(threads: number): {
  pool: ThreadPool;
  exports: Record<string, (...args: number[]) => number>;
  memory: WebAssembly.Memory;
} {
  const module = new WebAssembly.Module(Buffer.from(plain, "base64"));
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
  const abort = (): void => undefined;
  const exports = new WebAssembly.Instance(module, { env: { memory, abort } }).exports as Record<
    string,
    never
  >;
  return { pool: new ThreadPool(module, memory, exports, threads), exports, memory };
}

it("leaves V8's flags as they were: code caches made before are still good", () => {
  const script = `
    import vm from "node:vm";
    const source = "(" + Function.prototype.toString.call((x) => 2 * x) + ")(3)";
    const cachedData = new vm.Script(source).createCachedData();
    const { wasm } = await import(${JSON.stringify(new URL("../../../dist/lib/engine/wasm/engine.js", import.meta.url).href)});
    const { zeros } = await import(${JSON.stringify(new URL("../../../dist/lib/array/tensor.js", import.meta.url).href)});
    const { conv2dForward } = await import(${JSON.stringify(new URL("../../../dist/lib/layers/convolution/conv2d.js", import.meta.url).href)});
    wasm.of(conv2dForward)(zeros([1, 1, 6, 6]), zeros([2, 1, 3, 3]), undefined, {});
    console.log(new vm.Script(source, { cachedData }).cachedDataRejected);`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
  });
  expect(output.trim()).toBe("false");
});
