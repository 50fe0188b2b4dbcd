/** Which names the statements of a cell declare at its top level. */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** The names a top-level statement declares by itself, and whether they may be assigned. */
export function declaredNames(statement: TypeScript.Statement): { names: string[]; writable: boolean } {
  const none = { names: [], writable: false };
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DeclareKeyword)) return none;
  if (ts.isVariableStatement(statement)) {
    const names = statement.declarationList.declarations.flatMap((one) => namesIn(one.name));
    return { names, writable: isWritable(statement.declarationList) };
  }
  if (ts.isFunctionDeclaration(statement) && !statement.body) return none;
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement))
    return { names: statement.name ? [statement.name.text] : [], writable: true };
  if (ts.isEnumDeclaration(statement)) return { names: [statement.name.text], writable: false };
  if (ts.isModuleDeclaration(statement) && ts.isIdentifier(statement.name) && hasValues(statement))
    return { names: [statement.name.text], writable: false };
  return none;
}

/** Whether variables may be assigned: neither `const` nor `using`, which the compiler of tslab does not know. */
function isWritable({ flags }: TypeScript.VariableDeclarationList): boolean {
  return !(flags & (ts.NodeFlags.Const | (ts.NodeFlags.Using ?? 0)));
}

function namesIn(name: TypeScript.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isOmittedExpression(element) ? [] : namesIn(element.name)));
}

/** Whether a namespace has anything at run time. */
function hasValues(module: TypeScript.ModuleDeclaration): boolean {
  const body = module.body;
  if (!body || !ts.isModuleBlock(body)) return body !== undefined;
  return body.statements.some(
    (one) =>
      !ts.isInterfaceDeclaration(one) && !ts.isTypeAliasDeclaration(one) && declaredNames(one) !== undefined,
  );
}

/** The `var`s inside loops, blocks and conditions, which belong to the cell. */
export function hoistedNames(node: TypeScript.Node): string[] {
  const names: string[] = [];
  const walk = (child: TypeScript.Node): void => {
    if (ts.isFunctionLike(child) || ts.isClassLike(child) || ts.isModuleDeclaration(child)) return;
    if (ts.isVariableDeclarationList(child) && !(child.flags & ts.NodeFlags.BlockScoped))
      names.push(...child.declarations.flatMap((one) => namesIn(one.name)));
    ts.forEachChild(child, walk);
  };
  walk(node);
  return names;
}
