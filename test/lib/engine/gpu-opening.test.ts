/** How the WebGPU engine is opened: at once or awaited, or at import; and what it says where there is none. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { compute } from "../../../lib/engine/compute.js";
import { Device } from "../../../lib/engine/gpu/device.js";
import { GpuEngine } from "../../../lib/engine/gpu/engine.js";
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

  it("opens one device for all who ask at the same time, and again when that failed", async () => {
    const opened = vi.spyOn(GpuEngine, "open");
    vi.stubEnv("CHAINRULE_WEBGPU", "/nowhere/index.js");
    const failed = await Promise.allSettled([compute.open("gpu"), compute.open("gpu")]);
    vi.unstubAllEnvs();
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(opened).toHaveBeenCalledTimes(1);
    const [one, other] = await Promise.all([compute.open("gpu"), compute.open("gpu")]);
    expect(opened).toHaveBeenCalledTimes(2);
    expect(other).toBe(one);
    opened.mockRestore();
  });

  it("keeps the device that `use` opens while another one is being opened", async () => {
    const opened = compute.open("gpu");
    const engine = compute.use("gpu");
    expect(await opened).toBe(engine);
    expect(compute.engine).toBe(engine);
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

describe("a thread that fails before the device is open", () => {
  afterEach(() => {
    vi.doUnmock("#host/gpu");
    vi.doUnmock("../../../lib/engine/gpu/program.js");
  });

  const engineOf = async (): Promise<typeof GpuEngine> => {
    vi.resetModules();
    return (await import("../../../lib/engine/gpu/engine.js")).GpuEngine;
  };

  it("says the error's own words, to who waits asleep too", async () => {
    vi.doMock("#host/gpu", () => ({ findGpu: () => undefined, gpuInThread: "nowhere.gpu", noCard: "" }));
    const words = "its thread failed: ReferenceError: nowhere is not defined";
    const unfinished = await engineOf();
    await expect(unfinished.open(before)).rejects.toThrow(words);
    expect(() => new unfinished(before)).toThrow(words);
  });

  it("says the words of an error in its program", async () => {
    vi.doMock("#host/gpu", () => ({ findGpu: () => undefined, gpuInThread: "undefined", noCard: "" }));
    vi.doMock("../../../lib/engine/gpu/program.js", async (original) => ({
      ...(await original<object>()),
      serve: "async () => helperOfABundler()",
    }));
    const words = "its thread failed: ReferenceError: helperOfABundler is not defined";
    const spoiled = await engineOf();
    await expect(spoiled.open(before)).rejects.toThrow(words);
    expect(() => new spoiled(before)).toThrow(words);
  });

  it("says the words of an error for which its program does not start", async () => {
    vi.doMock("#host/gpu", () => ({ findGpu: () => undefined, gpuInThread: "(", noCard: "" }));
    await expect((await engineOf()).open(before)).rejects.toThrow(
      /^its thread does not start; SyntaxError: ./,
    );
  });
});

describe("an import of the library", () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    for (const one of ["#host/gpu", "#host/threads"]) vi.doUnmock(one);
  });

  /** The library's `compute` and what it looked for, when CHAINRULE_COMPUTE is this. */
  const imported = async (
    asked: string | undefined,
  ): Promise<{ compute: typeof compute; looked: ReturnType<typeof vi.fn> }> => {
    vi.stubEnv("CHAINRULE_COMPUTE", asked);
    const looked = vi.fn(() => {
      throw new Error("no package webgpu is installed; npm install webgpu");
    });
    vi.doMock("#host/gpu", async (original) => ({ ...(await original<object>()), findGpu: looked }));
    vi.resetModules();
    return { compute: (await import("../../../lib/index.js")).compute, looked };
  };

  it("does not look for a graphics card", async () => {
    for (const asked of [undefined, "typescript"]) {
      const library = await imported(asked);
      expect(library.compute.engine.name).toBe(asked ?? before.name);
      expect(library.looked).not.toHaveBeenCalled();
    }
  });

  it("with an engine in CHAINRULE_COMPUTE that is not there fails, and says what to do", async () => {
    const wayOut = `CHAINRULE_COMPUTE asks for it; unset it, and engine ${before.name} computes.`;
    await expect(imported("gpu")).rejects.toThrow(
      `compute: engine "gpu" cannot be used: no package webgpu is installed; npm install webgpu. ${wayOut}`,
    );
    await expect(imported("cuda")).rejects.toThrow(
      new RegExp(`^compute: there is no engine "cuda"; use one of ".+", "gpu"\\. ${wayOut}$`),
    );
  });

  it("in a page with CHAINRULE_COMPUTE=gpu keeps the first engine, looks for no card, and says what to await", async () => {
    vi.doMock("#host/threads", async (original) => ({ ...(await original<object>()), beginsAsleep: false }));
    const said = vi.spyOn(console, "warn").mockReturnValue();
    const library = await imported("gpu");
    expect(library.compute.engine.name).toBe(before.name);
    expect(library.looked).not.toHaveBeenCalled();
    expect(said.mock.calls).toEqual([
      [
        `compute: CHAINRULE_COMPUTE is "gpu", and a page cannot wait until it is open; ` +
          `engine ${before.name} computes; for the graphics card await compute.open("gpu").`,
      ],
    ]);
  });
});
