/** Where `chainrule lab` finds its front end: as it was packed, as it is built in a clone, and when it cannot be. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ensureFrontEnd } from "../../../kernel/setup/front-end.js";

let root: string;
let lines: string[];
const tell = (line: string) => void lines.push(line);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "chainrule frönt-"));
  lines = [];
});
afterEach(() => rmSync(root, { recursive: true }));

const built = () => join(root, "dist/lab/manifest.json");
function write(path: string, text: string): void {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
}
/** A build that says two lines and counts how often it ran. */
const working = `
  import { appendFileSync, mkdirSync, existsSync } from "node:fs";
  const folder = new URL("../../dist/lab/", import.meta.url);
  const manifest = new URL("manifest.json", folder);
  if (!existsSync(manifest)) {
    console.error("installing: 1 of 2");
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.error("bundling");
    mkdirSync(folder, { recursive: true });
    appendFileSync(manifest, "{}");
  }`;

it("takes what is packed", async () => {
  write("dist/lab/manifest.json", "{}");
  expect(await ensureFrontEnd(root, tell)).toBe(join(root, "dist/lab"));
  expect(lines).toEqual([]);
});

it("builds it in a clone, tells how far it is, and builds it once for two who ask", async () => {
  write("kernel/lab/build.mjs", working);
  await Promise.all([ensureFrontEnd(root, tell), ensureFrontEnd(root, tell)]);
  expect(readFileSync(built(), "utf8")).toBe("{}");
  expect(lines).toEqual(["installing: 1 of 2", "bundling"]);
});

it("says what failed when there is no front end, and uses an old one", async () => {
  write("kernel/lab/build.mjs", 'console.error("npm could not install"); process.exitCode = 1;');
  await expect(ensureFrontEnd(root, tell)).rejects.toThrow("could not be built (npm could not install)");
  write("dist/lab/manifest.json", "{}");
  lines = [];
  await ensureFrontEnd(root, tell);
  expect(lines.at(-1)).toContain("opens with the front end that was built before");
});

it("says what to do when the package came without one", async () => {
  await expect(ensureFrontEnd(root, tell)).rejects.toThrow("Install the package chainrule again");
});
