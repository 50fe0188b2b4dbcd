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

/** The doors of the library as the submission's process sees them: a folder with a file each. */
const DOORS = "doors";
/** What they share. */
const WITHHOLD = "withhold.js";

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
    if (name.endsWith(".v8")) copyFileSync(path.join(cache, name), path.join(folder, CACHE, name));
  link(path.join(root, "dist", "kernel"), path.join("dist", "kernel"));
  const { allowed } = asObject(source.metadata.chainrule);
  const library = path.join(root, "dist", "lib");
  if (Array.isArray(allowed)) {
    const doors = await doorsOf(manifest.exports, root);
    const given = doors.flatMap(({ origins }) =>
      [...origins].filter(([name]) => allowed.includes(name)).map(([, { file }]) => file),
    );
    // The kernel stands on the library's host, whatever the assignment allows.
    const host = path.join(library, "host", "node");
    const files = filesBehind([...given, ...readdirSync(host).map((name) => path.join(host, name))]);
    cpSync(library, path.join(folder, "dist", "lib"), {
      recursive: true,
      filter: (file) => !/\.(js|map|wasm)$/.test(file) || files.has(file),
    });
    writeFileSync(path.join(folder, WITHHOLD), withhold);
    for (const { subpath, origins } of doors) {
      const file = `./${DOORS}/${subpath.slice(2) || "index"}.js`;
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), facade(root, origins, allowed));
      manifest.exports[subpath] = { ...asObject(manifest.exports[subpath]), default: file };
      if (subpath === ".") manifest.main = file;
    }
  } else link(library, path.join("dist", "lib"));
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  return { root: own, folder, readable, tests, memory: new Map() };
}

export function removeStage({ root }: Stage): void {
  rmSync(root, { recursive: true, force: true });
}

interface Door {
  /** "." or "./display". */
  readonly subpath: string;
  /** What it exports. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/** The doors of the library that a package's `exports` list; its other subpaths are no part of the library. */
async function doorsOf(exports: Readonly<Record<string, unknown>>, root: string): Promise<Door[]> {
  const doors: Door[] = [];
  for (const [subpath, target] of Object.entries(exports)) {
    const file = asObject(target).default;
    if (typeof file !== "string" || !file.startsWith("./dist/lib/")) continue;
    doors.push({ subpath, origins: await originsOf(path.join(root, file)) });
  }
  return doors;
}

/** Importing a withheld name is harmless; using it is not. */
const withhold = `export function withhold(name) {
  const refuse = () => {
    throw new ReferenceError(name + " of the library is not there while this exercise is graded: write it yourself.");
  };
  return new Proxy(function () {}, { apply: refuse, construct: refuse, get: refuse });
}
`;

/** A door that gives what is allowed, and refuses the rest when it is used. */
function facade(root: string, origins: Door["origins"], allowed: readonly unknown[]): string {
  const names = [...origins.keys()].filter((name) => name !== "default");
  const given = names.filter((name) => allowed.includes(name));
  const withheld = names.filter((name) => !allowed.includes(name));
  const exported = given.map((alias) => {
    const { file, name } = origins.get(alias)!;
    const specifier = `../${path.relative(root, file).split(path.sep).join("/")}`;
    return `export { ${name} as ${alias} } from ${JSON.stringify(specifier)};`;
  });
  return `import { withhold } from "../${WITHHOLD}";
${exported.join("\n")}
${withheld.map((name) => `export const ${name} = withhold("${name}");`).join("\n")}
`;
}
