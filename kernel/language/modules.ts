/**
 * The user's own TypeScript files that cells import: which ones a cell reaches, which have changed since they
 * were last delivered, and their JavaScript. A local module becomes the body of an async function of
 * `exports, require, $cell`, so that it may await and import packages of either module system.
 */
import { COMPILED } from "#host/modules";
import { normalize } from "#host/paths";
import { awaitImports } from "./module-transform.js";
import type { ProgramHost } from "./host.js";
import type { LocalModule } from "./language.js";
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

export interface ReachedModules {
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
    const visit = (name: string): void => {
      const file = program.getSourceFile(name);
      if (!file || reached.has(file.fileName) || !this.#host.isLocalSource(file)) return;
      reached.set(file.fileName, file);
      for (const specifier of ts.preProcessFile(file.text, true, true).importedFiles) {
        const found = this.#host.resolve(specifier.fileName, file.fileName);
        if (found) visit(found.resolvedFileName);
      }
    };
    roots.forEach(visit);
    const changed = [...reached.values()].filter(
      (file) => isRunHere(file) && this.#delivered.get(file.fileName) !== file.text,
    );
    return {
      changed,
      deliver: () =>
        changed.map((file) => {
          this.#delivered.set(file.fileName, file.text);
          return this.#compile(program, file);
        }),
    };
  }

  #compile(program: TypeScript.Program, file: TypeScript.SourceFile): LocalModule {
    const output = ts.transpileModule(file.text, {
      fileName: file.fileName,
      compilerOptions: {
        ...this.#host.options,
        module: ts.ModuleKind.CommonJS,
        moduleResolution: ts.ModuleResolutionKind.Node10,
        // The kernel hands `require` ES namespaces; no second interpretation of `default`.
        esModuleInterop: false,
        allowSyntheticDefaultImports: true,
      },
      transformers: { before: [awaitImports, ...this.#transformers] },
    });
    const imports = ts.preProcessFile(file.text, true, true).importedFiles.map(({ fileName: specifier }) => {
      const found = this.#host.resolve(specifier, file.fileName);
      const source = found && program.getSourceFile(found.resolvedFileName);
      return source && this.#host.isLocalSource(source) && isRunHere(source)
        ? { specifier, file: normalize(source.fileName) }
        : { specifier };
    });
    return {
      path: normalize(file.fileName),
      text: file.text,
      javascript: output.outputText.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, ""),
      map: output.sourceMapText ?? "",
      imports,
    };
  }
}

/** Whether the kernel runs a local file: the place itself loads the others. */
const isRunHere = (file: TypeScript.SourceFile): boolean => COMPILED.test(file.fileName);
