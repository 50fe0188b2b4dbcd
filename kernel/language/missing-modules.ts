/** What to write where TypeScript cannot find a module: how it is installed, or what stands in its place in Node. */
import { GLOBAL_TYPES } from "#host/typescript";
import { isBuiltin } from "#host/modules";
import { closest, distance } from "fastest-levenshtein";
import { foreignSpecifier } from "./foreign-specifiers.js";
import { npmSpecifier } from "./npm-specifier.js";
import { ts } from "./typescript.js";

/** TypeScript's numbers for a module that is not found. */
const NOT_FOUND = new Set([2307, 2792, 2875]);

/** An error about a missing module, with the way out; any other error as it was. */
export function withWayOut<T extends { readonly code: number; readonly message: string }>(
  error: T,
  cwd: string,
): T {
  const specifier = NOT_FOUND.has(error.code)
    ? /^(?:Cannot find module|This JSX tag requires the module path) '([^']+)'/.exec(error.message)?.[1]
    : undefined;
  const way = specifier === undefined ? undefined : wayOut(specifier, cwd);
  return way === undefined ? error : { ...error, message: `${error.message} ${way}` };
}

function wayOut(specifier: string, cwd: string): string | undefined {
  const foreign = foreignSpecifier(specifier);
  if (foreign !== undefined) return foreign;
  // A site ships its modules.
  if (GLOBAL_TYPES.lib.length) return undefined;
  if (/^\.{1,2}\//.test(specifier)) return nearFile(specifier, cwd);
  const wanted = npmSpecifier(specifier);
  const name = wanted?.name ?? /^(?:@[\w.-]+\/)?[\w-][\w.-]*(?=\/|$)/.exec(specifier)?.[0];
  if (name === undefined || isBuiltin(name) || isInstalled(name, cwd)) return undefined;
  return `%npm install ${wanted?.wanted ?? name} installs it, without a restart (npm install ${wanted?.wanted ?? name} in a terminal).`;
}

/** Files that a cell can import. */
const IMPORTED = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];

/** The file of one's own that was meant, as it is imported, or the folder that is not there. */
function nearFile(specifier: string, cwd: string): string | undefined {
  const end = specifier.lastIndexOf("/");
  const [place, name] = [specifier.slice(0, end), specifier.slice(end + 1)];
  const folder = `${cwd}/${place}`;
  if (!ts.sys.directoryExists(folder)) return `There is no folder ${place} here.`;
  const files = ts.sys.readDirectory(folder, IMPORTED, undefined, undefined, 1);
  const names = files.map((file) => file.slice(file.lastIndexOf("/") + 1).replace(/\.[cm]?tsx?$/, ""));
  const near = names.length > 0 ? closest(name, names) : undefined;
  if (near === undefined || near === name) return undefined;
  const letters = distance(near.toLowerCase(), name.toLowerCase());
  return letters <= Math.min(2, Math.floor(near.length / 2)) ? `Is it "${place}/${near}"?` : undefined;
}

/** Whether a folder of packages around the notebook has this one, so that something else of it is missing. */
function isInstalled(name: string, cwd: string): boolean {
  for (let folder = cwd; ; folder = folder.slice(0, folder.lastIndexOf("/"))) {
    if (ts.sys.directoryExists(`${folder}/node_modules/${name}`)) return true;
    if (!folder.includes("/")) return false;
  }
}
