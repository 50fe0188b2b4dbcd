/**
 * A stand-in for Slurm's programs, for tests: sbatch starts each task of an array as a process of this machine, squeue and
 * scancel know them, and a task that is killed is begun again, as Slurm does after a node is lost.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** One program with four names; the state of a task is a file that has its process and its condition. */
const PROGRAM = `#!${process.execPath}
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const [, file, ...words] = process.argv;
const home = process.env.FAKE_CLUSTER;
const [name, ...rest] = [path.basename(file), ...words];
const state = (job, text) => fs.writeFileSync(path.join(home, job), text);
const start = (script, job, index, restarts) => {
  const env = { ...process.env, SLURM_ARRAY_TASK_ID: index, SLURM_RESTART_COUNT: restarts };
  const task = spawn("sh", [script], { env, detached: true, stdio: "ignore" });
  state(job, "RUNNING " + task.pid);
  task.on("exit", (code, signal) => {
    if (signal === "SIGKILL" && restarts < 2) return start(script, job, index, restarts + 1);
    if (fs.readFileSync(path.join(home, job), "utf8").startsWith("RUNNING")) state(job, process.env.FAKE_LAST ?? (code === 0 ? "COMPLETED" : "FAILED"));
  });
};
if (name === "scontrol" && rest[0] === "show" && rest[1] === "job") {
  const said = fs.readFileSync(path.join(home, rest.at(-1)), "utf8").split(" ")[0];
  console.log("JobId=1 JobState=" + said + " ExitCode=" + (said === "FAILED" ? "3:0" : "0:0") + " TimeLimit=00:30:00 MinMemoryNode=2G");
} else if (name === "scontrol") console.log("MaxArraySize            = " + (process.env.FAKE_ARRAY ?? "1001"));
if (name === "sbatch") {
  const [, last] = /--array=0-(\\d+)/.exec(rest.join(" "));
  const array = String(Date.now()) + process.pid;
  fs.appendFileSync(path.join(home, "..", "sbatch.log"), JSON.stringify(rest) + "\\n");
  if (process.env.FAKE_REFUSES) { console.error("sbatch: error: invalid partition specified: long"); process.exit(1); }
  const slots = Number(process.env.FAKE_SLOTS ?? 2);
  const tasks = Array.from({ length: Number(last) + 1 }, (_, index) => array + "_" + index);
  tasks.forEach((job) => state(job, "PENDING"));
  // What runs outlives sbatch.
  const runner = "const { spawn } = require('node:child_process'); const fs = require('node:fs'); const path = require('node:path'); const home = " + JSON.stringify(home) + ", state = " + state + ", start = " + start + "; const tasks = " + JSON.stringify(tasks) + "; const read = (job) => fs.readFileSync(path.join(home, job), 'utf8'); let next = 0; const go = () => { const busy = tasks.filter((job) => read(job).startsWith('RUNNING')).length; for (let free = " + slots + " - busy; free > 0 && next < tasks.length; next++) { if (read(tasks[next]) !== 'PENDING') continue; start(" + JSON.stringify(rest.at(-1)) + ", tasks[next], tasks[next].split('_')[1], 0); free--; } if (next >= tasks.length && !tasks.some((job) => read(job).startsWith('RUNNING'))) clearInterval(timer); }; const timer = setInterval(go, 30);";
  spawn(process.execPath, ["-e", runner], { detached: true, stdio: "ignore" }).unref();
  console.log(array);
}
if (name === "squeue") for (const job of fs.readdirSync(home)) console.log(job + " " + fs.readFileSync(path.join(home, job), "utf8").split(" ")[0]);
if (name === "sacct") {
  const said = fs.readFileSync(path.join(home, rest[rest.indexOf("-j") + 1]), "utf8").split(" ")[0];
  console.log((said === "CANCELLED" ? "CANCELLED by 0" : said) + "|00:30:00|2G|0:0");
}
if (name === "scancel") {
  if (process.env.FAKE_DEAF) { console.error("scancel: error: Unable to contact slurm controller"); process.exit(1); }
  const isWaiting = rest.includes("--state=PENDING");
  for (const job of rest) {
    if (!fs.existsSync(path.join(home, job))) continue;
    const [said, pid] = fs.readFileSync(path.join(home, job), "utf8").split(" ");
    if (said !== "PENDING" && (said !== "RUNNING" || isWaiting)) continue;
    state(job, "CANCELLED");
    if (pid) process.kill(-Number(pid), "SIGTERM");
  }
}
`;

export class FakeCluster {
  readonly folder = mkdtempSync(path.join(tmpdir(), "chainrule-slurm-"));
  readonly #state = path.join(this.folder, "state");
  readonly #before = process.env.PATH;

  constructor() {
    const programs = path.join(this.folder, "bin");
    mkdirSync(programs);
    mkdirSync(this.#state);
    for (const name of ["sbatch", "squeue", "scancel", "scontrol", "sacct"]) {
      // A script's own name must reach the program, which a link would hide.
      writeFileSync(path.join(programs, name), PROGRAM);
      chmodSync(path.join(programs, name), 0o755);
    }
    process.env.PATH = `${programs}${path.delimiter}${this.#before}`;
    process.env.FAKE_CLUSTER = this.#state;
  }

  /** What sbatch was called with, call by call. */
  get calls(): string[][] {
    return readFileSync(path.join(this.folder, "sbatch.log"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as string[]);
  }

  /** The conditions of all tasks. */
  get states(): string[] {
    return readdirSync(this.#state).map(
      (job) => readFileSync(path.join(this.#state, job), "utf8").split(" ")[0]!,
    );
  }

  /** Ends a task that runs for a reason of the cluster's. @returns whether there was one */
  endOne(state: string): boolean {
    for (const job of readdirSync(this.#state)) {
      const [now, pid] = readFileSync(path.join(this.#state, job), "utf8").split(" ");
      if (now !== "RUNNING") continue;
      writeFileSync(path.join(this.#state, job), state);
      process.kill(-Number(pid), "SIGTERM");
      return true;
    }
    return false;
  }

  /** Kills a task that runs, with all that it has started. @returns whether there was one */
  killOne(): boolean {
    for (const job of readdirSync(this.#state)) {
      const [state, pid] = readFileSync(path.join(this.#state, job), "utf8").split(" ");
      if (state !== "RUNNING") continue;
      try {
        process.kill(-Number(pid), "SIGKILL");
      } catch {
        continue; // it has just ended
      }
      return true;
    }
    return false;
  }

  close(): void {
    while (this.killOne());
    process.env.PATH = this.#before;
    for (const name of ["FAKE_CLUSTER", "FAKE_ARRAY", "FAKE_REFUSES", "FAKE_SLOTS", "FAKE_DEAF", "FAKE_LAST"])
      delete process.env[name];
    rmSync(this.folder, { recursive: true, force: true });
  }
}
