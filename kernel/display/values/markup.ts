/** Parsed pages, as their markup and not as the tree behind it: documents, jsdom's windows, selections of cheerio. */
import { shortened } from "../hostile.js";
import { attributeOf, classOf, dataOf, methodOf } from "../properties.js";
import { more } from "../tables.js";
import { LONGEST_TEXT, type Recogniser } from "./recogniser.js";

/** `nodeType` of a document. */
const DOCUMENT = 9;

export const markup: Recogniser = (value) => {
  const text = selection(value) ?? page(value);
  return text === undefined ? undefined : { "text/plain": text };
};

/** The most elements of a selection that are shown, each on lines of its own. */
const MOST = 10;

/** What cheerio has selected. */
function selection(value: object): string | undefined {
  const length = dataOf(value, "length");
  if (dataOf(value, "cheerio") !== "[cheerio object]" || typeof length !== "number") return undefined;
  const one = methodOf(value, "eq");
  const shown = Array.from({ length: Math.min(length, MOST) }, (_, i) => String(one?.(i)));
  const lines = shortened(shown.map((text) => `\n${text}`).join(""), LONGEST_TEXT);
  const left = more(length - shown.length, "element");
  return `${classOf(value)}(${length})${lines}${left && `\n${left}`}`;
}

function page(value: object): string | undefined {
  if (classOf(value) === "JSDOM" && typeof dataOf(value, "serialize") === "function")
    return `JSDOM ${shortened(String(methodOf(value, "serialize")!()), LONGEST_TEXT)}`;
  if (!("documentElement" in value) || attributeOf(value, "nodeType") !== DOCUMENT) return undefined;
  const root = attributeOf(value, "documentElement");
  const content = typeof root === "object" && root !== null ? attributeOf(root, "outerHTML") : "";
  return `${classOf(value)} ${shortened(String(content), LONGEST_TEXT)}`;
}
