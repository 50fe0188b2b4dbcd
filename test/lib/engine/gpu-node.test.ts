/**
 * What the WebGPU engine's tests need Node for. A card that has no room for something says so, and no step is half made; a run that
 * continues from a file ends bit for bit as if it had not been interrupted.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { copy, type Tensor } from "../../../lib/array/tensor.js";
import { Dataset } from "../../../lib/data/dataset.js";
import { compute } from "../../../lib/engine/compute.js";
import type { Engine } from "../../../lib/engine/engine.js";
import { Device } from "../../../lib/engine/gpu/device.js";
import { GpuEngine } from "../../../lib/engine/gpu/engine.js";
import { Link } from "../../../lib/engine/gpu/link.js";
import {
  fit,
  Linear,
  Sequential,
  SGD,
  SoftmaxCrossEntropy,
  trainStep,
  type FitOptions,
  type Optimizer,
  type Run,
} from "../../../lib/index.js";
import { deviation } from "../../support/engines.js";
import { gpu } from "../../support/gpu.js";

const wasm = compute.engines[0];

function use(engine: Engine): void {
  vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
  vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
}

const copies = (net: Sequential): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(net.parameters).map(([name, { value }]) => [name, copy(value)]));

afterEach(() => void vi.restoreAllMocks());

describe.skipIf(gpu === undefined)("a run on the gpu engine", () => {
  it("continues from a checkpoint, bit for bit", async () => {
    use(gpu!);
    const folder = mkdtempSync(path.join(tmpdir(), "late-"));
    const data = new Dataset(
      new Random(1).normal([24, 6]),
      Array.from({ length: 24 }, (_, i) => i % 3),
      ["a", "b", "c"],
    );
    const train = async (
      more: Partial<FitOptions>,
    ): Promise<{ run: Run; weights: Record<string, Tensor> }> => {
      const net = new Sequential({ fc: new Linear({ in: 6, out: 3 }) }, { seed: 1 });
      const optimizer = new SGD({ lr: 0.1, momentum: 0.9 });
      const run = await fit(net, data, { optimizer, epochs: 2, batchSize: 4, live: false, ...more });
      return { run, weights: copies(net) };
    };
    try {
      const whole = await train({});
      const checkpoint = { file: path.join(folder, "run"), every: 2 };
      await train({ checkpoint, onStep: ({ steps }) => steps.length < 5 });
      const rest = await train({ checkpoint });
      for (const [name, value] of Object.entries(whole.weights))
        expect(rest.weights[name].data).toEqual(value.data);
      expect(rest.run.steps).toEqual(whole.run.steps);
      expect(rest.run.epochRecords).toEqual(whole.run.epochRecords);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(gpu === undefined)("a card without room", () => {
  /** An engine on a card with so many bytes, which may change. */
  async function onCard(run: (engine: GpuEngine, setBytes: (bytes: number) => void) => void): Promise<void> {
    const folder = mkdtempSync(path.join(tmpdir(), "card-"));
    const file = path.join(folder, "bytes");
    const setBytes = (bytes: number): void => writeFileSync(file, String(bytes));
    setBytes(1e9);
    vi.stubEnv("TEST_CARD", file);
    if (process.env.CHAINRULE_WEBGPU) vi.stubEnv("TEST_CARD_WEBGPU", process.env.CHAINRULE_WEBGPU);
    vi.stubEnv("CHAINRULE_WEBGPU", fileURLToPath(new URL("../../support/small-card.mjs", import.meta.url)));
    try {
      const engine = new GpuEngine(wasm);
      use(engine);
      run(engine, setBytes);
      engine.close();
    } finally {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    }
  }

  /** Weights of 256 kB, which a step needs several times over: themselves, their gradients, their velocities. */
  const wide = (): Sequential =>
    new Sequential(
      { fc: new Linear({ in: 256, out: 256 }), out: new Linear({ in: 256, out: 2 }) },
      { seed: 1 },
    );
  const x = new Random(4).normal([4, 256]);
  const step = (net: Sequential, optimizer: Optimizer): { loss: number } =>
    trainStep(net, x, [0, 1, 1, 0], { optimizer, loss: new SoftmaxCrossEntropy(), random: new Random(3) });
  const words =
    /^the graphics card has no room for [\d.]+ MB \(it says "no room for \d+ bytes"; [\d.]+ MB are in use\); use smaller batches/;

  it("makes a step whole or not at all, whatever the card has room for", async () => {
    const right = wide();
    use(wasm);
    step(right, new SGD({ lr: 0.1, momentum: 0.9 }));
    const outcomes: string[] = [];
    await onCard((engine, setBytes) => {
      for (let bytes = 2 ** 16; outcomes.at(-1) !== "made"; bytes += 2 ** 16) {
        const net = wide();
        const before = copies(net);
        setBytes(bytes);
        let made: { loss: number } | undefined;
        try {
          made = step(net, new SGD({ lr: 0.1, momentum: 0.9 }));
        } catch (error) {
          expect((error as Error).message).toMatch(words);
          setBytes(1e9);
          for (const [name, { value }] of Object.entries(net.parameters))
            expect(deviation(value, before[name]), name).toBe(0);
          outcomes.push("refused");
        }
        if (made) {
          outcomes.push("made");
          // That the card may have no room for what is read is another matter: the step is made.
          expect(wordsOf(() => made.loss)).toMatch(new RegExp(`^no error$|${words.source}`));
          setBytes(1e9);
          for (const [name, one] of Object.entries(net.parameters))
            expect(deviation(copy(one.value), right.parameters[name].value), name).toBeLessThan(1e-5);
        }
        setBytes(1e9);
      }
      expect(engine.isUsable).toBe(true);
    });
    // Weights, gradients and velocities are 3·256 kB, in steps of 64 kB.
    expect(outcomes.length).toBeGreaterThan(12);
  });

  it("says so also when the numbers are read, and goes on when there is room", async () => {
    await onCard((engine, setBytes) => {
      const net = wide();
      const optimizer = new SGD({ lr: 0.1 });
      expect(step(net, optimizer).loss).toBeGreaterThan(0);
      const { value } = net.parameters["out.b"];
      setBytes(0);
      expect(() => value.data).toThrow(words);
      setBytes(1e9);
      expect(value.data.length).toBe(2);
      expect(step(net, optimizer).loss).toBeGreaterThan(0);
      expect(engine.isUsable).toBe(true);
    });
  });
});

function wordsOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "no error";
}

describe.skipIf(gpu === undefined)("the end of a program", () => {
  // The package webgpu ends the process with a fault if a thread ends amid its work.
  it("waits for a reading that nobody has waited for", () => {
    const before = process.listeners("exit");
    const device = new Device();
    const late = device.ask([device.take(4)], [1]);
    const own = process.listeners("exit").filter((listener) => !before.includes(listener));
    expect(own.length).toBe(1);
    own[0](0);
    const wait = vi.spyOn(Link.prototype, "wait");
    late();
    expect(wait).not.toHaveBeenCalled();
    device.destroy();
    expect(process.listeners("exit")).toEqual(before);
  });

  it("waits for nothing of a device that is lost", () => {
    const before = process.listeners("exit");
    const device = new Device();
    const own = process.listeners("exit").filter((listener) => !before.includes(listener));
    device.destroy();
    own[0](0);
    expect(device.isLost).toBe(true);
  });
});
