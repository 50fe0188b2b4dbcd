/**
 * Folders that stand for this package while submissions run: the built files and the dependencies, by links, and an
 * empty folder to work in. A submission may read them and nothing beside them, so that no key is in reach; and what
 * an assignment asks for, the library does not do in them.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../install.js";
import { asObject } from "../notebook/format.js";
import type { Notebook } from "../notebook/format.js";

export interface Stage {
  /** The temporary folder that holds the others. */
  readonly root: string;
  /** The folder that the submission's process takes for the package. */
  readonly folder: string;
  /** Where the links in it lead. */
  readonly readable: readonly string[];
  /** An empty folder for the tests. */
  readonly tests: string;
}

/** The library as the submission's process sees it. */
const FACADE = "library.js";

/**
 * Makes the folders; `removeStage` removes them.
 * @param source the instructor's notebook: `chainrule.allowed` in its metadata lists what a submission may use of
 *        the library; everything unless given
 */
export async function makeStage(source: Notebook, root: string = packageRoot()): Promise<Stage> {
  const own = realpathSync(mkdtempSync(path.join(tmpdir(), "chainrule-grade-")));
  const [folder, tests] = [path.join(own, "submission"), path.join(own, "tests")];
  mkdirSync(path.join(folder, "work"), { recursive: true });
  mkdirSync(tests);
  const paths = createRequire(path.join(root, "package.json")).resolve.paths("tslab") ?? [];
  const modules = paths.find((one) => existsSync(path.join(one, "tslab"))) ?? path.join(root, "node_modules");
  const readable: string[] = [];
  for (const [name, target] of [
    ["dist", path.join(root, "dist")],
    ["node_modules", modules],
  ]) {
    const real = realpathSync(target);
    symlinkSync(real, path.join(folder, name), "junction");
    readable.push(real);
  }
  const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    main: string;
    exports: Record<string, unknown>;
  };
  const { allowed } = asObject(source.metadata.chainrule);
  if (Array.isArray(allowed)) {
    const names = Object.keys((await import(pathToFileURL(path.join(root, manifest.main)).href)) as object);
    const withheld = names.filter((name) => name !== "default" && !allowed.includes(name));
    writeFileSync(path.join(folder, FACADE), facade(manifest.main, withheld));
    manifest.exports["."] = { ...asObject(manifest.exports["."]), default: `./${FACADE}` };
    manifest.main = `./${FACADE}`;
  }
  writeFileSync(path.join(folder, "package.json"), JSON.stringify(manifest));
  return { root: own, folder, readable, tests };
}

export function removeStage({ root }: Stage): void {
  rmSync(root, { recursive: true, force: true });
}

/** A module's own exports come before those that it passes on. Importing a withheld name is harmless; using it is not. */
function facade(main: string, withheld: readonly string[]): string {
  return `export * from ${JSON.stringify(main)};
function withhold(name) {
  const refuse = () => {
    throw new ReferenceError(name + " of the library is not there while this exercise is graded: write it yourself.");
  };
  return new Proxy(function () {}, { apply: refuse, construct: refuse, get: refuse });
}
${withheld.map((name) => `export const ${name} = withhold("${name}");`).join("\n")}
`;
}
