/** The browser that everything runs in. It does not say how long it computes. */
import { web } from "./kernel-web.js";

export const VERSION: string = web.navigator?.userAgent ?? "";

export function processorTime(): undefined {
  return undefined;
}
