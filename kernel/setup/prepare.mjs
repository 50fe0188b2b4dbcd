/**
 * Builds the package, for `npm install`, `npm pack` and `npm publish`. The first `npx chainrule` in a clone has npm prepare
 * the clone too, which has been built already: then it builds only what is not there, or is older than its sources.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = ["package.json", "tsconfig.json", "lib", "kernel", "notebooks/psets/source"];
/** What a build writes at its beginning and at its end. */
const BUILT = ["dist/kernel/cli.js", "dist/psets/nbgrader_config.py"];

/** When the newest file here was written, in milliseconds; 0 where there is none. */
function newest(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
  const inside = readdirSync(path).filter((name) => name !== "node_modules");
  return Math.max(0, ...inside.map((name) => newest(join(path, name))));
}

const [sources, built] = [SOURCES, BUILT].map((paths) => paths.map((path) => newest(join(root, path))));
const isBuilt = built.every((time) => time > 0) && built.at(-1) > Math.max(...sources);
if (process.env.npm_command !== "exec" || !isBuilt) {
  const shell = process.platform === "win32";
  const { status } = spawnSync("npm", ["run", "build:all"], { cwd: root, stdio: "inherit", shell });
  process.exitCode = status ?? 1;
}
