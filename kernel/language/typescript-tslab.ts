/** tslab's build of TypeScript 5.0: each file keeps where its imports lead. */
import type { Adapter, TypeScript } from "./adapter.js";

interface ModuleMap {
  set(
    name: string,
    mode: undefined,
    resolved: { resolvedModule: TypeScript.ResolvedModuleFull | undefined },
  ): void;
}

type Compiler = typeof TypeScript & { createModeAwareCache(): ModuleMap };

/** @param ts the compiler itself */
export function adapterOf(ts: Compiler): Adapter {
  return {
    name: "@tslab/typescript-for-tslab",
    // Notebooks for tslab have those of its time.
    decorators: "experimental",
    targetOf: () => ts.ScriptTarget.ES2022,
    setModules(_, file, modules) {
      const map = ts.createModeAwareCache();
      for (const [specifier, resolvedModule] of modules) map.set(specifier, undefined, { resolvedModule });
      Object.assign(file, { resolvedModules: map });
    },
    parseUndocumented({ name, text, language }) {
      // Doc comments become plain ones of the same length.
      return ts.createSourceFile(name, text.replace(/\/\*\*(?!\/)/g, "/* "), language);
    },
  };
}
