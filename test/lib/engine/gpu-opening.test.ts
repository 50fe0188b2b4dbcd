/** How Node opens the WebGPU engine: at once or awaited; and what it says where there is none. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { compute } from "../../../lib/engine/compute.js";
import { Device } from "../../../lib/engine/gpu/device.js";
import type { GpuEngine } from "../../../lib/engine/gpu/engine.js";
import { BatchNorm, Conv2d, MaxPool2d, Pass, Random, ReLU, Sequential } from "../../../lib/index.js";
import { gpu } from "../../support/gpu.js";

const before = compute.engine;

afterEach(() => {
  if (compute.engine !== before) (compute.engine as GpuEngine).close();
  compute.use(before.name);
});

describe.skipIf(gpu === undefined)("compute", () => {
  it("chooses the engine by name, and the report says how each layer is computed", () => {
    expect(compute.use("gpu").name).toBe("gpu");
    expect(compute.use("gpu")).toBe(compute.engine);
    expect(String(compute)).toMatch(/^compute: engine gpu on .+, \d+ threads$/);
    const net = new Sequential({
      conv: new Conv2d({ in: 1, out: 2, size: 3 }),
      relu: new ReLU(),
      again: new ReLU(),
      wide: new Conv2d({ in: 2, out: 2, size: 3, dtype: "float64" }),
      last: new ReLU(),
    });
    const rows = compute.report(net, [1, 6, 8]).map(({ route, why }) => `${route}: ${why}`);
    const [conv, relu, again, wide, last] = rows;
    expect(conv).toMatch(/^gpu: in WGSL on .+; ReLU is computed with it$/);
    expect(relu).toMatch(/^fused: conv computes it /);
    expect(again).toMatch(/^gpu: in WGSL on [^;]+$/);
    expect(wide).not.toMatch(/^gpu/);
    expect(last).toMatch(/^gpu: in WGSL on /);
  });

  it("computes a ReLU with the convolution or the normalisation before it, as the report says", () => {
    const net = new Sequential({
      conv: new Conv2d({ in: 1, out: 2, size: 3 }),
      first: new ReLU(),
      norm: new BatchNorm({ size: 2 }),
      second: new ReLU(),
      pool: new MaxPool2d({ size: 2 }),
      third: new ReLU(),
    });
    const engine = compute.use("gpu");
    const fused = compute.report(net, [1, 6, 8]).filter(({ route }) => route === "fused");
    expect(fused.map(({ name }) => name)).toEqual(["first", "second"]);
    const ran = vi.spyOn(Device.prototype, "run");
    net.forward(new Random(1).normal([2, 1, 6, 8]), new Pass({ engine }));
    expect(ran.mock.calls.map(([{ name }]) => name).filter((name) => name === "relu")).toEqual(["relu"]);
    ran.mockRestore();
  });

  it("opens it without sleep, once, and again when the device was lost", async () => {
    let hasRun = false;
    setTimeout(() => (hasRun = true));
    const engine = await compute.open("gpu");
    expect(hasRun).toBe(true);
    expect(engine).toBe(compute.engine);
    expect(engine.name).toBe("gpu");
    expect(compute.use("gpu")).toBe(engine);
    expect(await compute.open("gpu")).toBe(engine);
    (engine as GpuEngine).close();
    const another = await compute.open("gpu");
    expect(another).not.toBe(engine);
    expect((another as GpuEngine).isUsable).toBe(true);
  });

  it("opens the other engines too, by their names", async () => {
    expect(await compute.open("reference")).toBe(compute.use("reference"));
    await expect(compute.open("cuda")).rejects.toThrow(/^compute: there is no engine "cuda"; use one of /);
    compute.use(before.name);
  });
});

describe("without a card", () => {
  afterEach(() => void vi.unstubAllEnvs());

  it("says in words what is missing, and changes nothing", async () => {
    vi.stubEnv("CHAINRULE_WEBGPU", "/nowhere/index.js");
    const words = /^compute: engine "gpu" cannot be used: WebGPU gives no device \(.*nowhere.*\)\.$/;
    expect(() => compute.use("gpu")).toThrow(words);
    await expect(compute.open("gpu")).rejects.toThrow(words);
    expect(compute.engine).toBe(before);
  });
});
