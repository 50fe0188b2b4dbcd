/**
 * The WebGPU engine for its tests, on SwiftShader, a graphics card in software that comes with Chromium. VK_ICD_FILENAMES names
 * another driver's file; the package webgpu must be installed, or CHAINRULE_WEBGPU name its file.
 */
import { existsSync } from "node:fs";
import { vi } from "vitest";
import type { Tensor } from "../../lib/array/tensor.js";
import { compute } from "../../lib/engine/compute.js";
import { Device } from "../../lib/engine/gpu/device.js";
import { GpuEngine } from "../../lib/engine/gpu/engine.js";
import { Random, SGD, SoftmaxCrossEntropy, trainStep, type Sequential } from "../../lib/index.js";

/** Where Chromium's libraries are. */
const FOLDERS = ["/usr/lib/chromium", "/usr/lib/chromium-browser"];
/** "Resolve all names now, and stay when closed": the loader then finds the library by its name. */
const RTLD_NOW_AND_STAY = 0x1002;

function open(): GpuEngine | undefined {
  const folder = FOLDERS.find((one) => existsSync(`${one}/vk_swiftshader_icd.json`));
  if (folder && process.env.VK_ICD_FILENAMES === undefined) {
    process.env.VK_ICD_FILENAMES = `${folder}/vk_swiftshader_icd.json`;
    // Chromium brings Vulkan's loader too, where the machine may have none.
    try {
      process.dlopen({ exports: {} }, `${folder}/libvulkan.so.1`, RTLD_NOW_AND_STAY);
    } catch {
      // It is no addon of Node's, and says so; it is loaded all the same, or not there.
    }
  }
  try {
    return new GpuEngine(compute.engines[0]);
  } catch (error) {
    console.warn(`the tests of the WebGPU engine are skipped: ${(error as Error).message}`);
    return undefined;
  }
}

/** The engine; undefined where there is no package or no card. */
export const gpu = open();

/** How often a step of training waits for the device: twice, for the outputs and the gradients' norm, if all layers stay there. */
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
