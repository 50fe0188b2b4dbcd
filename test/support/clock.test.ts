/** The clocks count what a program does itself and leave out what a busy machine adds. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { computing, pause, slowness, stopwatch } from "./clock.js";

const busy: { kill(): boolean }[] = [];
afterEach(() => busy.splice(0).forEach((one) => one.kill()));

/** Computes for so long. */
function compute(milliseconds: number): void {
  const start = computing();
  while (computing() - start < milliseconds);
}

describe("a stopwatch", () => {
  it("counts waiting that is the program's own", async () => {
    const passed = stopwatch();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The threads of this process may have waited for a core meanwhile, on a busy machine.
    expect(passed()).toBeGreaterThan(100);
    expect(stopwatch(undefined, 2 ** 30)()).toBeLessThan(100);
  });

  it.runIf(existsSync("/proc/self/schedstat"))("leaves out what others take", async () => {
    for (let i = 0; i < 2 * availableParallelism(); i++)
      busy.push(spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [passed, start] = [stopwatch(), performance.now()];
    compute(100);
    // It took a multiple of that by the clock on the wall.
    expect(performance.now() - start).toBeGreaterThan(150);
    expect(passed()).toBeLessThan(0.8 * (performance.now() - start));
    expect(slowness()).toBeGreaterThan(1.5);
  });
});

it("computing is what this thread does, not what it waits", async () => {
  const before = computing();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(computing() - before).toBeLessThan(150);
  compute(20);
  expect(computing() - before).toBeGreaterThanOrEqual(20);
});

it("a pause lasts at least as long as it says", async () => {
  const start = performance.now();
  await pause(120);
  expect(performance.now() - start).toBeGreaterThanOrEqual(115);
});
