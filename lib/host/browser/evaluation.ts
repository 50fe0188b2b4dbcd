/** Text becomes code by the global `eval`. Nothing tells it where line numbers begin, so the head of a function is one. */
import type { FunctionText } from "../kernel-contract.js";

export const LINES_BEFORE = 1;

/** Called by another name, `eval` sees the global scope alone. */
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
