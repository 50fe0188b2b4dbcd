/**
 * What the project that the notebook lies in says of its code: `paths` and `baseUrl` in the nearest tsconfig.json, and, in
 * one beside the notebook, its library, its JSX, its decorators and how strictly it is checked.
 */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

const PATHS = ["paths", "baseUrl", "pathsBasePath"];

const BESIDE = [
  "lib",
  ...["jsx", "jsxFactory", "jsxFragmentFactory", "jsxImportSource"],
  ...["experimentalDecorators", "emitDecoratorMetadata", "useDefineForClassFields"],
  ...["strict", "noImplicitAny", "strictNullChecks", "strictFunctionTypes", "strictBindCallApply"],
  ...["strictPropertyInitialization", "strictBuiltinIteratorReturn", "noImplicitThis"],
  ...["useUnknownInCatchVariables", "noUncheckedIndexedAccess", "exactOptionalPropertyTypes"],
  ...["noImplicitReturns", "noFallthroughCasesInSwitch", "noImplicitOverride"],
  "noPropertyAccessFromIndexSignature",
];

export interface Project {
  readonly options: TypeScript.CompilerOptions;
  /** A sentence that says which options are followed; absent when there are none. */
  readonly note: string | undefined;
}

/** It begins with the kernel: who changes the file restarts it. */
export function projectOf(cwd: string): Project {
  const { sys } = ts;
  const file = ts.findConfigFile(cwd, sys.fileExists);
  if (file === undefined) return { options: {}, note: undefined };
  const { config } = ts.readConfigFile(file, sys.readFile) as { config?: unknown };
  // Whom else the project consists of is not asked: looking for its files can take long.
  const host = { ...sys, readDirectory: () => [] };
  const folder = file.replace(/\/[^/]*$/, "") || "/";
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, host, folder, undefined, file);
  const names = folder === cwd.replace(/(.)\/$/, "$1") ? [...PATHS, ...BESIDE] : PATHS;
  const found = names.filter((name) => options[name] !== undefined);
  const told = found.filter((name) => name !== "pathsBasePath");
  return {
    options: Object.fromEntries(found.map((name) => [name, options[name]])),
    note: told.length ? `Cells follow ${file}: ${told.join(", ")}.` : undefined,
  };
}
