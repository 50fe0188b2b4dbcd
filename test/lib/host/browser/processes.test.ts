/** Other programs in a browser are workers, and those that have nothing to do wait for who next starts their program. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startProcess } from "../../../../lib/host/browser/processes.js";

const made: Fake[] = [];

class Fake {
  readonly heard: unknown[] = [];
  constructor() {
    made.push(this);
  }
  addEventListener(): void {}
  postMessage(message: unknown): void {
    this.heard.push(message);
  }
  terminate(): void {
    this.heard.push("terminated");
  }
}

beforeEach(() => {
  made.length = 0;
  vi.stubGlobal("Worker", Fake);
});
afterEach(() => void vi.unstubAllGlobals());

it("starts a worker once for programs that run one after the other with the same settings", () => {
  const settings = { CHAINRULE_THREADS: "1", test: "one after the other" };
  const first = startProcess("search", settings);
  first.leave();
  expect(startProcess("search", settings)).toBe(first);
  expect(made.map(({ heard }) => heard)).toEqual([[settings]]);
  startProcess("search", { ...settings, CHAINRULE_THREADS: "2" });
  expect(made).toHaveLength(2);
});

it("starts another one while the first works, or when it was stopped", () => {
  const settings = { test: "two" };
  const first = startProcess("search", settings);
  const second = startProcess("search", settings);
  expect(second).not.toBe(first);
  first.stop();
  first.leave();
  expect(startProcess("search", settings)).not.toBe(first);
  expect(made.map(({ heard }) => heard)).toEqual([[settings, "terminated"], [settings], [settings]]);
});
