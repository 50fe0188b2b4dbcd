/** The processes of this machine as a place: who runs which task, and what becomes of a process that is not needed now. */
import { expect, it } from "vitest";
import type { StartedProcess } from "../../../lib/host/contract.js";
import { placeOf } from "../../../lib/host/pool.js";

/** A process that answers each task at once with the program that it has; the task "wait" it answers never. */
class Fake implements StartedProcess {
  readonly heard: string[] = [];
  over = false;
  #program: unknown;
  #answers: unknown[] = [];
  #tell: (() => void) | undefined;

  send(message: unknown): void {
    const { type, program, task } = message as Record<string, unknown>;
    this.heard.push(`${String(type)} ${JSON.stringify(program ?? task)}`);
    if (type === "program") this.#program = program;
    else if (task !== "wait") this.#answers.push(this.#program);
    this.#tell?.();
  }

  async next(): Promise<{ message: unknown } | { ended: string }> {
    while (this.#answers.length === 0 && !this.over)
      await new Promise<void>((resolve) => (this.#tell = resolve));
    return this.over ? { ended: "it was stopped" } : { message: this.#answers.shift() };
  }

  stop(): void {
    this.heard.push("stop");
    this.over = true;
    this.#tell?.();
  }

  leave(): void {
    this.heard.push("leave");
  }
}

async function pool() {
  const processes: Fake[] = [];
  const start = (): Fake => {
    processes.push(new Fake());
    return processes.at(-1)!;
  };
  return { processes, runs: await placeOf(start, 2).open("search") };
}

it("gives an idle process the next program, and starts no other", async () => {
  const { processes, runs } = await pool();
  expect(await runs.run("one", "task")).toMatchObject({ answer: "one" });
  expect(await runs.run("one", "task")).toMatchObject({ answer: "one" });
  expect(await runs.run("two", "task")).toMatchObject({ answer: "two" });
  expect(processes.map(({ heard }) => heard)).toEqual([
    ['program "one"', 'task "task"', 'task "task"', 'program "two"', 'task "task"'],
  ]);
});

it("starts another process in the place of one that has ended", async () => {
  const { processes, runs } = await pool();
  await runs.run("one", "task");
  processes[0]!.over = true;
  expect(await runs.run("one", "task")).toMatchObject({ answer: "one" });
  expect(processes).toHaveLength(2);
});

it("stops the processes that work when it is closed, and leaves the idle ones", async () => {
  const { processes, runs } = await pool();
  const both = [runs.run("one", "wait"), runs.run("one", "task")] as const;
  await both[1];
  await runs.close();
  expect(await both[0]).toMatchObject({ ended: "it was stopped" });
  expect(processes.map(({ heard }) => heard.at(-1))).toEqual(["stop", "leave"]);
});
