/**
 * The kernel's session and compiler name nothing that only Node has: read with the types of a browser's worker, over the
 * browser's host, they have no error.
 */
import path from "node:path";
import ts from "typescript";
import { beforeAll, expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";

/**
 * The files and all that they import, as a browser's worker has it.
 * @param files their texts by name; undefined for those that are on the disk
 * @param before another program, whose files need not be read again
 */
function programOf(files: Readonly<Record<string, string | undefined>>, before?: ts.Program): ts.Program {
  const { config } = ts.readConfigFile(path.join(projectRoot, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...(config as object), include: [], files: [] },
    ts.sys,
    projectRoot,
  );
  const browser: ts.CompilerOptions = {
    ...options,
    module: ts.ModuleKind.ESNext,
    // Package.json's "imports" and "exports" without the condition "node".
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ["es2023", "webworker", "webworker.iterable", "webworker.asynciterable"].map(
      (name) => `lib.${name}.d.ts`,
    ),
    types: [],
    noEmit: true,
    incremental: false,
    declaration: false,
    tsBuildInfoFile: undefined,
  };
  const names = Object.keys(files).map((name) => path.join(projectRoot, name));
  const host = ts.createCompilerHost(browser);
  const { readFile, fileExists } = host;
  const own = (name: string): string | undefined => files[path.relative(projectRoot, name)];
  host.readFile = (name) => own(name) ?? readFile(name);
  host.fileExists = (name) => own(name) !== undefined || fileExists(name);
  return ts.createProgram(names, browser, host, before);
}

/** The errors of one file, or of all. */
function errors(program: ts.Program, of?: string): string[] {
  const source = of === undefined ? undefined : program.getSourceFile(path.join(projectRoot, of));
  return ts.getPreEmitDiagnostics(program, source).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    const name = file && path.relative(projectRoot, file.fileName);
    return `${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

let whole: ts.Program;
beforeAll(() => {
  whole = programOf({ "kernel/cells/session.ts": undefined, "kernel/language/worker.ts": undefined });
});

it("there is no error in the types of a browser's worker", () => {
  expect(errors(whole)).toEqual([]);
});

it("there would be, for a name that only Node has, and for a host's part that is not as the contract says", () => {
  const bad = `
    import { runCommand } from "#host/shell";
    export const size: number = Buffer.byteLength("x") + process.pid;
    void runCommand("ls");`;
  const name = "kernel/cells/bad.ts";
  const found = errors(programOf({ [name]: bad }, whole), name);
  expect(found.map((one) => one.replace(/\. Do you need.*/, ""))).toEqual([
    "kernel/cells/bad.ts:3: Cannot find name 'Buffer'",
    "kernel/cells/bad.ts:3: Cannot find name 'process'",
    "kernel/cells/bad.ts:4: Expected 2 arguments, but got 1.",
  ]);
});
