/**
 * The folder in which the packages of packages.json are installed, once for each list of them: under the cache of
 * `CHAINRULE_PACKAGES`, or under the machine's folder for temporary files.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/**
 * @typedef {object} TriedPackage
 * @property {string} name
 * @property {Record<string, string>} install  packages and their versions
 * @property {string} cell  imports it and ends with a value
 * @property {Record<string, string>} shows  patterns of what the value's bundle has, by MIME type
 * @property {string} [wrong]  code after the cell that its types refuse
 */

/** @type {readonly TriedPackage[]} */
export const packages = JSON.parse(readFileSync(new URL("packages.json", import.meta.url), "utf8"));

/** The versions of all packages. */
export const dependencies = Object.assign({}, ...packages.map(({ install }) => install));

/**
 * Installs the packages, unless that was done before.
 * @returns {{ folder: string } | { why: string }} the folder, or why npm could not
 */
export function installedFolder() {
  const manifest = JSON.stringify({ private: true, dependencies }, null, 2);
  const hash = createHash("sha256").update(manifest).digest("hex").slice(0, 12);
  const cache = process.env["CHAINRULE_PACKAGES"] ?? path.join(tmpdir(), "chainrule-packages");
  const folder = path.join(cache, hash);
  if (existsSync(folder)) return { folder };
  const making = `${folder}.${process.pid}`;
  mkdirSync(making, { recursive: true });
  writeFileSync(path.join(making, "package.json"), manifest);
  const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
  const { status, stderr, error } = spawnSync("npm", ["install", ...flags], {
    cwd: making,
    encoding: "utf8",
  });
  if (status === 0) {
    try {
      renameSync(making, folder);
    } catch {
      // Another process was quicker.
      rmSync(making, { recursive: true, force: true });
    }
    return { folder };
  }
  rmSync(making, { recursive: true, force: true });
  return { why: error?.message ?? stderr.trim().split("\n").slice(0, 3).join(" ") };
}
