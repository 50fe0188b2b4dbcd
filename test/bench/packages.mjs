/**
 * What packages cost in a notebook: for each of test/kernel/packages/packages.json a new kernel runs the cell that
 * imports it. Prints the time of Node's import alone, the time of the whole cell (types, import, run, display), the same
 * when it is run again, and the memory that the cell added. Installs the packages first, once.
 *
 *     npm run bench:packages [NAME …]
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { installedFolder, packages } from "../kernel/packages/folder.mjs";

const self = fileURLToPath(import.meta.url);
const sessionFile = path.resolve(path.dirname(self), "../../dist/kernel/cells/session.js");

if (process.argv[2] === "--one") await measure(JSON.parse(process.argv[3]));
else compare();

/** In a process of its own: one kernel and one package. */
async function measure({ cell }) {
  const { writeSync } = await import("node:fs");
  const { Session } = await import(pathToFileURL(sessionFile).href);
  const nothing = () => {};
  const output = { stream: nothing, display: nothing, clear: nothing, error: nothing, comm: nothing };
  const session = await Session.start({ cwd: process.cwd(), output });
  const timed = async (code, id) => {
    const start = performance.now();
    const result = await session.execute(code, { cell: id });
    if (result.status !== "ok") throw new Error(result.evalue);
    return performance.now() - start;
  };
  await timed("1 + 1", "warm");
  // The compiler reads ahead when nothing is asked of it.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const whole = await timed(cell, "first");
  globalThis.gc?.();
  const memory = process.memoryUsage().rss - before;
  const again = await timed(cell.replace(/\b(const|let) /g, "var "), "again");
  await session.close();
  writeSync(1, `\n${JSON.stringify({ whole, again, memory })}\n`);
  process.exit(0);
}

/** Milliseconds that Node alone takes for a cell's imports. */
function importTime(cell, cwd) {
  const specifiers = [...cell.matchAll(/from "([^"]+)"|import "([^"]+)"/g)].map((one) => one[1] ?? one[2]);
  const code = `const s = performance.now(); for (const one of ${JSON.stringify(specifiers)}) await import(one)
    .catch(() => import(import.meta.resolve(one) + ".js")); console.log("\\n" + (performance.now() - s)); process.exit(0)`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd,
    encoding: "utf8",
  });
  return Number(stdout.trim().split("\n").at(-1));
}

function compare() {
  const installed = installedFolder();
  if ("why" in installed) throw new Error(`The packages cannot be installed: ${installed.why}`);
  const { folder: cwd } = installed;
  const wanted = process.argv.slice(2);
  const rows = packages.filter(({ name }) => !wanted.length || wanted.some((one) => name.includes(one)));
  const line = (cells) =>
    console.log(cells.map((one, i) => (i ? String(one).padStart(12) : String(one).padEnd(24))).join(" "));
  line(["package", "import, ms", "cell, ms", "again, ms", "memory, MB"]);
  for (const { name, cell } of rows) {
    const alone = importTime(cell, cwd);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ["--no-force-async-hooks-checks", "--expose-gc", self, "--one", JSON.stringify({ cell })],
      { cwd, encoding: "utf8" },
    );
    if (status !== 0) {
      line([name, "failed", stderr.trim().split("\n").at(-1).slice(0, 60)]);
      process.exitCode = 1;
      continue;
    }
    const { whole, again, memory } = JSON.parse(stdout.trim().split("\n").at(-1));
    line([name, alone.toFixed(0), whole.toFixed(0), again.toFixed(0), (memory / 1e6).toFixed(0)]);
  }
}
