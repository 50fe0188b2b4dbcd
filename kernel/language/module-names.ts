/** What can stand between the quotes of an import: files beside the notebook, installed packages, Node's own modules. */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

const FILES = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];

export interface Modules {
  /** The notebook's folder, with slashes. */
  readonly cwd: string;
  /** What plugins bring along: it comes first. */
  readonly brought: readonly string[];
  readonly program: TypeScript.Program;
}

/** The specifiers that begin as what is typed. */
export function moduleNames(typed: string, { cwd, brought, program }: Modules): string[] {
  if (/^\.{1,2}(?:\/|$)/.test(typed)) return files(typed, cwd).filter((one) => one.startsWith(typed));
  const declared = program.getTypeChecker().getAmbientModules();
  const builtin = declared.map(({ name }) => name.slice(1, -1)).filter((name) => !name.includes("*"));
  const all = [...brought, ...packages(typed, cwd), ...builtin.sort()];
  return [...new Set(all)].filter((one) => one.startsWith(typed));
}

/** The files and folders in the folder that a relative specifier has come to. */
function files(typed: string, cwd: string): string[] {
  const start = typed.includes("/") ? typed.slice(0, typed.lastIndexOf("/") + 1) : `${typed}/`;
  const folder = `${cwd}/${start}`;
  const isSeen = (name: string): boolean => !name.startsWith(".") && name !== "node_modules";
  const found = ts.sys.readDirectory(folder, FILES, undefined, undefined, 1).map((file) => {
    const name = file.slice(file.lastIndexOf("/") + 1);
    // TypeScript is imported without its ending.
    return /\.d\.[cm]?ts$/.test(name) ? "" : name.replace(/\.[cm]?tsx?$/, "");
  });
  return [
    ...ts.sys
      .getDirectories(folder)
      .filter(isSeen)
      .map((name) => `${start}${name}/`),
    ...found.filter((name) => name !== "" && isSeen(name)).map((name) => start + name),
  ].sort();
}

/** The packages installed for a folder; of the one whose name is typed, its doors. */
function packages(typed: string, cwd: string): string[] {
  const found: string[] = [];
  for (let folder = cwd; ; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    const installed = `${folder}/node_modules`;
    for (const name of directories(installed)) {
      if (name.startsWith("@"))
        found.push(...directories(`${installed}/${name}`).map((one) => `${name}/${one}`));
      else found.push(name);
    }
    const [name] = /^(?:@[^/]+\/)?[^/]+(?=\/)/.exec(typed) ?? [];
    if (name !== undefined) found.push(...doorsOf(name, `${installed}/${name}`));
    if (!folder.includes("/")) break;
  }
  return found.filter((name) => !name.startsWith("@types/")).sort();
}

const directories = (folder: string): string[] =>
  ts.sys.directoryExists(folder) ? ts.sys.getDirectories(folder).filter((name) => !name.startsWith(".")) : [];

/** The subpaths that a package's manifest exports, as they are imported. */
export function doorsOf(name: string, root: string): string[] {
  // A manifest that is being written is read as far as it goes.
  const { config } = ts.readConfigFile(`${root}/package.json`, ts.sys.readFile) as { config?: unknown };
  const manifest = (config ?? {}) as { readonly name?: unknown; readonly exports?: unknown };
  const { exports } = manifest;
  // A package that another one brings along is found from that one's folder.
  if (manifest.name !== name || typeof exports !== "object" || exports === null) return [];
  return Object.keys(exports)
    .filter((key) => /^\.\/[^*.]+$/.test(key))
    .map((key) => name + key.slice(1));
}
