/** npm of this machine: what it has installed, and how it is run. No shell sees a name or a version. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { satisfies, validRange } from "semver";
import validateName from "validate-npm-package-name";
import type { InstalledPackage, PackageRequest, ProgramOptions } from "../kernel-contract.js";
import { runProgram } from "./shell.js";

/** `latest`, `next`, `beta-2`. */
const TAG = /^[A-Za-z][\w.-]*$/;

export function packageRequest(text: string): PackageRequest {
  const at = text.indexOf("@", 1);
  const [name, range] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  const { validForNewPackages, validForOldPackages, errors = [], warnings = [] } = validateName(name);
  if (!validForNewPackages && !validForOldPackages)
    throw new Error(
      `${JSON.stringify(name)} is not the name of a package: ${[...errors, ...warnings].join(", ")}.`,
    );
  if (range !== "" && validRange(range) === null && !TAG.test(range))
    throw new Error(
      `${JSON.stringify(range)} is not a version of ${name}; write it as in ${name}@4, ${name}@^4.17.0 or ${name}@latest.`,
    );
  return { name, range };
}

export function installedPackage(name: string, folder: string): InstalledPackage | undefined {
  for (const above of foldersFrom(folder)) {
    const root = path.join(above, "node_modules", name);
    if (!existsSync(path.join(root, "package.json"))) continue;
    const manifest = read(path.join(root, "package.json"));
    return { version: String(manifest["version"] ?? "0.0.0"), hasTypes: hasTypes(root, manifest) };
  }
  return undefined;
}

export function fits(version: string, range: string): boolean {
  return validRange(range) === null || satisfies(version, range, { includePrerelease: true });
}

export function projectFolder(folder: string): string {
  const found = foldersFrom(folder).find((one) => existsSync(path.join(one, "package.json")));
  if (found !== undefined) return found;
  writeFileSync(path.join(folder, "package.json"), `${JSON.stringify({ private: true }, null, 2)}\n`);
  return folder;
}

export function runNpm(args: readonly string[], options: ProgramOptions): Promise<void> {
  const script = npmScript();
  return script === undefined
    ? runProgram("npm", args, options)
    : runProgram(process.execPath, [script, ...args], options);
}

/** npm's own program beside the Node that runs: on Windows, `npm` is a file that only a shell can start. */
function npmScript(): string | undefined {
  const folder = path.dirname(process.execPath);
  return ["../lib/node_modules", "node_modules"]
    .map((modules) => path.join(folder, modules, "npm/bin/npm-cli.js"))
    .find((file) => existsSync(file));
}

/** A folder and those above it. */
function foldersFrom(folder: string): string[] {
  const above = path.dirname(folder);
  return above === folder ? [folder] : [folder, ...foldersFrom(above)];
}

function read(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Whether a package declares its types, or has them where TypeScript looks without being told. */
function hasTypes(root: string, manifest: Record<string, unknown>): boolean {
  if (typeof manifest["types"] === "string" || typeof manifest["typings"] === "string") return true;
  if (JSON.stringify(manifest["exports"] ?? null).includes('"types"')) return true;
  const main = typeof manifest["main"] === "string" ? manifest["main"] : "index.js";
  const beside = main.replace(/(?:\.[cm]?js)?$/, "");
  return ["index.d.ts", `${beside}.d.ts`, `${beside}.d.mts`, `${beside}.d.cts`, `${beside}/index.d.ts`].some(
    (file) => existsSync(path.join(root, file)),
  );
}
