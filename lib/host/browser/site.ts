/**
 * The files that the kernel's site ships. The page that starts the kernel's worker sets this before the session starts:
 *
 *     globalThis.chainruleSite = { modules: { chainrule: "chainrule.js" }, workers: { language: "language.js" }, … };
 *
 * The kernel passes it on to the workers that it starts, and tells them of every file that is written.
 */
import type { WorkerProgram } from "../kernel-contract.js";
import { web } from "./kernel-web.js";

/** Addresses are relative to `base`. */
export interface Site {
  /** The address that the others are relative to; default: the script's address. */
  readonly base?: string;
  /** What cells may import: specifier → address of an ES module. */
  readonly modules: Readonly<Record<string, string>>;
  /** Programs of workers; a page that runs the cells itself needs no program for them. */
  readonly workers: Readonly<Partial<Record<WorkerProgram, string>>>;
  /** Plugins that every session has. */
  readonly plugins?: readonly SitePlugin[];
  /** Address of a JSON object, path → text: the types that the compiler reads, TypeScript's own library included. */
  readonly types: string;
  /** The version of chainrule that the site is made of. */
  readonly version?: string;
  /** Settings of the library and the kernel, such as CHAINRULE_DATA. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Declarations of modules under names that no file can have, as those of Node's: specifier → `declare module …`. */
  readonly declarations?: Readonly<Record<string, string>>;
  /** The notebook's own files, path → text. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface SitePlugin {
  readonly specifier: string;
  /** Address of its module. */
  readonly module: string;
  /** The package that it belongs to, and where the types of that package are. */
  readonly home?: { readonly name: string; readonly root: string };
}

/** The folder of TypeScript's own library among the types. */
export const TYPESCRIPT_FOLDER = "/node_modules/typescript/lib";

export function site(): Site {
  const given = (globalThis as { chainruleSite?: Site }).chainruleSite;
  if (!given) throw new Error("The kernel knows no site: set globalThis.chainruleSite before it starts.");
  return given;
}

/** The full address of one of the site's files. */
export function addressOf(relative: string): string {
  return new URL(relative, site().base ?? web.location.href).href;
}

interface SiteFile {
  readonly text: string;
  /** How many times the file was written; 1 for a file that the site ships. */
  readonly version: number;
}

const written = new Map<string, SiteFile>();
const listeners: ((path: string, text: string) => void)[] = [];

/** The text of a file and how often it was written; undefined when there is none. */
export function fileAt(path: string): SiteFile | undefined {
  const own = written.get(path);
  const text = own ? undefined : site().files?.[path];
  return own ?? (text === undefined ? undefined : { text, version: 1 });
}

/** Writes a file, and tells the workers that this thread has started. */
export function putFile(path: string, text: string): void {
  written.set(path, { text, version: (fileAt(path)?.version ?? 0) + 1 });
  for (const tell of listeners) tell(path, text);
}

/** Calls back for every file that has been written so far, and for every later one. */
export function onFile(call: (path: string, text: string) => void): void {
  for (const [path, { text }] of written) call(path, text);
  listeners.push(call);
}
