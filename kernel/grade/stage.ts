/**
 * Folders that stand for this package while submissions run: the kernel, of the library what an assignment allows,
 * the packages that these need, and an empty folder to work in. A submission may read them and nothing beside them,
 * so that neither a key nor the library's own answer is in reach, by whatever path it is asked for.
 */
import { codeCacheFolder } from "#host/code-cache";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { copyFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { packageRoot } from "../setup/install.js";
import { asObject } from "../notebook/format.js";
import type { Notebook } from "../notebook/format.js";
import { filesBehind, originsOf, packagesBehind } from "./closure.js";
import type { Origin } from "./closure.js";
import type { Memory } from "./remembering.js";

export interface Stage {
  /** The temporary folder that holds the others. */
  readonly root: string;
  /** The folder that the submission's process takes for the package. */
  readonly folder: string;
  /** Where the links in it lead. */
  readonly readable: readonly string[];
  /** An empty folder for the tests. */
  readonly tests: string;
  /** What the compiler made of the tests; it grows as submissions are graded. */
  readonly memory: Memory;
}

/** The library as the submission's process sees it. */
const FACADE = "library.js";

/** Below the stage: what the environment variable CHAINRULE_CACHE names there. */
export const CACHE = "cache";

/**
 * Makes the folders; `removeStage` removes them.
 * @param source the instructor's notebook: `chainrule.allowed` in its metadata lists what a submission may use of
 *        the library; everything unless given
 */
export async function makeStage(source: Notebook, root: string = packageRoot()): Promise<Stage> {
  const own = realpathSync(mkdtempSync(path.join(tmpdir(), "chainrule-grade-")));
  const [folder, tests] = [path.join(own, "submission"), path.join(own, "tests")];
  for (const name of ["work", "dist", "node_modules", CACHE])
    mkdirSync(path.join(folder, name), { recursive: true });
  mkdirSync(tests);
  const readable: string[] = [];
  const link = (target: string, name: string): void => {
    const place = path.join(folder, name);
    mkdirSync(path.dirname(place), { recursive: true });
    const real = realpathSync(target);
    symlinkSync(real, place, "junction");
    readable.push(real);
  };
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    name: string;
    main: string;
    exports: Record<string, unknown>;
  };
  const paths = createRequire(path.join(root, "package.json")).resolve.paths("tslab") ?? [];
  const modules = paths.find((one) => existsSync(path.join(one, "tslab"))) ?? path.join(root, "node_modules");
  for (const [name, target] of packagesBehind(manifest, modules))
    if (name !== manifest.name) link(target, path.join("node_modules", name));
  // By this the compiler finds the library's types.
  symlinkSync(folder, path.join(folder, "node_modules", manifest.name), "junction");
  // Without V8's cache of the compiler every submission would compile it anew.
  const cache = codeCacheFolder();
  for (const name of existsSync(cache) ? readdirSync(cache) : [])
    if (name.endsWith(".v8"))
      copyFileSync(path.join(cache, name), path.join(folder, CACHE, name));
  link(path.join(root, "dist", "kernel"), path.join("dist", "kernel"));
  const { allowed } = asObject(source.metadata.chainrule);
  const library = path.join(root, "dist", "lib");
  if (Array.isArray(allowed)) {
    const origins = await originsOf(path.join(root, manifest.main));
    const given = new Map([...origins].filter(([name]) => allowed.includes(name)));
    // The kernel stands on the library's host, whatever the assignment allows.
    const host = path.join(library, "host", "node");
    const files = filesBehind([
      ...[...given.values()].map(({ file }) => file),
      ...readdirSync(host).map((name) => path.join(host, name)),
    ]);
    cpSync(library, path.join(folder, "dist", "lib"), {
      recursive: true,
      filter: (file) => !/\.(js|map|wasm)$/.test(file) || files.has(file),
    });
    writeFileSync(path.join(folder, FACADE), facade(root, given, [...origins.keys()]));
    manifest.exports["."] = { ...asObject(manifest.exports["."]), default: `./${FACADE}` };
    manifest.main = `./${FACADE}`;
  } else link(library, path.join("dist", "lib"));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  return { root: own, folder, readable, tests, memory: new Map() };
}

export function removeStage({ root }: Stage): void {
  rmSync(root, { recursive: true, force: true });
}

/** Importing a withheld name is harmless; using it is not. */
function facade(root: string, given: ReadonlyMap<string, Origin>, names: readonly string[]): string {
  const exported = [...given].map(([alias, { file, name }]) => {
    const specifier = `./${path.relative(root, file).split(path.sep).join("/")}`;
    return `export { ${name} as ${alias} } from ${JSON.stringify(specifier)};`;
  });
  const withheld = names.filter((name) => name !== "default" && !given.has(name));
  return `${exported.join("\n")}
function withhold(name) {
  const refuse = () => {
    throw new ReferenceError(name + " of the library is not there while this exercise is graded: write it yourself.");
  };
  return new Proxy(function () {}, { apply: refuse, construct: refuse, get: refuse });
}
${withheld.map((name) => `export const ${name} = withhold("${name}");`).join("\n")}
`;
}
