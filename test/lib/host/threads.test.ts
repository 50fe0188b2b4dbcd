/** Memory is shared between a browser's threads where the page is isolated, and the browser has the means. */
import { afterEach, expect, it, vi } from "vitest";
import { canShare } from "../../../lib/host/browser/threads.js";

afterEach(() => vi.unstubAllGlobals());

it("shares in an isolated page alone", () => {
  expect(canShare()).toBe(false);
  vi.stubGlobal("crossOriginIsolated", true);
  expect(canShare()).toBe(true);
});

it("does not share where an isolated page has no shared memory, as in WebKitGTK", () => {
  vi.stubGlobal("crossOriginIsolated", true);
  vi.stubGlobal("SharedArrayBuffer", undefined);
  expect(canShare()).toBe(false);
});
