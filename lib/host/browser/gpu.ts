/** WebGPU in a browser is the browser's own, in workers too. Who reads numbers sleeps, which needs shared memory and a worker. */
import { canShare, canSleep } from "./threads.js";
import { web } from "./web.js";

export function findGpu(): undefined {
  if (!canShare())
    throw new Error(
      web.crossOriginIsolated === true
        ? "this browser has no shared memory (SharedArrayBuffer)"
        : "the page is not isolated from other origins (crossOriginIsolated), so it shares no memory with its workers; " +
            "serve it by https with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
    );
  if (!canSleep())
    throw new Error(
      "a page's main thread may not wait for the card; run the library in a worker of the page",
    );
  if (web.navigator.gpu === undefined)
    throw new Error(
      "this browser has no WebGPU (navigator.gpu) or hides it; Chromium shows it with --enable-unsafe-webgpu, " +
        "Firefox with dom.webgpu.enabled in about:config",
    );
}

export const gpuInThread = "navigator.gpu";

export const noCard =
  "chrome://gpu in Chromium and about:support in Firefox say why; on Linux Chromium must be started with --enable-unsafe-webgpu";
