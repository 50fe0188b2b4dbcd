/** `npm run site:check`: every notebook of the course as a website, run to its end in Chromium and in Firefox. It takes long. */
import { spawnSync } from "node:child_process";

const { status } = spawnSync("npx", ["vitest", "run", "test/kernel/site/course.test.ts"], {
  stdio: "inherit",
  env: { ...process.env, CHAINRULE_SITE_CHECK: "all" },
  shell: process.platform === "win32",
});
process.exitCode = status ?? 1;
