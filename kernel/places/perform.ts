/** What a worker does with a task of each kind: a search's trial, a submission, a notebook. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { here } from "#host/places";
import type { Perform, Ran, Runs, Work } from "../../lib/host/place-contract.js";
import { grade, LIMITS } from "../grade/grade.js";
import { makeStage, removeStage } from "../grade/stage.js";
import type { Stage } from "../grade/stage.js";
import type { GradeProgram, GradeTask } from "../grade/round.js";

/** A notebook to be run. */
export interface RunTask {
  /** Its file name. */
  readonly name: string;
  /** The text of the .ipynb file. */
  readonly text: string;
  /** Seconds for each cell. */
  readonly timeout?: number | undefined;
  readonly allowErrors?: boolean | undefined;
}

/** A notebook that was run. */
export interface RunAnswer {
  /** 0, or 1 when a cell failed. */
  readonly code: number | null;
  /** What the command said. */
  readonly said: string;
  /** The executed notebook; undefined when there is none. */
  readonly text?: string | undefined;
}

/** Answers `Perform`, and ends all that it holds. */
export interface Performer {
  readonly perform: Perform;
  end(): Promise<void>;
}

/** Stages that are kept, each for one assignment. */
const STAGES = 4;

/** @param slots  how many tasks are done at a time */
export function performer(slots: number): Performer {
  const stages = new Map<string, Promise<Stage>>();
  let trials: Promise<Runs> | undefined;

  const works: Readonly<Record<Work, Perform>> = {
    async search({ program, task }, signal, reported) {
      const runs = await (trials ??= here(slots).open("search"));
      const close = (): void => void runs.close();
      signal.addEventListener("abort", close, { once: true });
      try {
        return await runs.run(program, task, { reported });
      } finally {
        signal.removeEventListener("abort", close);
      }
    },
    async grade({ id, program, task }) {
      const { source, seed, timeout } = program as GradeProgram;
      const { name, submission } = task as GradeTask;
      let stage = stages.get(id);
      stages.delete(id);
      stages.set(id, (stage ??= makeStage(source)));
      for (const [old, one] of stages) {
        if (stages.size <= STAGES + slots) break;
        stages.delete(old);
        removeStage(await one);
      }
      const limits = { ...LIMITS, call: timeout };
      return answered(await grade(name, source, submission, { stage: await stage, seed, limits }));
    },
    run: async ({ task }, signal) => answered(await runNotebookFile(task as RunTask, signal)),
  };

  return {
    async perform(job, signal, reported) {
      const work = works[job.work];
      if (work === undefined) return { ended: `there is no work called ${job.work}`, seconds: 0 };
      return work(job, signal, reported);
    },
    async end() {
      await (await trials)?.close();
      for (const one of stages.values()) removeStage(await one);
    },
  };
}

const answered = (answer: unknown): Ran => ({ answer, seconds: 0 });

/** Runs a notebook in a folder of its own, by this program's own command, in a process that may end as it likes. */
async function runNotebookFile(task: RunTask, signal: AbortSignal): Promise<RunAnswer> {
  const folder = mkdtempSync(join(tmpdir(), "chainrule-run-"));
  try {
    const file = join(folder, "notebook.ipynb");
    writeFileSync(file, task.text);
    const words = [
      ...[fileURLToPath(new URL("../cli.js", import.meta.url)), "run", file, "--out", file],
      ...(task.timeout === undefined ? [] : ["--timeout", String(task.timeout)]),
      ...(task.allowErrors ? ["--allow-errors"] : []),
    ];
    const child = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"], signal });
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-10_000)));
    const code = await new Promise<number | null>((resolve) => {
      child.on("error", () => resolve(null));
      child.on("close", resolve);
    });
    return { code, said, text: readFileSync(file, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
