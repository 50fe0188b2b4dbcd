/**
 * Makes the folders that replace this package while submissions run: the kernel, the part of the library that an
 * assignment allows, the packages that these need, and an empty folder to work in. A submission may read these folders
 * and nothing else, so it can reach neither a secret key nor the library's own solution, by whatever path it tries.
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
  /** The folder that the submission's process sees as the package. */
  readonly folder: string;
  /** The folders that the links in it lead to. */
  readonly readable: readonly string[];
  /** An empty folder for the tests. */
  readonly tests: string;
  /** The compiler's answers for the tests; they grow as submissions are graded. */
  readonly memory: Memory;
}

/** The folder with one file for each of the library's public entry points, as the submission's process sees them. */
const DOORS = "doors";
/** The file that they share, as they name it. */
const WITHHELD = "../dist/kernel/cells/withheld.js";

/** The cache folder below the stage; in the submission's process the environment variable CHAINRULE_CACHE names it. */
export const CACHE = "cache";

/**
 * Makes the folders; `removeStage` removes them.
 * @param source the instructor's notebook: `chainrule.allowed` in its metadata lists what a submission may use of the
 *        library; default: everything
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
  // The compiler finds the library's types by this.
  symlinkSync(folder, path.join(folder, "node_modules", manifest.name), "junction");
  // Without this copy of V8's cache, every submission would have to compile the compiler's code again.
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
    // The kernel needs the library's host, whatever the assignment allows.
    const host = path.join(library, "host", "node");
    const files = filesBehind([...given, ...readdirSync(host).map((name) => path.join(host, name))]);
    cpSync(library, path.join(folder, "dist", "lib"), {
      recursive: true,
      filter: (file) => !/\.(js|map|wasm)$/.test(file) || files.has(file),
    });
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

/** The library's entry points in a package's `exports`; its other subpaths are not part of the library. */
async function doorsOf(exports: Readonly<Record<string, unknown>>, root: string): Promise<Door[]> {
  const doors: Door[] = [];
  for (const [subpath, target] of Object.entries(exports)) {
    const file = asObject(target).default;
    if (typeof file !== "string" || !file.startsWith("./dist/lib/")) continue;
    doors.push({ subpath, origins: await originsOf(path.join(root, file)) });
  }
  return doors;
}

/** The text of an entry point that exports what is allowed; any other name throws when it is used. */
function facade(root: string, origins: Door["origins"], allowed: readonly unknown[]): string {
  const names = [...origins.keys()].filter((name) => name !== "default");
  const given = names.filter((name) => allowed.includes(name));
  const withheld = names.filter((name) => !allowed.includes(name));
  const exported = given.map((alias) => {
    const { file, name } = origins.get(alias)!;
    const specifier = `../${path.relative(root, file).split(path.sep).join("/")}`;
    return `export { ${name} as ${alias} } from ${JSON.stringify(specifier)};`;
  });
  return `import { withhold } from "${WITHHELD}";
${exported.join("\n")}
${withheld.map((name) => `export const ${name} = withhold("${name}");`).join("\n")}
`;
}
