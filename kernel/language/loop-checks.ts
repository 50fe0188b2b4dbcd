/**
 * Loops that end themselves. A browser cannot end a worker's code and keep its variables, so each round of each loop of a
 * cell, and of the functions and local modules that it calls, begins with a look at the word that an interrupt raises:
 *
 *   while (true) n++;   →   while (true) { if ($cell.keep[0]) $cell.halt(); n++; }
 *
 * It costs simple loops a quarter of their speed, so it is done only there.
 */
import type { TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** To be applied after the kernel's own changes of a cell. */
export const loopChecks: TypeScript.TransformerFactory<TypeScript.SourceFile> = (context) => (file) => {
  const { factory } = context;
  const ofCell = (name: string): TypeScript.Expression =>
    factory.createPropertyAccessExpression(factory.createIdentifier("$cell"), name);
  const checked = (body: TypeScript.Statement): TypeScript.Statement => {
    const check = factory.createIfStatement(
      factory.createElementAccessExpression(ofCell("keep"), 0),
      factory.createExpressionStatement(factory.createCallExpression(ofCell("halt"), undefined, [])),
    );
    const statements = ts.isBlock(body) ? body.statements : [body];
    return ts.setTextRange(factory.createBlock([check, ...statements], true), body);
  };
  const visit = (node: TypeScript.Node): TypeScript.Node => {
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isForStatement(visited)) {
      const { initializer, condition, incrementor, statement } = visited;
      return factory.updateForStatement(visited, initializer, condition, incrementor, checked(statement));
    }
    if (ts.isForOfStatement(visited)) {
      const { awaitModifier, initializer, expression, statement } = visited;
      return factory.updateForOfStatement(
        visited,
        awaitModifier,
        initializer,
        expression,
        checked(statement),
      );
    }
    if (ts.isForInStatement(visited)) {
      const { initializer, expression, statement } = visited;
      return factory.updateForInStatement(visited, initializer, expression, checked(statement));
    }
    if (ts.isWhileStatement(visited))
      return factory.updateWhileStatement(visited, visited.expression, checked(visited.statement));
    if (ts.isDoStatement(visited))
      return factory.updateDoStatement(visited, checked(visited.statement), visited.expression);
    return visited;
  };
  return ts.visitEachChild(file, visit, context);
};
