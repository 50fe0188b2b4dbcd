/**
 * `npm run bench:site`: what a reader of the website loads, how soon it is there, and how fast a network trains in Chromium and
 * in Firefox beside Node. Needs both from Debian, dist/lab and some minutes on a quiet machine.
 */
import { spawnSync } from "node:child_process";

const { status } = spawnSync("npx", ["vitest", "run", "test/kernel/site/speed.test.ts"], {
  stdio: "inherit",
  env: { ...process.env, CHAINRULE_SITE_BENCH: "1" },
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
