/**
 * Loops at the top level of a cell, as fast as in a function. The accessors of a cell's variables (transform.ts)
 * keep them on the heap, where every `total += x` of a loop stores a new number; so a loop works on local copies,
 * and the variables are kept up to date for later cells:
 *
 *   for (…) total += x;   →   { let $1 = total; try { for (…) { if ($keep[0]) total = $1; $1 += x; } }
 *                               finally { total = $1; } }
 *
 * An interrupt raises `$keep` before it terminates the loop, which runs no `finally`. A loop that calls anything but
 * Math may take long for one round and stores after each of them. Nobody else can see the difference: a variable
 * that any function of its cell mentions, and a loop that awaits, stay as they are.
 */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** What one outermost loop works on. */
interface Plan {
  /** Local copies, by the variable they stand for. */
  readonly copies: Map<TypeScript.Symbol, TypeScript.Identifier>;
  /** Whether one round is always short. */
  readonly isShort: boolean;
}

export class HotLoops {
  readonly #context: TypeScript.TransformationContext;
  readonly #checker: TypeScript.TypeChecker;
  /** Where the variables that may be copied are declared, in the order of the cell. */
  readonly #variables: Map<TypeScript.Symbol, TypeScript.Node>;
  /** The plan of the loop that is being visited. */
  #plan: Plan | undefined;
  #keep: TypeScript.Identifier | undefined;

  constructor(
    context: TypeScript.TransformationContext,
    checker: TypeScript.TypeChecker,
    file: TypeScript.SourceFile,
  ) {
    this.#context = context;
    this.#checker = checker;
    this.#variables = this.#unshared(file);
  }

  /** The local copy that stands for a variable in the loop that is being visited. */
  copyOf(symbol: TypeScript.Symbol): TypeScript.Expression | undefined {
    return this.#plan?.copies.get(symbol);
  }

  /**
   * A statement outside all functions, rewritten if it is a loop or a part of one that keeps variables.
   * @param keep `$cell.keep`, the word that an interrupt raises
   * @param visit the children of a node, visited
   * @returns nothing when the statement is none of these
   */
  statement(
    node: TypeScript.Node,
    keep: TypeScript.Expression,
    visit: <T extends TypeScript.Node>(node: T) => T,
  ): TypeScript.Node | undefined {
    const factory = this.#context.factory;
    if (this.#plan) {
      if (ts.isContinueStatement(node) && !this.#plan.isShort)
        return factory.createBlock([...this.#stores(this.#plan), node]);
      return ts.isIterationStatement(node, false) ? this.#round(visit(node), this.#plan) : undefined;
    }
    const loop = unlabelled(node);
    const plan = loop && this.#planOf(loop);
    if (!plan) return undefined;
    this.#plan = plan;
    this.#keep = factory.createUniqueName("keep");
    try {
      const visited = visit(node) as TypeScript.Statement;
      const rounds = node === loop ? this.#round(visited, plan) : visited;
      const copies = [...plan.copies].map(([symbol, copy]) =>
        factory.createVariableDeclaration(copy, undefined, undefined, factory.createIdentifier(symbol.name)),
      );
      copies.push(factory.createVariableDeclaration(this.#keep, undefined, undefined, keep));
      return factory.createBlock([
        factory.createVariableStatement(
          undefined,
          factory.createVariableDeclarationList(copies, ts.NodeFlags.Let),
        ),
        factory.createTryStatement(
          factory.createBlock([rounds]),
          undefined,
          factory.createBlock(this.#stores(plan)),
        ),
      ]);
    } finally {
      this.#plan = undefined;
    }
  }

  /** Visits a function or class: what is in it belongs to no loop around it. */
  outside<T>(visit: () => T): T {
    const plan = this.#plan;
    this.#plan = undefined;
    try {
      return visit();
    } finally {
      this.#plan = plan;
    }
  }

  /** A loop whose rounds store what they work on: each at its end, or, once `keep` is raised, what the last one left. */
  #round(loop: TypeScript.Statement, plan: Plan): TypeScript.Statement {
    const factory = this.#context.factory;
    const body = (loop as TypeScript.IterationStatement).statement;
    const statements = ts.isBlock(body) ? body.statements : [body];
    // The flag is asked first of all: V8 makes faster code of that than of a question at the end.
    const kept = plan.isShort
      ? [this.#storeIfKept(plan), ...statements]
      : [...statements, ...this.#stores(plan)];
    const whole = ts.setTextRange(factory.createBlock(kept, true), body);
    if (ts.isForStatement(loop))
      return factory.updateForStatement(loop, loop.initializer, loop.condition, loop.incrementor, whole);
    if (ts.isForInStatement(loop))
      return factory.updateForInStatement(loop, loop.initializer, loop.expression, whole);
    if (ts.isForOfStatement(loop))
      return factory.updateForOfStatement(loop, loop.awaitModifier, loop.initializer, loop.expression, whole);
    if (ts.isWhileStatement(loop)) return factory.updateWhileStatement(loop, loop.expression, whole);
    return factory.updateDoStatement(
      loop as TypeScript.DoStatement,
      whole,
      (loop as TypeScript.DoStatement).expression,
    );
  }

  #storeIfKept(plan: Plan): TypeScript.Statement {
    const factory = this.#context.factory;
    const isKept = factory.createElementAccessExpression(this.#keep!, 0);
    return factory.createIfStatement(isKept, factory.createBlock(this.#stores(plan)));
  }

  #stores(plan: Plan): TypeScript.Statement[] {
    const factory = this.#context.factory;
    return [...plan.copies].map(([symbol, copy]) =>
      factory.createExpressionStatement(
        factory.createAssignment(factory.createIdentifier(symbol.name), copy),
      ),
    );
  }

  #planOf(loop: TypeScript.Node): Plan | undefined {
    const copies = new Map<TypeScript.Symbol, TypeScript.Identifier>();
    const hidden = new Set<string>();
    let isShort = true;
    let awaits = false;
    const look = (node: TypeScript.Node): void => {
      if (ts.isFunctionLike(node) || ts.isClassLike(node)) {
        if (node.name && declaresInBlock(node.name)) hidden.add(node.name.text);
        isShort = false;
        return;
      }
      if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) awaits = true;
      if (mayTakeLong(node)) isShort = false;
      if (declaresInBlock(node)) hidden.add(node.text);
      const symbol = this.#symbol(node);
      const declared = symbol && this.#variables.get(symbol);
      if (declared && declared.end <= loop.pos && !copies.has(symbol))
        copies.set(symbol, this.#context.factory.createUniqueName(symbol.name));
      ts.forEachChild(node, look);
    };
    look(loop);
    // Where the loop declares the name anew, the variable could not be stored by it.
    for (const symbol of copies.keys()) if (hidden.has(symbol.name)) copies.delete(symbol);
    return awaits || !copies.size ? undefined : { copies, isShort };
  }

  /** The cell's `let` variables that no function or class of the cell mentions. */
  #unshared(file: TypeScript.SourceFile): Map<TypeScript.Symbol, TypeScript.Node> {
    const variables = new Map<TypeScript.Symbol, TypeScript.Node>();
    for (const statement of file.statements) {
      if (
        !ts.isVariableStatement(statement) ||
        statement.modifiers ||
        !(statement.declarationList.flags & ts.NodeFlags.Let)
      )
        continue;
      const add = (name: TypeScript.BindingName): void => {
        if (ts.isIdentifier(name)) {
          const symbol = this.#checker.getSymbolAtLocation(name);
          if (symbol?.declarations?.length === 1) variables.set(symbol, statement);
        } else for (const one of name.elements) if (ts.isBindingElement(one)) add(one.name);
      };
      for (const declaration of statement.declarationList.declarations) add(declaration.name);
    }
    const look = (node: TypeScript.Node, isShared: boolean): void => {
      const symbol = isShared ? this.#symbol(node) : undefined;
      if (symbol) variables.delete(symbol);
      const within =
        isShared || ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isModuleDeclaration(node);
      ts.forEachChild(node, (child) => look(child, within));
    };
    if (variables.size) look(file, false);
    return variables;
  }

  #symbol(node: TypeScript.Node): TypeScript.Symbol | undefined {
    if (!ts.isIdentifier(node)) return undefined;
    return ts.isShorthandPropertyAssignment(node.parent)
      ? this.#checker.getShorthandAssignmentValueSymbol(node.parent)
      : this.#checker.getSymbolAtLocation(node);
  }
}

/** The loop under its labels. */
function unlabelled(node: TypeScript.Node): TypeScript.Node | undefined {
  while (ts.isLabeledStatement(node)) node = node.statement;
  return ts.isIterationStatement(node, false) ? node : undefined;
}

/** Whether an identifier is the name of a new variable. */
function declaresInBlock(node: TypeScript.Node): node is TypeScript.Identifier {
  const { parent } = node;
  return (
    ts.isIdentifier(node) &&
    (ts.isVariableDeclaration(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isClassDeclaration(parent) ||
      ts.isEnumDeclaration(parent)) &&
    parent.name === node
  );
}

/** Whether a node may run code that this loop does not show. */
function mayTakeLong(node: TypeScript.Node): boolean {
  if (ts.isCallExpression(node))
    return !(
      ts.isPropertyAccessExpression(node.expression) &&
      ts.isIdentifier(node.expression.expression) &&
      node.expression.expression.text === "Math"
    );
  return ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node) || ts.isForOfStatement(node);
}
