/**
 * Is a class graded alike on this machine and on two others, one of which is lost? Sixty submissions of a small assignment,
 * right, wrong, unfinished, throwing and endless ones, are graded here and through a queue with two workers. One worker is
 * killed, with all that it has started, once it has given a mark and holds another submission. Exit code 1 when a mark differs.
 *
 *     npm run bench:lost-worker [-- --count 60]
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { formatNotebook } from "../../dist/kernel/notebook/format.js";
import { cli, gradeClass } from "./grade-class.mjs";
import { importTest } from "./typescript.mjs";

const { values: options } = parseArgs({ options: { count: { type: "string", default: "60" } } });
const count = Number(options.count);
const key = "a key for this measurement";
const folder = mkdtempSync(path.join(tmpdir(), "chainrule-class-"));

const { smallAssignment, withCell } = await importTest("support/small-assignment.ts");

/** Each student's two answers follow from his number. */
const answers = {
  double: ["return 2 * x;", "return x + x;", "return x;", "throw new Error('not yet');", "return NaN;"],
  triple: ["return 3 * x;", "return x ** 3;", "return x + 2;", "return 2 * x + x;"],
};
mkdirSync(path.join(folder, "handed-in"));
const files = Array.from({ length: count }, (_, i) => {
  const file = path.join(folder, "handed-in", `student-${String(i).padStart(2, "0")}.ipynb`);
  let notebook = smallAssignment;
  for (const [name, all] of Object.entries(answers)) {
    const body = i === 7 && name === "double" ? "for (;;);" : all[(i * 7 + (i >> 2)) % all.length];
    notebook = withCell(name, `function ${name}(x: number): number { ${body} }`, notebook);
  }
  writeFileSync(file, formatNotebook(notebook));
  return file;
});
const source = path.join(folder, "source.ipynb");
writeFileSync(source, formatNotebook(smallAssignment));

/** Grades all. @returns the points of each part of each submission, and the seconds it took */
async function grade(...place) {
  const words = [...files, "--source", source, "--seed", "5", ...place];
  const { submissions, seconds } = await gradeClass(words, { CHAINRULE_WORKER_KEY: key });
  return { marks: submissions.map(({ name, points, parts }) => ({ name, points, parts })), seconds };
}

const started = [];
/** Starts a program as a group of its own that can be killed as a machine is. */
function start(command, words) {
  const child = spawn(command, words, {
    env: { ...process.env, CHAINRULE_WORKER_KEY: key },
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  child.said = "";
  child.stderr.setEncoding("utf8").on("data", (part) => (child.said += part));
  started.push(child);
  return child;
}
const killAll = ({ pid }) => {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
};

try {
  console.log(
    `${count} submissions; ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)}`,
  );
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const url = `redis://127.0.0.1:${port}`;
  start("redis-server", ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]);
  const worker = (host) => start(process.execPath, [cli, "worker", url, "--host", host, "--patience", "10"]);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const [first, second] = [worker("h1"), worker("h2")];
  const grading = grade("--place", url);
  const timer = setInterval(() => {
    if (!/grade .*: done/.test(first.said)) return;
    clearInterval(timer);
    killAll(first);
    console.log(`h1 is killed after ${first.said.match(/: done/g).length} marks`);
  }, 200);
  const there = await grading;
  clearInterval(timer);
  const [byFirst, bySecond] = [first, second].map(({ said }) => said.match(/: done/g)?.length ?? 0);
  const again = second.said.match(/lost by another machine/g)?.length ?? 0;
  console.log(
    `two workers: ${there.seconds.toFixed(0)} s; h1 gave ${byFirst} marks, h2 ${bySecond}, ${again} taken up again`,
  );
  const here = await grade();
  console.log(`this machine: ${here.seconds.toFixed(0)} s`);
  const differ = here.marks.filter((one, i) => JSON.stringify(one) !== JSON.stringify(there.marks[i]));
  const spread = Object.groupBy
    ? Object.entries(Object.groupBy(here.marks, ({ points }) => points)).map(
        ([p, all]) => `${all.length} × ${p}`,
      )
    : [];
  console.log(
    `${here.marks.length} marks here, ${there.marks.length} there, ${differ.length} differ; ${spread.join(", ")}`,
  );
  process.exitCode = differ.length > 0 || there.marks.length !== count || here.marks.length !== count ? 1 : 0;
} finally {
  for (const one of started) killAll(one);
  rmSync(folder, { recursive: true, force: true });
}
