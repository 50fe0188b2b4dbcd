/** What the call around a position may be given, an overload after the other. */
import type { Signatures } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { internals, never } from "./typescript.js";

export function signaturesAt(
  program: TypeScript.Program,
  file: TypeScript.SourceFile,
  position: number,
): Signatures | undefined {
  const found = internals.SignatureHelp.getSignatureHelpItems(program, file, position, undefined, never);
  if (!found) return undefined;
  return {
    active: found.selectedItemIndex,
    parameter: found.argumentIndex,
    items: found.items.map((item) => {
      const between = joined(item.separatorDisplayParts);
      let label = joined(item.prefixDisplayParts);
      const parameters = item.parameters.map((one, i) => {
        if (i > 0) label += between;
        const start = label.length;
        label += joined(one.displayParts);
        return { start, end: label.length, documentation: joined(one.documentation) };
      });
      label += joined(item.suffixDisplayParts);
      return { label, parameters, documentation: joined(item.documentation) };
    }),
  };
}

const joined = (parts: readonly TypeScript.SymbolDisplayPart[]): string =>
  parts.map(({ text }) => text).join("");
