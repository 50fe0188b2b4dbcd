/** What the project that the notebook lies in says of its imports: `paths` and `baseUrl` in the nearest tsconfig.json. */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** They begin with the kernel: who changes them restarts it. */
export function projectPaths(cwd: string): TypeScript.CompilerOptions {
  const { sys } = ts;
  const file = ts.findConfigFile(cwd, sys.fileExists);
  if (file === undefined) return {};
  const { config } = ts.readConfigFile(file, sys.readFile) as { config?: unknown };
  // Whom else the project consists of is not asked: looking for its files can take long.
  const host = { ...sys, readDirectory: () => [] };
  const folder = file.replace(/\/[^/]*$/, "") || "/";
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, host, folder, undefined, file);
  const names = ["paths", "baseUrl", "pathsBasePath"];
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}
