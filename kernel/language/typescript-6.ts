/** TypeScript 6.0: its program keeps for each file where the imports lead. */
import type { Adapter, ResolvedModules, TypeScript } from "./adapter.js";

type Resolution = { readonly resolvedModule: TypeScript.ResolvedModuleFull | undefined } | undefined;

interface InternalProgram extends TypeScript.Program {
  getResolvedModule(file: TypeScript.SourceFile, name: string, mode: unknown): Resolution;
}

const modulesOf = new WeakMap<TypeScript.SourceFile, ResolvedModules>();
const opened = new WeakSet<TypeScript.Program>();

/** Has the program know the modules of files beside its own. */
function open(program: InternalProgram): void {
  if (opened.has(program)) return;
  opened.add(program);
  const own = program.getResolvedModule;
  if (typeof own !== "function")
    throw new Error("The kernel needs getResolvedModule of TypeScript's program: install typescript 6.0.3.");
  program.getResolvedModule = (file, name, mode) => {
    const modules = modulesOf.get(file);
    return modules ? { resolvedModule: modules.get(name) } : own(file, name, mode);
  };
}

/** @param ts the compiler itself */
export const adapterOf = (ts: typeof TypeScript): Adapter => ({
  name: "typescript",
  decorators: "standard",
  targetOf(node) {
    const major = Number(/^v(\d+)\./.exec(node)?.[1] ?? 0);
    return major >= 24 ? ts.ScriptTarget.ES2025 : ts.ScriptTarget.ES2024;
  },
  setModules(program, file, modules) {
    open(program as InternalProgram);
    modulesOf.set(file, modules);
  },
  parseUndocumented({ name, text, language }) {
    const options = typeof language === "object" ? language : { languageVersion: language };
    return ts.createSourceFile(name, text, { ...options, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
  },
});
