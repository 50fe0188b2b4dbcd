/** Parsed pages, as their markup and not as the tree behind it: documents, jsdom's windows, selections of cheerio. */
import { shortened } from "../hostile.js";
import { attributeOf, classOf, dataOf, methodOf } from "../properties.js";
import { LONGEST_TEXT, type Recogniser } from "./recogniser.js";

/** `nodeType` of a document. */
const DOCUMENT = 9;

export const markup: Recogniser = (value) => {
  const text = selection(value) ?? page(value);
  return text === undefined ? undefined : { "text/plain": text };
};

/** What cheerio has selected. */
function selection(value: object): string | undefined {
  const length = dataOf(value, "length");
  if (dataOf(value, "cheerio") !== "[cheerio object]" || typeof length !== "number") return undefined;
  const head = `${classOf(value)}(${length})`;
  const content = String(methodOf(value, "toString")?.());
  return length ? `${head} ${shortened(content, LONGEST_TEXT)}` : head;
}

function page(value: object): string | undefined {
  if (classOf(value) === "JSDOM" && typeof dataOf(value, "serialize") === "function")
    return `JSDOM ${shortened(String(methodOf(value, "serialize")!()), LONGEST_TEXT)}`;
  if (!("documentElement" in value) || attributeOf(value, "nodeType") !== DOCUMENT) return undefined;
  const root = attributeOf(value, "documentElement");
  const content = typeof root === "object" && root !== null ? attributeOf(root, "outerHTML") : "";
  return `${classOf(value)} ${shortened(String(content), LONGEST_TEXT)}`;
}
