/**
 * The user's own TypeScript files that cells import: which ones a cell reaches, which have changed since they
 * were last delivered, and their JavaScript. A local module becomes the body of an async function of
 * `exports, require, module, $cell`, so that it may await and import packages of either module system.
 */
import { COMPILED } from "#host/modules";
import { normalize } from "#host/paths";
import { laterImports, staticImports } from "./module-transform.js";
import type { ProgramHost } from "./host.js";
import type { ImportRequest, LocalModule } from "./language.js";
import { awaits, specifiersOf } from "./specifiers.js";
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

export interface ReachedModules {
  /** Files that one of them requires and the program has not read: only an import makes it do so. */
  missing: string[];
  /** Files to check and to deliver. */
  changed: TypeScript.SourceFile[];
  /** Their JavaScript; from now on they count as delivered. */
  deliver(): LocalModule[];
}

export class LocalModules {
  readonly #host: ProgramHost;
  readonly #transformers: readonly TypeScript.TransformerFactory<TypeScript.SourceFile>[];
  /** The text each file was last delivered with. */
  readonly #delivered = new Map<string, string>();

  /** @param transformers changes to their code, made after the kernel's own */
  constructor(
    host: ProgramHost,
    transformers: readonly TypeScript.TransformerFactory<TypeScript.SourceFile>[],
  ) {
    this.#host = host;
    this.#transformers = transformers;
  }

  /** @param roots local files that a cell imports */
  reachable(program: TypeScript.Program, roots: readonly string[]): ReachedModules {
    const reached = new Map<string, TypeScript.SourceFile>();
    const missing: string[] = [];
    const visit = (name: string): void => {
      const file = program.getSourceFile(name);
      if (!file || reached.has(file.fileName) || !this.#host.isLocalSource(file)) return;
      reached.set(file.fileName, file);
      const { imports, required } = specifiersOf(file);
      for (const { text } of imports) {
        const found = this.#host.resolve(text, file.fileName);
        if (found) visit(found.resolvedFileName);
      }
      for (const { text } of required) {
        const found = this.#host.resolve(text, file.fileName);
        if (!found || found.isExternalLibraryImport || !COMPILED.test(found.resolvedFileName)) continue;
        if (program.getSourceFile(found.resolvedFileName)) visit(found.resolvedFileName);
        else missing.push(found.resolvedFileName);
      }
    };
    roots.forEach(visit);
    const changed = [...reached.values()].filter(
      (file) => isRunHere(file) && this.#delivered.get(file.fileName) !== file.text,
    );
    return {
      missing,
      changed,
      deliver: () =>
        changed.map((file) => {
          this.#delivered.set(file.fileName, file.text);
          return this.#compile(program, file);
        }),
    };
  }

  /** What a file asks for by a specifier. */
  request(program: TypeScript.Program, specifier: string, from: string): ImportRequest {
    const found = this.#host.resolve(specifier, from);
    if (!found) return { specifier };
    const source = program.getSourceFile(found.resolvedFileName);
    const isOwn = source !== undefined && this.#host.isLocalSource(source);
    if (isOwn && isRunHere(source)) return { specifier, file: normalize(source.fileName) };
    // What is found in node_modules, the place finds by its own rules.
    if (found.isExternalLibraryImport) return { specifier };
    const file = isOwn ? source.fileName : this.#host.implementationOf(found.resolvedFileName);
    return file === undefined ? { specifier } : { specifier, file: normalize(file) };
  }

  /** Where `import("…")` and `require("…")` in a file lead that name the user's own files. */
  found(program: TypeScript.Program, file: TypeScript.SourceFile): ImportRequest[] {
    const { later, required } = specifiersOf(file);
    const requests = [
      ...later.map(({ text }) => this.request(program, text, file.fileName)),
      ...required.map(({ text }) => ({
        ...this.request(program, text, file.fileName),
        form: "require" as const,
      })),
    ];
    return requests.filter((one) => one.file !== undefined);
  }

  #compile(program: TypeScript.Program, file: TypeScript.SourceFile): LocalModule {
    const imports: ImportRequest[] = [];
    const output = ts.transpileModule(file.text, {
      // For `.mts` and `.cts` TypeScript would choose the module system by itself.
      fileName: file.fileName.replace(/\.[cm]ts$/, ".ts"),
      compilerOptions: {
        ...this.#host.options,
        module: ts.ModuleKind.CommonJS,
        moduleResolution: ts.ModuleResolutionKind.Node10,
        // The kernel hands `require` ES namespaces; no second interpretation of `default`.
        esModuleInterop: false,
        allowSyntheticDefaultImports: true,
      },
      transformers: { before: [laterImports, ...this.#transformers], after: [staticImports(imports)] },
    });
    return {
      path: normalize(file.fileName),
      text: file.text,
      javascript: output.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ""),
      map: output.sourceMapText ?? "",
      isAsync: awaits(file),
      imports: imports.map((one) => ({ ...one, ...this.request(program, one.specifier, file.fileName) })),
      found: this.found(program, file),
    };
  }
}

/** Whether the kernel runs a local file: the place itself loads the others. */
const isRunHere = (file: TypeScript.SourceFile): boolean => COMPILED.test(file.fileName);
