/** In a browser the engine does not run: who waits for the device may not sleep there before its thread has started. */

export function gpuPackage(): string {
  throw new Error("it runs in Node, and not in a page");
}

export const gpuInThread = "undefined";
