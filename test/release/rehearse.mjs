/**
 * Rehearses a release: packs the package, looks at what is in it, installs it into empty folders on each Node, and drives
 * `npx chainrule lab` there from the command to the first cells' results, with no Python.
 *
 *   npm run rehearse
 *
 * The Nodes are this one and those that CHAINRULE_TEST_NODES names (paths with colons between them; semicolons on Windows).
 * On the first, packages' install scripts are not run: nothing of ours may need them.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readSync, readdirSync } from "node:fs";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run as runCells } from "./first-cells.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "chainrule-release-"));
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** What one tarball may weigh that a user downloads, in bytes. */
const LIMIT = 25e6;
/** Licences that let anybody give a package on; MPL asks the same for changed files alone. */
const LICENCES =
  /^\(?(MIT|ISC|0BSD|BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|BlueOak-1\.0\.0|CC0-1\.0|CC-BY-4\.0|Unlicense|MPL-2\.0|Python-2\.0|PSF-2\.0|WTFPL|Zlib)\b/;
/** Packages that say it in a file only, which was read: DejaVu's fonts may be given on with programs. */
const READ = ["dejavu-fonts-ttf"];

/** @type {string[]} */
const faults = [];
const megabytes = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** Says a fact, and keeps it as a fault when it is not as it should be. */
function check(/** @type {boolean} */ isFine, /** @type {string} */ fact) {
  console.log(`${isFine ? "✓" : "✗"} ${fact}`);
  if (!isFine) faults.push(fact);
}

/** npm's or npx's own script, for any Node to run. */
function script(/** @type {"npm" | "npx"} */ name) {
  const npm = process.env.npm_execpath;
  if (!npm) throw new Error("Start this with `npm run rehearse`: it asks npm where npm is.");
  return join(dirname(npm), `${name}-cli.js`);
}

/**
 * @param {string} node
 * @param {string[]} words
 * @param {string} cwd
 */
function npm(node, words, cwd) {
  const { status, stdout, stderr } = spawnSync(node, [script("npm"), ...words], {
    cwd,
    encoding: "utf8",
    env: surroundings(node),
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`npm ${words[0]} failed (${status}):\n${stderr}\n${stdout}`);
  return { stdout, stderr };
}

/** What an empty folder of a user's would have: nothing of the project's, nor of the npm that started this. @param {string} node */
function surroundings(node) {
  const ours = /^npm_(?!config_(registry|cafile|.*proxy)$)|^NODE_(OPTIONS|PATH|ENV)$|^CHAINRULE_/i;
  const kept = Object.entries(process.env).filter(([name]) => !ours.test(name));
  return {
    ...Object.fromEntries(kept),
    PATH: `${dirname(node)}${delimiter}${process.env.PATH}`,
    npm_config_update_notifier: "false",
    CHAINRULE_STATE: join(folder, "state"),
  };
}

/** The packages below a node_modules folder. @param {string} modules @returns {{ at: string, manifest: any }[]} */
function installed(modules) {
  if (!existsSync(modules)) return [];
  const names = readdirSync(modules).filter((name) => !name.startsWith("."));
  return names.flatMap((name) => {
    const at = join(modules, name);
    if (name.startsWith("@")) return installed(at);
    const file = join(at, "package.json");
    if (!existsSync(file)) return [];
    return [{ at, manifest: JSON.parse(readFileSync(file, "utf8")) }, ...installed(join(at, "node_modules"))];
  });
}

/** @param {string} at @returns {string[]} all files below a folder */
function filesBelow(at) {
  return readdirSync(at, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
const sizeOf = (/** @type {string[]} */ files) => files.reduce((sum, file) => sum + statSync(file).size, 0);

/** What npm keeps in its cache of packages: gzip; the rest is what the registry says of them. @param {string} file */
function isTarball(file) {
  const handle = openSync(file, "r");
  try {
    const start = Buffer.alloc(2);
    readSync(handle, start, 0, 2, 0);
    return start[0] === 0x1f && start[1] === 0x8b;
  } finally {
    closeSync(handle);
  }
}

function pack() {
  if (!existsSync(join(root, "dist", "lab", "manifest.json")))
    throw new Error("dist/lab is missing: npm run build:lab first.");
  const { stdout } = npm(
    process.execPath,
    ["pack", "--json", "--ignore-scripts", "--pack-destination", folder],
    root,
  );
  const [{ filename, size, unpackedSize, files }] = JSON.parse(stdout);
  const names = files.map((/** @type {{ path: string }} */ { path }) => path);
  check(
    size <= LIMIT,
    `the package is ${megabytes(size)} (at most ${megabytes(LIMIT)}), ${megabytes(unpackedSize)} unpacked, ${names.length} files`,
  );
  for (const name of [
    "dist/lab/manifest.json",
    "dist/lab/licences.txt",
    "dist/psets/p1-convolution-1d.ipynb",
    "dist/site/licences.txt",
    "dist/site/manifest.json",
    "dist/kernel/cli.js",
    "LICENSE",
    "README.md",
  ])
    check(names.includes(name), `it has ${name}`);
  const stray = names.filter((/** @type {string} */ name) =>
    /(^|\/)(test|node_modules|\.ci)\/|\.tsbuildinfo|^kernel\/.*\.ts$/.test(name),
  );
  check(
    stray.length === 0,
    `it has no tests and no sources${stray.length > 0 ? `: ${stray.slice(0, 5).join(", ")}` : ""}`,
  );
  const hooks = ["preinstall", "install", "postinstall"].filter((name) => name in own.scripts);
  check(hooks.length === 0, "it runs no script when it is installed");
  return join(folder, filename);
}

function rehearsePublish(/** @type {string} */ tarball) {
  const { stderr } = npm(process.execPath, ["publish", "--dry-run", "--ignore-scripts", tarball], folder);
  // Who is logged in is not rehearsed.
  const warnings = stderr
    .split("\n")
    .filter((line) => /\bwarn\b/i.test(line) && !/requires you to be logged in/.test(line));
  check(
    warnings.length === 0,
    `npm publish --dry-run has nothing to say against it${warnings.map((line) => `\n  ${line}`).join("")}`,
  );
}

function checkLicences(/** @type {string} */ project) {
  const all = installed(join(project, "node_modules"));
  const licenceOf = (/** @type {any} */ { license, licenses }) =>
    String(
      license?.type ??
        license ??
        licenses?.map?.((/** @type {any} */ one) => one.type).join(" OR ") ??
        "none",
    );
  const bad = all.filter(
    ({ manifest }) => !LICENCES.test(licenceOf(manifest)) && !READ.includes(manifest.name),
  );
  const said = bad.map(({ manifest }) => `${manifest.name} (${licenceOf(manifest)})`).join(", ");
  check(
    bad.length === 0,
    `the licences of all ${all.length} packages let them be given on${said && `: not ${said}`}`,
  );
  const scripts = all.filter(({ manifest }) =>
    ["preinstall", "install", "postinstall"].some((name) => name in (manifest.scripts ?? {})),
  );
  console.log(
    `· packages with install scripts, which this first Node did not run: ${scripts.map(({ manifest }) => manifest.name).join(", ") || "none"}`,
  );
}

/** The course as a website from the installed package, which has the students' problem sets alone. */
function rehearseSite(/** @type {string} */ node, /** @type {string} */ project) {
  const words = [script("npx"), "--no-install", "chainrule", "site", "--out", "public"];
  const { status, stderr } = spawnSync(node, words, {
    cwd: project,
    encoding: "utf8",
    env: surroundings(node),
  });
  check(status === 0, `chainrule site makes a website${status === 0 ? "" : `: ${stderr}`}`);
  if (status !== 0) return;
  const { files } = JSON.parse(readFileSync(join(project, "public/contents.json"), "utf8"));
  const paths = files.map((/** @type {{ path: string }} */ { path }) => path);
  const sets = paths.filter((/** @type {string} */ path) => path.startsWith("psets/"));
  check(sets.length > 0, `it has the ${sets.length} problem sets`);
  check(paths.includes("lectures/20-first-convnet.ipynb"), "it has the lectures");
  const secret = sets.filter((/** @type {string} */ path) =>
    /BEGIN (SOLUTION|HIDDEN)/.test(readFileSync(join(project, "public/files", path), "utf8")),
  );
  check(
    secret.length === 0,
    `it has no solution and no hidden test${secret.map((/** @type {string} */ one) => `\n  ${one}`).join("")}`,
  );
}

/**
 * @param {string} node
 * @param {string} tarball
 * @param {{ isFirst: boolean }} options
 */
async function rehearseOn(node, tarball, { isFirst }) {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  const project = mkdtempSync(join(folder, "project-"));
  writeFileSync(join(project, "package.json"), '{ "name": "empty", "private": true }\n');
  const cache = join(folder, "npm-cache");
  const scripts = isFirst ? ["--ignore-scripts"] : [];
  let begun = performance.now();
  npm(node, ["install", tarball, "--cache", cache, "--no-audit", "--no-fund", ...scripts], project);
  const install = performance.now() - begun;
  const modules = filesBelow(join(project, "node_modules"));
  if (isFirst) {
    const others = filesBelow(join(cache, "_cacache", "content-v2")).filter(isTarball);
    console.log(`· the other packages are ${megabytes(sizeOf(others))} to download`);
    checkLicences(project);
  }
  if (isFirst) rehearseSite(node, project);
  mkdirSync(join(project, "course"));
  begun = performance.now();
  const words = [script("npx"), "--no-install", "chainrule", "lab", "course", "--port", "0", "--no-browser"];
  const child = spawn(node, words, {
    cwd: project,
    env: surroundings(node),
    detached: process.platform !== "win32",
  });
  let said = "";
  try {
    const address = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no address after two minutes: ${said}`)), 120_000);
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk) => {
          said += chunk;
          const found = /^http:\S+$/m.exec(said);
          if (found) resolve(found[0]);
          if (found) clearTimeout(timer);
        });
      child.once("exit", (code) => reject(new Error(`the command ended with ${code}: ${said}`)));
    });
    const listening = performance.now() - begun;
    const results = await runCells(String(address), begun);
    check(
      results.faults.length === 0,
      `${version}: the page and the first cells${results.faults.map((fault) => `\n  ${fault}`).join("")}`,
    );
    const seconds = (/** @type {number} */ time) => `${(time / 1000).toFixed(1)} s`;
    return {
      node: version,
      "npm install": `${seconds(install)}${isFirst ? ", nothing cached" : ""}`,
      "on disk": megabytes(sizeOf(modules)),
      address: seconds(listening),
      "first result": seconds(results.first),
      "chainrule imported": seconds(results.imported),
    };
  } finally {
    await stop(child);
  }
}

/** Ends the command and what npx started for it. @param {import("node:child_process").ChildProcess} child */
async function stop(child) {
  if (child.exitCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  if (process.platform === "win32") spawnSync("taskkill", ["/pid", String(child.pid), "/t", "/f"]);
  else process.kill(-child.pid, "SIGTERM");
  await ended;
}

const others = (process.env.CHAINRULE_TEST_NODES ?? "").split(delimiter).filter((node) => node !== "");
const table = [];
try {
  const tarball = pack();
  rehearsePublish(tarball);
  for (const [i, node] of [process.execPath, ...others].entries())
    table.push(await rehearseOn(node, tarball, { isFirst: i === 0 }));
} catch (error) {
  faults.push(error instanceof Error ? error.message : String(error));
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 500 });
}
console.table(table);
for (const fault of faults) console.error(`✗ ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
