/** Evaluates text as a script of Node, whose line numbers may begin before the first line. */
import vm from "node:vm";
import type { FunctionText } from "../kernel-contract.js";

export const LINES_BEFORE = 0;

export function makeFunction({
  parameters,
  head = "",
  body,
  isAsync,
  file,
}: FunctionText): (...parts: unknown[]) => unknown {
  const before = `(${isAsync ? "async " : ""}function (${parameters.join(", ")}) { "use strict"; ${head}`;
  const script = new vm.Script(`${before}\n${body}\n})`, {
    filename: file,
    lineOffset: -1,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  return script.runInThisContext() as (...parts: unknown[]) => unknown;
}
