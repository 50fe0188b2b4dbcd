/** Evaluates text with the global `eval`. It cannot be told where line numbers begin, so the function's head is line 1. */
import type { FunctionText } from "../kernel-contract.js";

export const LINES_BEFORE = 1;

/** When it is called by another name, `eval` sees only the global scope. */
const evaluate = globalThis.eval;

export function makeFunction({
  parameters,
  head = "",
  body,
  isAsync,
  file,
}: FunctionText): (...parts: unknown[]) => unknown {
  const before = `(${isAsync ? "async " : ""}function (${parameters.join(", ")}) { "use strict"; ${head}`;
  // The name of a file must not have spaces here.
  const name = file.replaceAll(" ", "%20");
  return evaluate(`${before}\n${body}\n})\n//# sourceURL=${name}`) as (...parts: unknown[]) => unknown;
}
