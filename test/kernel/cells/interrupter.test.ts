/** The interrupter asks first, has patience with the kernel's own work, and gives up what it may not terminate. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import { InterruptState } from "../../../kernel/cells/interrupt-state.js";
import { Interrupter } from "../../../kernel/cells/interrupter.js";

const terminated: number[] = [];
vi.mock("#host/termination", () => ({
  openTerminator: () => ({
    terminate: () => {
      terminated.push(Date.now());
      return Promise.resolve();
    },
    close: () => {},
  }),
}));

/** A main thread that answers, or not, as it is told. */
let answers: (() => void)[];
const ask = (): Promise<void> => new Promise((resolve) => void answers.push(resolve));
const answer = (): void => answers.splice(0).forEach((one) => one());

let state: InterruptState;
beforeEach(() => {
  vi.useFakeTimers();
  terminated.length = 0;
  answers = [];
  state = new InterruptState();
});

describe("an interrupter", () => {
  it("terminates nothing when the main thread answers in time", async () => {
    state.running(true);
    const done = new Interrupter(ask, state.words).interrupt();
    await vi.advanceTimersByTimeAsync(100);
    answer();
    expect(await done).toBe(true);
    expect(terminated).toHaveLength(0);
  });

  it("terminates a cell that computes, until the main thread answers", async () => {
    state.running(true);
    const done = new Interrupter(ask, state.words).interrupt();
    await vi.advanceTimersByTimeAsync(160);
    expect(terminated).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(400);
    expect(terminated.length).toBeGreaterThan(1);
    answer();
    expect(await done).toBe(true);
  });

  it("has patience while no cell's code runs, for it would terminate the kernel's own", async () => {
    const done = new Interrupter(ask, state.words).interrupt();
    await vi.advanceTimersByTimeAsync(3000);
    expect(terminated).toHaveLength(0);
    answer();
    expect(await done).toBe(true);
  });

  it("loses patience when the cell's code begins meanwhile, or when nothing comes of it", async () => {
    const interrupter = new Interrupter(ask, state.words);
    void interrupter.interrupt();
    await vi.advanceTimersByTimeAsync(1000);
    state.running(true);
    await vi.advanceTimersByTimeAsync(160);
    expect(terminated).toHaveLength(1);
    state.running(false);
    await vi.advanceTimersByTimeAsync(6000);
    expect(terminated).toHaveLength(2);
  });

  it("gives up after many attempts, and says so", async () => {
    state.running(true);
    const done = new Interrupter(ask, state.words).interrupt();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await done).toBe(false);
    expect(terminated.length).toBeGreaterThan(20);
  });
});
