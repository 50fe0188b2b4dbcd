/**
 * Imports that failed for want of a package, after it was installed: on this Node, and on those that
 * `CHAINRULE_TEST_NODES` names, because each keeps failures in its own way.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-imports-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nodes = [process.execPath, ...(process.env["CHAINRULE_TEST_NODES"] ?? "").split(":").filter(Boolean)];
const modules = pathToFileURL(path.join(projectRoot, "dist/lib/host/node/modules.js")).href;

const SCRIPT = `
import { mkdirSync, writeFileSync } from "node:fs";
import { importAnew, modulesFrom } from ${JSON.stringify(modules)};
const install = (name, manifest, files) => {
  mkdirSync("node_modules/" + name, { recursive: true });
  for (const [file, text] of Object.entries({ "package.json": JSON.stringify({ name, ...manifest }), ...files }))
    writeFileSync("node_modules/" + name + "/" + file, text);
  importAnew();
};
const { load, require } = modulesFrom(process.cwd());
const said = [];
const say = async (what) => {
  try {
    said.push(await what());
  } catch (error) {
    said.push(error.code);
  }
};
const asked = async () => (await load("outer")).namespace.outer;
install("outer", { type: "module", exports: "./i.js" }, { "i.js": "export * from './s.js'", "s.js": "export { inner as outer } from 'inner'" });
await say(asked);
await say(asked);
await say(async () => require("late"));
install("inner", { type: "module", exports: "./i.js" }, { "i.js": "export const inner = 'inner'" });
install("late", { main: "./main.js" }, { "main.js": "module.exports = 'late'" });
await say(asked);
await say(async () => (await load("inner")).namespace.inner);
await say(async () => require("late"));
console.log(JSON.stringify(said));
`;

describe.each(nodes)("on %s", (node) => {
  it("are made anew, as often as they failed before", () => {
    const own = path.join(folder, String(nodes.indexOf(node)));
    mkdirSync(own);
    const file = path.join(own, "script.mjs");
    writeFileSync(file, SCRIPT);
    const said: unknown = JSON.parse(
      execFileSync(node, ["--no-warnings", file], { cwd: own, encoding: "utf8" }),
    );
    expect(said).toEqual([
      "ERR_MODULE_NOT_FOUND",
      "ERR_MODULE_NOT_FOUND",
      "MODULE_NOT_FOUND",
      "inner",
      "inner",
      "late",
    ]);
  });
});
