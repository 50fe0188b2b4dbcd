/** What is done for a run, and what an interrupt makes of it at each moment. */
import { afterAll, describe, expect, it } from "vitest";
import { CurrentRun } from "../../../kernel/cells/current-run.js";
import { Ground } from "../../../kernel/cells/ground.js";
import { InterruptState } from "../../../kernel/cells/interrupt-state.js";
import { Interruptible } from "../../../kernel/cells/interruptible.js";
import { KeyboardInterrupt } from "../../../kernel/cells/keyboard-interrupt.js";
import { Run } from "../../../kernel/cells/run.js";
import { Timers } from "../../../kernel/cells/timers.js";

const current = new CurrentRun();
const interruptible = new Interruptible({
  current,
  state: new InterruptState(),
  timers: new Timers(current),
  ground: new Ground(),
});
afterAll(() => interruptible.close());

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe("an interrupt", () => {
  it("before its turn calls off what was to be done: code that came late would hold the thread for ever", async () => {
    const run = new Run("1");
    let isCalled = false;
    const done = interruptible.do(run, () => {
      isCalled = true;
    });
    interruptible.interrupt(run);
    await expect(done).rejects.toThrow(KeyboardInterrupt);
    await turn();
    expect(isCalled).toBe(false);

    // Another run's turn comes all the same, and so does what follows an interrupt for the same run.
    const other = new Run("2");
    const first = interruptible.do(run, () => "the report");
    const second = interruptible.do(other, () => "the next cell");
    expect(await Promise.all([first, second])).toEqual(["the report", "the next cell"]);

    // In the middle of an await, and not of another run.
    const third = interruptible.do(run, () => new Promise(() => {}));
    const fourth = interruptible.do(other, () => turn().then(() => "ended"));
    await turn();
    interruptible.interrupt(run);
    await expect(third).rejects.toThrow(KeyboardInterrupt);
    expect(await fourth).toBe("ended");
  });
});
