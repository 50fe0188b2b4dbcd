/**
 * Documentation of Node's and the language's own declarations, read when it is asked for. Parsing every doc
 * comment of those two megabytes would double the compiler's start; so they are parsed without them, and the
 * one file that an inspection needs is parsed again as it is.
 */
import type { TypeScript } from "./typescript.js";
import { internals, ts } from "./typescript.js";

const whole = new Map<string, TypeScript.SourceFile>();

/** Whether a file's documentation is left for later: TypeScript's own library and Node's types. */
export function isUndocumented(file: string): boolean {
  return /\/node_modules\/(?:@types\/node|undici-types|typescript|@tslab\/typescript-for-tslab)\//.test(file);
}

/** The documentation that a symbol has in files that were parsed without it; Markdown. */
export function documentationOf(symbol: TypeScript.Symbol): string {
  for (const declaration of symbol.declarations ?? []) {
    const { fileName } = declaration.getSourceFile();
    if (!isUndocumented(fileName)) continue;
    const found = sameNode(documented(fileName), declaration);
    const text = found ? read(found) : "";
    if (text) return text;
  }
  return "";
}

function documented(fileName: string): TypeScript.SourceFile {
  let file = whole.get(fileName);
  if (!file) {
    file = ts.createSourceFile(fileName, ts.sys.readFile(fileName) ?? "", ts.ScriptTarget.ES2022, true);
    whole.set(fileName, file);
  }
  return file;
}

/** The node of the same kind at the same place. */
function sameNode(file: TypeScript.SourceFile, wanted: TypeScript.Node): TypeScript.Node | undefined {
  const walk = (node: TypeScript.Node): TypeScript.Node | undefined => {
    if (node.end < wanted.end || node.pos > wanted.pos) return undefined;
    if (node.kind === wanted.kind && node.pos === wanted.pos && node.end === wanted.end) return node;
    return ts.forEachChild(node, walk);
  };
  return walk(file);
}

function read(node: TypeScript.Node): string {
  const parts: string[] = [];
  for (const one of internals.getJSDocCommentsAndTags(node)) {
    const text = ts.getTextOfJSDocComment(one.comment);
    if (text) parts.push(text);
    if (ts.isJSDoc(one)) parts.push(...(one.tags ?? []).map(describeTag));
  }
  return parts.join("\n\n");
}

function describeTag(tag: TypeScript.JSDocTag): string {
  const name = ts.isJSDocParameterTag(tag) ? `\`${tag.name.getText()}\` ` : "";
  return `*@${tag.tagName.text}* ${name}${ts.getTextOfJSDocComment(tag.comment) ?? ""}`.trimEnd();
}
