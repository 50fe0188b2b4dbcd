/** A local module's `import("…")` and `import.meta`, which the kernel answers: `$cell.import("…")`, `$cell.meta`. */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

export const awaitImports: TypeScript.TransformerFactory<TypeScript.SourceFile> = (context) => (file) => {
  const { factory } = context;
  const helper = (name: string): TypeScript.PropertyAccessExpression =>
    factory.createPropertyAccessExpression(factory.createIdentifier("$cell"), name);
  const visit = (node: TypeScript.Node): TypeScript.Node => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      return factory.createCallExpression(
        helper("import"),
        undefined,
        node.arguments.map((part) => visit(part) as TypeScript.Expression),
      );
    if (ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword) return helper("meta");
    return ts.visitEachChild(node, visit, context);
  };
  return ts.visitNode(file, visit) as TypeScript.SourceFile;
};
