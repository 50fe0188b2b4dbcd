/**
 * What the site that the kernel came from ships. Whoever starts the kernel's worker says it before the session starts:
 *
 *     globalThis.chainruleSite = { modules: { chainrule: "chainrule.js" }, workers: { language: "language.js" }, … };
 *
 * The workers that the kernel starts hear it from the kernel, and hear too of every file that is written.
 */
import type { WorkerProgram } from "../kernel-contract.js";
import { web } from "./kernel-web.js";

/** Addresses are relative to `base`. */
export interface Site {
  /** The address that the others start from; that of the script when absent. */
  readonly base?: string;
  /** What cells may import: specifier → address of an ES module. */
  readonly modules: Readonly<Record<string, string>>;
  /** Programs of workers. */
  readonly workers: Readonly<Record<WorkerProgram, string>>;
  /** Plugins that every session has. */
  readonly plugins?: readonly SitePlugin[];
  /** Address of a JSON object, path → text: the types that the compiler reads, those of TypeScript's own library too. */
  readonly types: string;
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

/** Where something of the site is. */
export function addressOf(relative: string): string {
  return new URL(relative, site().base ?? web.location.href).href;
}

interface SiteFile {
  readonly text: string;
  /** Counts the writings of a file; 1 for one that the site shipped. */
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

/** Calls back for every file that has been written, and for those to come. */
export function onFile(call: (path: string, text: string) => void): void {
  for (const [path, { text }] of written) call(path, text);
  listeners.push(call);
}
