/**
 * `npm run build:lab`: installs JupyterLab's packages when they are missing, and bundles the front end into `dist/lab`.
 *
 * `--if-needed` does nothing when `dist/lab` was made from these very sources; `--typecheck` checks the types first.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isInstalled, install } from "./install.mjs";
import { here, require } from "./packages.mjs";

const root = join(here, "..", "..");
const out = join(root, "dist", "lab");
const options = new Set(process.argv.slice(2));

/** A hash of all that the bundle is made from. */
async function hashOfSources() {
  const hash = createHash("sha256");
  const add = async (/** @type {string} */ folder) => {
    const entries = await readdir(join(here, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${folder}${entry.name}`;
      if (entry.name === "node_modules" || entry.name.endsWith(".md")) continue;
      if (entry.isDirectory()) await add(`${path}/`);
      else hash.update(`${path}\0`).update(await readFile(join(here, path)));
    }
  };
  await add("");
  await add("../charts/");
  hash.update(await readFile(join(here, "../notebook/own-content.ts")));
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return hash.update(version).digest("hex");
}

/** What `dist/lab` was made from; undefined when there is none. */
async function hashOfBuild() {
  const manifest = join(out, "manifest.json");
  if (!existsSync(manifest)) return undefined;
  return JSON.parse(await readFile(manifest, "utf8")).sources;
}

async function build() {
  const sources = await hashOfSources();
  if (options.has("--if-needed") && (await hashOfBuild()) === sources) return;
  const begun = performance.now();
  if (!(await isInstalled())) await install();
  if (options.has("--typecheck")) typecheck();
  console.error("bundling the front end");
  const { bundle } = await import(pathToFileURL(join(here, "bundle.mjs")).href);
  // A server that runs keeps what it serves until the new one is whole.
  const [fresh, old] = [`${out}.${process.pid}.new`, `${out}.${process.pid}.old`];
  try {
    const { packages } = await bundle(fresh, { root, sources });
    if (existsSync(out)) await rename(out, old);
    await rename(fresh, out);
    const seconds = ((performance.now() - begun) / 1000).toFixed(1);
    console.error(`dist/lab: the front end, of ${packages} packages, in ${seconds} s`);
  } finally {
    await Promise.all([fresh, old].map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

function typecheck() {
  const tsc = require.resolve("typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", here], { stdio: "inherit" });
  if (status !== 0) throw new Error("The types of kernel/lab are wrong, as said above.");
}

build().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
