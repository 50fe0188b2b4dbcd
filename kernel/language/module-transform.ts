/**
 * How a local module reaches other modules. Its imports have become calls of `require` that TypeScript wrote, and these
 * become `$cell.imported("…")`, which gives what was loaded before the module runs; `import("…")` and `import.meta` become
 * `$cell.import("…")` and `$cell.meta`. A `require` that the user wrote stays.
 */
import type { ImportForm, ImportRequest } from "./language.js";
import { formOf } from "./transform.js";
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

type Transformer = TypeScript.TransformerFactory<TypeScript.SourceFile>;

/** Before TypeScript's own changes. */
export const laterImports: Transformer = (context) => (file) => {
  const { factory } = context;
  const visit = (node: TypeScript.Node): TypeScript.Node => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      return factory.createCallExpression(
        helper(factory, "import"),
        undefined,
        node.arguments.map((part) => visit(part) as TypeScript.Expression),
      );
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword)
      return helper(factory, "meta");
    return ts.visitEachChild(node, visit, context);
  };
  return ts.visitNode(file, visit) as TypeScript.SourceFile;
};

/** After them. `requests` is filled in with what the module imports as values, in order. */
export const staticImports =
  (requests: ImportRequest[]): Transformer =>
  (context) =>
  (file) => {
    const { factory } = context;
    let form: ImportForm | undefined;
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      if (ts.isVariableStatement(node) || ts.isExpressionStatement(node)) {
        const original = ts.getOriginalNode(node);
        if (ts.isImportEqualsDeclaration(original)) form = "require";
        else form = ts.isImportDeclaration(original) ? formOf(original.importClause) : undefined;
      }
      const [specifier] = ts.isCallExpression(node) && isWritten(node) ? node.arguments : [];
      if (!specifier || !ts.isStringLiteral(specifier)) return ts.visitEachChild(node, visit, context);
      const request: ImportRequest = { specifier: specifier.text, form };
      if (!requests.some((one) => one.specifier === request.specifier && one.form === form))
        requests.push(request);
      const parts = form === undefined ? [specifier] : [specifier, factory.createStringLiteral(form)];
      return factory.createCallExpression(helper(factory, "imported"), undefined, parts);
    };
    return ts.visitNode(file, visit) as TypeScript.SourceFile;
  };

/** Whether a call is TypeScript's own of `require`: it stands nowhere in the text. */
function isWritten(node: TypeScript.CallExpression): boolean {
  return node.pos < 0 && ts.isIdentifier(node.expression) && node.expression.text === "require";
}

function helper(factory: TypeScript.NodeFactory, name: string): TypeScript.Expression {
  return factory.createPropertyAccessExpression(factory.createIdentifier("$cell"), name);
}
