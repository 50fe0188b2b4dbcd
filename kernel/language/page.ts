/**
 * The types of pages. A package that draws names them (HTMLElement, SVGSVGElement): they are read once a cell imports
 * one that does, so that it is checked against them. A page itself there is none: its globals stay unknown to cells.
 */
import type { InternalSourceFile, TypeScript } from "./typescript.js";
import { ts } from "./typescript.js";

/** The file of TypeScript's library that declares them. */
export const PAGE_LIBRARY = "lib.dom.d.ts";

const OF_PAGES = /^(?:HTML\w*Element|SVG\w*Element|DocumentFragment|CanvasRenderingContext2D)$/;

const PACKAGE = /\/node_modules\/(?!@types\/node\/|undici-types\/|typescript\/|@tslab\/)/;

/** Whether the declarations of a package name types of pages that they do not declare. The file must be bound. */
export function namesPage(file: TypeScript.SourceFile): boolean {
  if (!file.isDeclarationFile || !PACKAGE.test(file.fileName)) return false;
  const { identifiers, locals } = file as InternalSourceFile & { identifiers: ReadonlyMap<string, string> };
  for (const name of identifiers.keys())
    if (OF_PAGES.test(name) && !locals?.has(ts.escapeLeadingUnderscores(name))) return true;
  return false;
}

/** Whether a value is there only in a page: neither Node nor a package declares it. */
export function isOfPage(symbol: TypeScript.Symbol): boolean {
  const declarations = symbol.declarations ?? [];
  const isGlobal = (one: TypeScript.Declaration): boolean =>
    ts.isFunctionDeclaration(one) || ts.isVariableDeclaration(one);
  return (
    symbol.name !== "WebAssembly" &&
    declarations.some(isGlobal) &&
    declarations.every((one) => one.getSourceFile().fileName.endsWith(`/${PAGE_LIBRARY}`))
  );
}

/** Names that only a page gives, and that nobody else is likely to mean. */
const ONLY_OF_PAGES = new RegExp(
  `^(?:${[
    "(?:HTML|SVG|CSS|WebGL|Canvas|MediaStream)\\w+|(?:Mutation|Resize|Intersection)Observer|XMLHttpRequest",
    "DOM(?:Parser|Rect|Point|Matrix)|(?:request|cancel)AnimationFrame|getComputedStyle|matchMedia|customElements",
    "Image|ImageData|Audio|AudioContext|OffscreenCanvas|Path2D|FileReader|(?:Mouse|Keyboard|UI|Pointer)Event",
    "DocumentFragment|indexedDB|innerWidth|innerHeight",
  ].join("|")})$`,
);

export const isOnlyOfPages = (name: string): boolean => ONLY_OF_PAGES.test(name);

export const noPage = (name: string): string =>
  `Cannot find name '${name}': a cell runs in Node, where there is no page.`;
