/**
 * The names that earlier cells declared, as a scope around the next cell. TypeScript's checker looks a name up in
 * a file and then in the file's parents; so a cell's parent is a file with no text whose locals are the symbols
 * of earlier cells. Their types are read from the cells' own syntax: nothing is written out as declarations, and
 * so private members and types without a name survive from cell to cell.
 *
 * A newer declaration hides an older one only in what it means: `interface Item` hides the type and leaves the
 * value `Item` visible. Where one name needs both, the scope grows another layer.
 */
import type { InternalSourceFile, InternalSymbol, TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";

const MEANING = ts.SymbolFlags.Value | ts.SymbolFlags.Type | ts.SymbolFlags.Namespace;

export class Scope {
  readonly #options: TypeScript.CompilerOptions;
  readonly #fileName: string;
  readonly #below: Scope | undefined;
  /** Newest last. */
  #layers: InternalSourceFile[] = [];
  /** Symbols whose values later cells read from the scope object at run time. */
  #values = new Set<TypeScript.Symbol>();

  /** @param below  whose names are seen too, where this scope has none of that name */
  constructor(options: TypeScript.CompilerOptions, fileName: string, below?: Scope) {
    this.#options = options;
    this.#fileName = fileName;
    this.#below = below;
    this.#push();
  }

  /** The parent to give a cell. */
  get top(): InternalSourceFile {
    if (this.#below) this.#layers[0]!.parent = this.#below.top;
    return this.#layers[this.#layers.length - 1]!;
  }

  /** Whether this symbol is a variable, function, class or import of an earlier cell. */
  holds(symbol: TypeScript.Symbol): boolean {
    return this.#values.has(symbol) || this.#below?.holds(symbol) === true;
  }

  /**
   * Declares a symbol to later cells.
   * @param meaning what it means; an alias means what it is an alias of
   */
  declare(
    name: TypeScript.__String,
    symbol: InternalSymbol,
    meaning: TypeScript.SymbolFlags,
    hasValue: boolean,
  ): void {
    const hidden = this.top.locals.get(name);
    if (hidden && (hidden.flags & MEANING & ~meaning) !== 0 && !(hidden.flags & ts.SymbolFlags.Alias))
      this.#push();
    this.top.locals.set(name, symbol);
    if (hasValue) this.#values.add(symbol);
  }

  /** The names of values, each with the symbol that it means now. */
  *values(): IterableIterator<readonly [string, InternalSymbol]> {
    const seen = new Set<TypeScript.__String>();
    for (const layer of this.#layers.toReversed())
      for (const [name, symbol] of layer.locals) {
        if (!this.#values.has(symbol) || seen.has(name)) continue;
        seen.add(name);
        yield [ts.unescapeLeadingUnderscores(name), symbol];
      }
  }

  clear(): void {
    this.#layers = [];
    this.#values = new Set();
    this.#push();
  }

  #push(): void {
    const parse = { languageVersion: ts.ScriptTarget.ES2022, setExternalModuleIndicator: markAsModule };
    const layer = ts.createSourceFile(this.#fileName, "", parse, true) as InternalSourceFile;
    internals.bindSourceFile(layer, this.#options);
    layer.locals = new Map();
    const below = this.#layers[this.#layers.length - 1];
    if (below) layer.parent = below;
    this.#layers.push(layer);
  }
}

/** Makes a file a module whatever it contains, so that its declarations are its own and it may await. */
export function markAsModule(file: TypeScript.SourceFile): void {
  (file as unknown as { externalModuleIndicator: true }).externalModuleIndicator = true;
}
