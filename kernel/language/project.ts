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

/** TypeScript's complaint that a project has no files: they are not looked for here. */
const NO_FILES = new Set([18002, 18003]);

export interface Project {
  readonly options: TypeScript.CompilerOptions;
  /** What is followed, and what is wrong with the file, as sentences; absent when there is nothing to say. */
  readonly note: string | undefined;
  /** The files that it was read from, or would be read from if they were there. */
  readonly files: readonly string[];
}

export function projectOf(cwd: string): Project {
  const { sys } = ts;
  const beside = `${cwd.replace(/\/$/, "")}/tsconfig.json`;
  const file = ts.findConfigFile(cwd, sys.fileExists);
  if (file === undefined) return { options: {}, note: undefined, files: [beside] };
  const files = new Set([beside, file]);
  const readFile = (name: string): string | undefined => {
    files.add(name);
    return sys.readFile(name);
  };
  const { config, error } = ts.readConfigFile(file, readFile) as Partial<
    ReturnType<typeof ts.readConfigFile>
  >;
  // Whom else the project consists of is not asked: looking for its files can take long.
  const host = { ...sys, readFile, readDirectory: () => [] };
  const folder = file.replace(/\/[^/]*$/, "") || "/";
  const parsed = ts.parseJsonConfigFileContent(config ?? {}, host, folder, undefined, file);
  const isBeside = file === beside;
  const options = inCells(parsed.options);
  const names = isBeside ? [...PATHS, ...BESIDE] : PATHS;
  const found = names.filter((name) => options[name] !== undefined);
  const told = found.filter((name) => parsed.options[name] !== undefined && name !== "pathsBasePath");
  const wrong = [...(error ? [error] : []), ...parsed.errors]
    .filter(({ code }) => isBeside && !NO_FILES.has(code))
    .map((one) => cut(ts.flattenDiagnosticMessageText(one.messageText, " ")));
  const sentences = [
    ...(told.length ? [`Cells follow ${file}: ${told.join(", ")}.`] : []),
    ...(wrong.length ? [`What is wrong in ${file} is passed over: ${wrong.join(" ")}`] : []),
  ];
  return {
    options: Object.fromEntries(found.map((name) => [name, options[name]])),
    note: sentences.length ? sentences.join("\n") : undefined,
    files: [...files],
  };
}

/** The beginning of a sentence that counts up all that would be right. */
const cut = (sentence: string): string => (sentence.length > 160 ? `${sentence.slice(0, 80)} …` : sentence);

/** What the options of a project's files mean for cells, which run as they are. */
function inCells(options: TypeScript.CompilerOptions): TypeScript.CompilerOptions {
  const { jsx, lib, strict, noImplicitAny, useUnknownInCatchVariables, ...rest } = options;
  // `preserve` leaves JSX to another program.
  const isKept = jsx === ts.JsxEmit.Preserve || jsx === ts.JsxEmit.ReactNative;
  return {
    ...rest,
    ...(jsx !== undefined && { jsx: isKept ? ts.JsxEmit.ReactJSX : jsx }),
    ...(lib?.length && { lib }),
    ...(strict !== undefined && { strict }),
    // The checker always runs with it: without it `[]` and `null` have types that cannot grow.
    ...((noImplicitAny ?? strict) && { noImplicitAny: true }),
    ...((useUnknownInCatchVariables ?? strict) && { useUnknownInCatchVariables: true }),
  };
}
