/**
 * The browser's host under a browser's own types, without Node's: it uses nothing of Node's, and what it says of the web in
 * `web.ts` is so.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";
import { projectRoot } from "../../support/shared.js";

const folder = path.join(projectRoot, "lib/host/browser");

/** What TypeScript says of the host's files, and of a text beside them. */
function errors(text: string): string[] {
  const probe = path.join(folder, "probe.ts");
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ["lib.es2023.d.ts", "lib.webworker.d.ts"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === probe || fileExists(name);
  host.getSourceFile = (name, target) =>
    name === probe ? ts.createSourceFile(name, text, target) : getSourceFile(name, target);
  const files = readdirSync(folder).map((name) => path.join(folder, name));
  const program = ts.createProgram([...files, probe], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${path.basename(file?.fileName ?? "")}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    );
}

it("is written for what browsers have, and web.ts describes it truly", { timeout: 60_000 }, () => {
  const text = `
    import type { Web } from "./web.js";
    declare const worker: Omit<typeof globalThis, "postMessage" | "addEventListener"> & DedicatedWorkerGlobalScope;
    export const described: Web = worker;`;
  expect(errors(text)).toEqual([]);
});

it("would be told of what browsers have not", { timeout: 60_000 }, () => {
  const text = `
    import type { Web } from "./web.js";
    export const described: Web = { ...(globalThis as never as Web), caches: { open: (name: string) => name } };
    process.exit();`;
  const found = errors(text);
  expect(found.join("\n")).toMatch(/probe.ts: Type .* is not assignable/);
  expect(found.join("\n")).toContain("probe.ts: Cannot find name 'process'");
});
