/**
 * A cell as the body of a function. Its top-level variables stay real local variables, so that a hot loop in a
 * cell runs like the same loop in a function; what later cells may see is handed out by accessors, at the moment
 * it is initialised:
 *
 *   const n = 3;             →  const n = 3; $cell.bind("n", () => n);
 *   let total = n;           →  let total = n; $cell.bind("total", () => total, (value) => { total = value; });
 *   import { f } from "m";   →  $cell.bind("f", () => $import0.f);   and f(1) → (0, $import0.f)(1)
 *   total + 1                →  return { value: total + 1, __proto__: null };    the last expression
 *   await p                  →  await $cell.wait(p, $run)           so that an interrupt stops the cell here
 *   const x = await p;       →  …; $cell.bind("x", () => x); $cell.stop($run);   or here, with what came of p
 *
 * A name of an earlier cell is read from that cell's accessor: `total` → `$cells.total`.
 */
import { HotLoops } from "./hot-loops.js";
import type { ImportForm, ImportRequest } from "./language.js";
import { declaredNames, hoistedNames } from "./names.js";
import type { Scope } from "./scope.js";
import { awaits } from "./specifiers.js";
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

const CELLS = "$cells";
const CELL = "$cell";
const RUN = "$run";

export interface TransformResult {
  /** Modules in the order of `$import0, $import1 …`. */
  imports: ImportRequest[];
}

/** The transformer for one cell; `result` is filled in as it runs. */
export function cellTransformer(
  checker: TypeScript.TypeChecker,
  scope: Scope,
  names: readonly string[],
  result: TransformResult,
): TypeScript.TransformerFactory<TypeScript.SourceFile> {
  return (context) => (file) => new CellTransform(context, checker, scope, result).file(file, names);
}

class CellTransform {
  readonly #factory: TypeScript.NodeFactory;
  readonly #context: TypeScript.TransformationContext;
  readonly #checker: TypeScript.TypeChecker;
  readonly #scope: Scope;
  readonly #result: TransformResult;
  /** What to read in place of a name that this cell imports, by the declaration that imports it. */
  readonly #imported = new Map<TypeScript.Node, () => TypeScript.Expression>();
  #loops: HotLoops | undefined;

  constructor(
    context: TypeScript.TransformationContext,
    checker: TypeScript.TypeChecker,
    scope: Scope,
    result: TransformResult,
  ) {
    this.#context = context;
    this.#factory = context.factory;
    this.#checker = checker;
    this.#scope = scope;
    this.#result = result;
  }

  /** @param names every name declared at the top level of the cell, hoisted `var`s included */
  file(file: TypeScript.SourceFile, names: readonly string[]): TypeScript.SourceFile {
    const factory = this.#factory;
    this.#loops = new HotLoops(this.#context, this.#checker, file);
    const first: TypeScript.Statement[] = [];
    for (const statement of file.statements) first.push(...this.#importOf(statement));
    const body: TypeScript.Statement[] = [];
    const bound = new Set<string>();
    const last = file.statements[file.statements.length - 1];
    for (const statement of file.statements) {
      const declared = declaredNames(statement);
      declared.names.forEach((name) => bound.add(name));
      if (ts.isFunctionDeclaration(statement))
        first.push(...declared.names.map((name) => this.#bind(name, true)));
      const converted = this.#statement(statement, statement === last);
      if (converted) body.push(converted);
      if (ts.isFunctionDeclaration(statement)) continue;
      body.push(...declared.names.map((name) => this.#bind(name, declared.writable)));
      if (statement !== last && awaits(statement))
        body.push(this.#call("stop", [factory.createIdentifier(RUN)]));
    }
    for (const statement of file.statements)
      for (const name of hoistedNames(statement))
        if (names.includes(name) && !bound.has(name)) {
          bound.add(name);
          first.push(this.#bind(name, true));
        }
    return factory.updateSourceFile(file, [...first, ...body]);
  }

  #statement(statement: TypeScript.Statement, isLast: boolean): TypeScript.Statement | undefined {
    const factory = this.#factory;
    if (ts.isImportDeclaration(statement) || ts.isImportEqualsDeclaration(statement)) return undefined;
    if (ts.isExportDeclaration(statement)) return undefined;
    if (ts.isExportAssignment(statement)) return this.#value(statement.expression, statement, isLast);
    if (ts.isExpressionStatement(statement)) return this.#value(statement.expression, statement, isLast);
    const visited = this.#visit(statement) as TypeScript.Statement;
    if (!ts.canHaveModifiers(visited) || !visited.modifiers?.some(isExport)) return visited;
    const modifiers = visited.modifiers.filter((modifier) => !isExport(modifier));
    if (ts.isVariableStatement(visited))
      return factory.updateVariableStatement(visited, modifiers, visited.declarationList);
    if (ts.isFunctionDeclaration(visited))
      return factory.updateFunctionDeclaration(
        visited,
        modifiers,
        visited.asteriskToken,
        visited.name ?? factory.createIdentifier("$default"),
        visited.typeParameters,
        visited.parameters,
        visited.type,
        visited.body,
      );
    if (ts.isClassDeclaration(visited))
      return factory.updateClassDeclaration(
        visited,
        modifiers,
        visited.name ?? factory.createIdentifier("$default"),
        visited.typeParameters,
        visited.heritageClauses,
        visited.members,
      );
    if (ts.isEnumDeclaration(visited))
      return factory.updateEnumDeclaration(visited, modifiers, visited.name, visited.members);
    if (ts.isModuleDeclaration(visited))
      return factory.updateModuleDeclaration(visited, modifiers, visited.name, visited.body);
    return visited;
  }

  /** `expression;`, or what makes it the cell's value when it is the last statement. */
  #value(
    expression: TypeScript.Expression,
    statement: TypeScript.Statement,
    isLast: boolean,
  ): TypeScript.Statement {
    const factory = this.#factory;
    const value = this.#visit(expression) as TypeScript.Expression;
    const converted = isLast
      ? factory.createReturnStatement(
          // It inherits nothing: a cell that gives every object a method `then` must not make it a promise.
          factory.createObjectLiteralExpression([
            factory.createPropertyAssignment("value", value),
            factory.createPropertyAssignment("__proto__", factory.createNull()),
          ]),
        )
      : factory.createExpressionStatement(value);
    return ts.setTextRange(ts.setOriginalNode(converted, statement), statement);
  }

  /** Notes what a statement imports; the bindings that make it visible to later cells. */
  #importOf(statement: TypeScript.Statement): TypeScript.Statement[] {
    const factory = this.#factory;
    const module = (specifier: string, form?: ImportForm): TypeScript.Identifier =>
      factory.createIdentifier(`$import${this.#result.imports.push({ specifier, form }) - 1}`);
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier && !statement.isTypeOnly)
      module((statement.moduleSpecifier as TypeScript.StringLiteral).text);
    if (
      ts.isImportEqualsDeclaration(statement) &&
      !statement.isTypeOnly &&
      ts.isExternalModuleReference(statement.moduleReference)
    ) {
      const { text } = statement.moduleReference.expression as TypeScript.StringLiteral;
      const from = module(text, "require");
      return [this.#bindImport(statement, statement.name, () => from)];
    }
    if (!ts.isImportDeclaration(statement) || this.#hasTypesAlone(statement.importClause)) return [];
    const clause = statement.importClause;
    const from = module((statement.moduleSpecifier as TypeScript.StringLiteral).text, formOf(clause));
    const bindings: TypeScript.Statement[] = [];
    if (clause?.name)
      bindings.push(
        this.#bindImport(clause, clause.name, () => factory.createPropertyAccessExpression(from, "default")),
      );
    const named = clause?.namedBindings;
    if (named && ts.isNamespaceImport(named)) bindings.push(this.#bindImport(named, named.name, () => from));
    if (named && ts.isNamedImports(named))
      for (const element of named.elements)
        if (!element.isTypeOnly)
          bindings.push(
            this.#bindImport(element, element.name, () =>
              this.#exportOf(from, element.propertyName ?? element.name),
            ),
          );
    return bindings;
  }

  /** A name of a module; it need not be an identifier: `import { "a-b" as c }`. */
  #exportOf(from: TypeScript.Expression, name: TypeScript.ModuleExportName): TypeScript.Expression {
    return ts.isIdentifier(name)
      ? this.#factory.createPropertyAccessExpression(from, name.text)
      : this.#factory.createElementAccessExpression(from, this.#factory.createStringLiteral(name.text));
  }

  /** Whether nothing that a statement imports is there at run time: then its module need not be there either. */
  #hasTypesAlone(clause: TypeScript.ImportClause | undefined): boolean {
    if (!clause || clause.isTypeOnly) return clause?.isTypeOnly ?? false;
    const { name, namedBindings } = clause;
    if (namedBindings && ts.isNamespaceImport(namedBindings)) return false;
    const elements = namedBindings?.elements ?? [];
    const names = elements.filter((one) => !one.isTypeOnly).map((one) => one.name);
    if (name) names.push(name);
    const isType = (one: TypeScript.Identifier): boolean => {
      const symbol = this.#checker.getSymbolAtLocation(one);
      if (!symbol) return false;
      const { flags } = this.#checker.getAliasedSymbol(symbol);
      return (flags & ts.SymbolFlags.Type) !== 0 && (flags & ts.SymbolFlags.Value) === 0;
    };
    return (elements.length > 0 || names.length > 0) && names.every(isType);
  }

  #bindImport(
    declaration: TypeScript.Node,
    name: TypeScript.Identifier,
    read: () => TypeScript.Expression,
  ): TypeScript.Statement {
    this.#imported.set(declaration, read);
    return this.#call("bind", [this.#factory.createStringLiteral(name.text), this.#getter(read())]);
  }

  #bind(name: string, writable: boolean): TypeScript.Statement {
    const factory = this.#factory;
    const parts: TypeScript.Expression[] = [
      factory.createStringLiteral(name),
      this.#getter(factory.createIdentifier(name)),
    ];
    if (writable) {
      const value = factory.createUniqueName("value");
      parts.push(
        factory.createArrowFunction(
          undefined,
          undefined,
          [factory.createParameterDeclaration(undefined, undefined, value)],
          undefined,
          undefined,
          factory.createBlock([
            factory.createExpressionStatement(
              factory.createAssignment(factory.createIdentifier(name), value),
            ),
          ]),
        ),
      );
    }
    return this.#call("bind", parts);
  }

  #getter(expression: TypeScript.Expression): TypeScript.Expression {
    return this.#factory.createArrowFunction(undefined, undefined, [], undefined, undefined, expression);
  }

  #call(method: string, parts: TypeScript.Expression[]): TypeScript.Statement {
    return this.#factory.createExpressionStatement(this.#helper(method, parts));
  }

  #helper(method: string, parts: readonly TypeScript.Expression[]): TypeScript.CallExpression {
    const factory = this.#factory;
    return factory.createCallExpression(
      factory.createPropertyAccessExpression(factory.createIdentifier(CELL), method),
      undefined,
      parts,
    );
  }

  readonly #visit = (node: TypeScript.Node): TypeScript.Node => {
    const factory = this.#factory;
    if (ts.isTypeNode(node) && !ts.isExpressionWithTypeArguments(node)) return node;
    if (ts.isIdentifier(node)) return (isReference(node) && this.#read(node)) || node;
    if (ts.isShorthandPropertyAssignment(node)) {
      const symbol = this.#checker.getShorthandAssignmentValueSymbol(node);
      const read = this.#readSymbol(symbol, node.name.text);
      if (!read) return this.#children(node);
      const value = node.objectAssignmentInitializer
        ? factory.createAssignment(
            read,
            this.#visit(node.objectAssignmentInitializer) as TypeScript.Expression,
          )
        : read;
      return ts.setOriginalNode(factory.createPropertyAssignment(node.name, value), node);
    }
    if (ts.isCallExpression(node)) {
      const parts = node.arguments.map((part) => this.#visit(part) as TypeScript.Expression);
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword)
        return ts.setTextRange(ts.setOriginalNode(this.#helper("import", parts), node), node);
      const callee = this.#callee(node.expression);
      return factory.updateCallExpression(node, callee, node.typeArguments, parts);
    }
    if (ts.isTaggedTemplateExpression(node))
      return factory.updateTaggedTemplateExpression(
        node,
        this.#callee(node.tag),
        node.typeArguments,
        this.#visit(node.template) as TypeScript.TemplateLiteral,
      );
    if (ts.isAwaitExpression(node)) {
      const operand = this.#visit(node.expression) as TypeScript.Expression;
      return factory.updateAwaitExpression(
        node,
        this.#helper("wait", [operand, factory.createIdentifier(RUN)]),
      );
    }
    if (ts.isFunctionLike(node) || ts.isClassLike(node))
      return this.#loops!.outside(() => (isAsync(node) ? this.#asyncFunction(node) : this.#children(node)));
    if (ts.isStatement(node)) {
      const keep = factory.createPropertyAccessExpression(factory.createIdentifier(CELL), "keep");
      const loop = this.#loops!.statement(node, keep, (one) => this.#children(one));
      if (loop) return loop;
    }
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return factory.createPropertyAccessExpression(factory.createIdentifier(CELL), "meta");
    return this.#children(node);
  };

  #children<T extends TypeScript.Node>(node: T): T {
    return ts.visitEachChild(node, this.#visit, this.#context);
  }

  /** Notes at its start which cell's run an async function belongs to: `const $run = $cell.run;`. */
  #asyncFunction(node: TypeScript.Node): TypeScript.Node {
    const factory = this.#factory;
    const note = factory.createVariableStatement(
      undefined,
      factory.createVariableDeclarationList(
        [
          factory.createVariableDeclaration(
            RUN,
            undefined,
            undefined,
            factory.createPropertyAccessExpression(factory.createIdentifier(CELL), "run"),
          ),
        ],
        ts.NodeFlags.Const,
      ),
    );
    const within = (child: TypeScript.Node): TypeScript.Node => {
      const visited = this.#visit(child);
      const isBody =
        child.parent === node && (child as TypeScript.Node) === (node as { body?: unknown }).body;
      if (!isBody) return visited;
      if (ts.isBlock(visited)) return factory.updateBlock(visited, [note, ...visited.statements]);
      return factory.createBlock([note, factory.createReturnStatement(visited as TypeScript.Expression)]);
    };
    return ts.visitEachChild(node, within, this.#context);
  }

  /** A name that is called must not become a method call: `f()` → `(0, $cells.f)()`. */
  #callee(node: TypeScript.LeftHandSideExpression): TypeScript.LeftHandSideExpression {
    const factory = this.#factory;
    const visited = this.#visit(node) as TypeScript.LeftHandSideExpression;
    if (!ts.isIdentifier(node) || visited === node || ts.isIdentifier(visited)) return visited;
    return factory.createParenthesizedExpression(
      factory.createBinaryExpression(factory.createNumericLiteral(0), ts.SyntaxKind.CommaToken, visited),
    );
  }

  #read(node: TypeScript.Identifier): TypeScript.Expression | undefined {
    const read = this.#readSymbol(this.#checker.getSymbolAtLocation(node), node.text);
    // A loop's copy of a variable is one node for all its places, some of which the user has not written.
    if (!read || ts.isIdentifier(read)) return read;
    return ts.setTextRange(ts.setOriginalNode(read, node), node);
  }

  #readSymbol(symbol: TypeScript.Symbol | undefined, name: string): TypeScript.Expression | undefined {
    if (!symbol) return undefined;
    const copy = this.#loops!.copyOf(symbol);
    if (copy) return copy;
    if (this.#scope.holds(symbol))
      return this.#factory.createPropertyAccessExpression(this.#factory.createIdentifier(CELLS), name);
    for (const declaration of symbol.declarations ?? []) {
      const read = this.#imported.get(declaration);
      if (read) return read();
    }
    return undefined;
  }
}

/** How an import reads its module: a whole module beside a default must be the module. */
export function formOf(clause: TypeScript.ImportClause | undefined): ImportForm | undefined {
  const named = clause?.namedBindings;
  if (!clause || (named && ts.isNamespaceImport(named))) return undefined;
  const isDefault = (one: TypeScript.ImportSpecifier): boolean => one.propertyName?.text === "default";
  return clause.name !== undefined || named?.elements.some(isDefault) ? "default" : undefined;
}

const isAsync = (node: TypeScript.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node)?.some((one) => one.kind === ts.SyntaxKind.AsyncKeyword) ?? false);

const isExport = (modifier: TypeScript.ModifierLike): boolean =>
  modifier.kind === ts.SyntaxKind.ExportKeyword || modifier.kind === ts.SyntaxKind.DefaultKeyword;

/** Whether an identifier reads or writes a variable, rather than naming a property, a label or a declaration. */
function isReference(node: TypeScript.Identifier): boolean {
  const parent = node.parent as TypeScript.Node & Partial<Record<"name" | "propertyName" | "label", unknown>>;
  return parent !== undefined && ![parent.name, parent.propertyName, parent.label].includes(node);
}
