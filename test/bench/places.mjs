/**
 * What does a place cost a trial? A thousand trials of 10 ms through this machine's processes, through a queue on this
 * machine's Redis with as many workers, and through Slurm with one node for each of them, in one run. The overhead is what
 * a trial takes of a worker beyond its 10 ms: wall time times workers over trials, less 10. Slurm is Debian's, started for
 * the measurement (which needs root), or that of the cluster which this machine belongs to.
 *
 *     npm run bench:places [-- --trials 1000 --workers 2 --slurm FOLDER]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { runnerImport } from "vite";
import { choice, queue, search, slurm } from "../../dist/lib/train/index.js";

const { values: options } = parseArgs({
  options: {
    trials: { type: "string", default: "1000" },
    workers: { type: "string", default: "2" },
    slurm: { type: "string" },
  },
});
const [trials, workers] = [Number(options.trials), Number(options.workers)];
const MILLISECONDS = 10;

const folder = mkdtempSync(join(tmpdir(), "chainrule-places-"));
const module = join(folder, "train.mjs");
writeFileSync(
  module,
  `export const train = async ({ a }) => { const end = performance.now() + ${MILLISECONDS}; while (performance.now() < end); return a; };`,
);

async function measure(name, settings) {
  const started = performance.now();
  const space = { a: choice(Array.from({ length: trials }, (_, i) => i)) };
  const found = await search(space, pathToFileURL(module), {
    ...{ strategy: "grid", trials, live: false },
    ...settings,
  });
  const wall = performance.now() - started;
  const done = found.trials.filter(({ status }) => status === "done").length;
  const overhead = (wall * workers) / trials - MILLISECONDS;
  console.log(
    `${name.padEnd(28)} ${String(done).padStart(6)} done  ${(wall / 1000).toFixed(1).padStart(7)} s  ${overhead.toFixed(1).padStart(8)} ms a trial`,
  );
}

console.log(
  `${trials} trials of ${MILLISECONDS} ms, ${workers} workers; ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)}`,
);
try {
  await measure("this machine's processes", { workers });
  if (existsSync("/usr/bin/redis-server")) await throughQueue();
  else console.log("queue: there is no /usr/bin/redis-server here");
  if (options.slurm !== undefined) await throughSlurm(options.slurm);
  else await throughOwnSlurm();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

function throughSlurm(shared) {
  return measure("slurm", { place: slurm({ folder: shared, width: trials }) });
}

async function throughOwnSlurm() {
  const sources = new URL("../kernel/places/", import.meta.url);
  const load = async (file) => (await runnerImport(fileURLToPath(new URL(file, sources)))).module;
  const { Hosts } = await load("hosts.ts");
  const whyNot = existsSync("/usr/sbin/slurmctld") ? Hosts.whyNot() : "there is no /usr/sbin/slurmctld";
  if (whyNot !== undefined)
    return console.log(`slurm: ${whyNot}; give --slurm FOLDER on a machine of a cluster`);
  const { SlurmNodes } = await load("slurm-nodes.ts");
  const names = Array.from({ length: workers }, (_, i) => `n${i + 1}`);
  const nodes = await SlurmNodes.start(names, { slots: 1 });
  try {
    await throughSlurm(nodes.folder);
  } finally {
    nodes.close();
  }
}

async function throughQueue() {
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const url = `redis://127.0.0.1:${port}`;
  const key = "a key for this measurement";
  const redis = spawn(
    "redis-server",
    ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
    {
      stdio: "ignore",
    },
  );
  const cli = fileURLToPath(new URL("../../dist/kernel/cli.js", import.meta.url));
  const worker = spawn(process.execPath, [cli, "worker", url, "--slots", String(workers)], {
    env: { ...process.env, CHAINRULE_WORKER_KEY: key },
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await new Promise((resolve) => worker.stderr.once("data", resolve));
    worker.stderr.resume();
    await measure("queue", { place: queue(url, { key, width: trials }) });
  } finally {
    worker.kill();
    redis.kill();
  }
}
