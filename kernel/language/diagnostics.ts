/** What is wrong with a cell and the local modules it imports, in the kernel's words of `CellDiagnostic`. */
import { relative } from "#host/paths";
import type { CellDiagnostic } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { never, ts } from "./typescript.js";

/** Complaints that have no meaning in a notebook. */
const IGNORED = new Set([
  1202, // `import x = require("y")` in an ES module: the kernel supports it
  6059, // a local module outside the notebook's folder
  2669, // `declare global` in a file without imports
  7005, // a variable whose type an earlier cell leaves open
  7034,
]);

/** @param cell the cell among `files`; the others are named in their diagnostics */
export function diagnosticsOf(
  program: TypeScript.Program,
  files: readonly TypeScript.SourceFile[],
  cell: TypeScript.SourceFile,
  cwd: string,
): CellDiagnostic[] {
  const found: CellDiagnostic[] = [];
  for (const file of files) {
    let diagnostics: readonly TypeScript.Diagnostic[] = program.getSyntacticDiagnostics(file, never);
    if (!diagnostics.length) diagnostics = program.getSemanticDiagnostics(file, never);
    for (const one of diagnostics) {
      if (one.category !== ts.DiagnosticCategory.Error || IGNORED.has(one.code)) continue;
      const start = one.start ?? 0;
      const { line, character } = file.getLineAndCharacterOfPosition(start);
      found.push({
        code: one.code,
        message: ts.flattenDiagnosticMessageText(one.messageText, "\n"),
        start,
        end: start + (one.length ?? 0),
        line,
        character,
        text: file.text.split("\n")[line] ?? "",
        ...(file !== cell && { file: relative(cwd, file.fileName) }),
      });
    }
  }
  return found;
}
