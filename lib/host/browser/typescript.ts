/** The compiler's own program, TypeScript, bundled with the kernel; its files come with the site. */
import typescriptModule from "typescript";
import { modifiedTime, readText } from "./text-files.js";
import { TYPESCRIPT_FOLDER, addressOf, onFile, site } from "./site.js";

/** Types by path, and every folder that files lie in. */
const types = new Map<string, string>();
const folders = new Set<string>();

function addFolders(path: string): void {
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1))
    folders.add(path.slice(0, at));
}

const below = (folder: string): string[] => {
  const start = folder === "/" ? "/" : `${folder}/`;
  return [...folders]
    .filter((one) => one.startsWith(start) && !one.slice(start.length).includes("/"))
    .map((one) => one.slice(start.length));
};

/** TypeScript's interface to the system, for the site's files; it never writes. */
const system = {
  args: [],
  newLine: "\n",
  useCaseSensitiveFileNames: true,
  write: (text: string) => console.log(text),
  readFile: (file: string) => types.get(file) ?? readText(file),
  writeFile: () => {},
  fileExists: (file: string) => types.has(file) || modifiedTime(file) > 0,
  directoryExists: (folder: string) => folders.has(folder),
  getDirectories: below,
  readDirectory: () => [],
  createDirectory: () => {},
  realpath: (file: string) => file,
  resolvePath: (file: string) => file,
  getCurrentDirectory: () => "/",
  getExecutingFilePath: () => `${TYPESCRIPT_FOLDER}/typescript.js`,
  exit: () => {},
};

(typescriptModule as unknown as { setSys(system: object): void }).setSys(system);

export const typescript: unknown = typescriptModule;

export function saveCodeCache(): void {}

export async function filesReady(): Promise<void> {
  const address = addressOf(site().types);
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The types at ${address} could not be loaded: ${response.status}.`);
  for (const [path, text] of Object.entries((await response.json()) as Record<string, string>)) {
    types.set(path, text);
    addFolders(path);
  }
  Object.keys(site().files ?? {}).forEach(addFolders);
  onFile(addFolders);
}

export const GLOBAL_TYPES = { types: [], lib: ["lib.webworker.d.ts"] };

export function ownTypeRoot(): undefined {
  return undefined;
}
