/** WebGPU in a browser is the browser's own. */

export function gpuPackage(): string {
  return "";
}

export const gpuInThread = "navigator.gpu";
