/** WebGPU in Node is the package webgpu, searched beside this one and in the working folder, or the file that CHAINRULE_WEBGPU names. */
import { createRequire } from "node:module";
import path from "node:path";

export function findGpu(): string {
  const file = process.env.CHAINRULE_WEBGPU;
  if (file) return path.resolve(file);
  for (const from of [import.meta.url, `${process.cwd()}/`]) {
    try {
      return createRequire(from).resolve("webgpu");
    } catch {
      continue; // not there; try the next folder
    }
  }
  throw new Error("no package webgpu is installed; npm install webgpu");
}

// What create returns must not be collected while its device is in use.
export const gpuInThread = `import(require("node:url").pathToFileURL(data.file).href).then(({ create, globals }) => {
  Object.assign(globalThis, globals);
  return (globalThis.chainruleGpu = create([]));
})`;

export const noCard = "it needs a driver for Vulkan, Metal or Direct3D 12";
