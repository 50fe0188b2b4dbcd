/** The WebGPU engine for its tests. In Node the package webgpu must be installed, or CHAINRULE_WEBGPU name its file. */
import { vi } from "vitest";
import type { Tensor } from "../../lib/array/tensor.js";
import { compute } from "../../lib/engine/compute.js";
import { Device } from "../../lib/engine/gpu/device.js";
import { GpuEngine } from "../../lib/engine/gpu/engine.js";
import { Random, SGD, SoftmaxCrossEntropy, trainStep, type Sequential } from "../../lib/index.js";

/** The engine; undefined where there is no package or no card. */
export const gpu: GpuEngine | undefined = await GpuEngine.open(compute.engines[0]).catch((error: unknown) => {
  console.warn(`the tests of the WebGPU engine are skipped: ${(error as Error).message}`);
  return undefined;
});

/** How often a step of training waits for the device: never, if all layers stay there. */
export function readingsOfStep(engine: GpuEngine, net: Sequential, x: Tensor): number {
  vi.spyOn(compute, "engine", "get").mockReturnValue(engine);
  vi.spyOn(performance, "now").mockReturnValue(0); // no second passes, after which all weights are copied
  const options = {
    optimizer: new SGD({ lr: 0.01 }),
    loss: new SoftmaxCrossEntropy(),
    random: new Random(3),
  };
  const labels = Array.from({ length: x.shape[0] }, (_, i) => i % 2);
  trainStep(net, x, labels, options);
  const read = vi.spyOn(Device.prototype, "read");
  trainStep(net, x, labels, options);
  const { length } = read.mock.calls;
  vi.restoreAllMocks();
  return length;
}
