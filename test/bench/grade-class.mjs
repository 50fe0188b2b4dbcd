/** `chainrule grade` for a class, as a lecturer runs it, and what it takes. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { watch } from "./usage.mjs";

export const cli = fileURLToPath(new URL("../../dist/kernel/cli.js", import.meta.url));

/**
 * Its lines of progress come as they are.
 * @param {readonly string[]} words submissions and options
 * @param {NodeJS.ProcessEnv} environment added to this process's
 * @returns what it printed, its exit code, seconds, the most megabytes at once, and the seconds that its processes computed
 */
export async function gradeClass(words, environment = {}) {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, "grade", ...words, "--json"], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let json = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (json += text));
  const usage = watch(child.pid);
  const status = await new Promise((resolve) => child.once("close", resolve));
  const seconds = (performance.now() - started) / 1000;
  /** @type {{ submissions: any[], refused: string[] }} */
  const { submissions, refused } = JSON.parse(json);
  return { submissions, refused, status, seconds, ...usage.end() };
}
