/**
 * `npm run site:check`: every notebook of the course as a website, run to its end in Chromium, in Firefox and in WebKit, and the first
 * twelve lectures on a phone. It takes long.
 */
import { spawnSync } from "node:child_process";

const { status } = spawnSync(
  "npx",
  ["vitest", "run", "test/kernel/site/course.test.ts", "test/kernel/site/people.test.ts"],
  {
    stdio: "inherit",
    env: { ...process.env, CHAINRULE_SITE_CHECK: "all" },
    shell: process.platform === "win32",
  },
);
process.exitCode = status ?? 1;
