/**
 * Elements of a document that lives in a library (linkedom, jsdom, happy-dom), and what is drawn into one, as Observable
 * Plot and d3 do: SVG as a picture, other elements as HTML. An element that could run scripts in the front end is shown
 * as its markup: it may come from somebody's page.
 */
import { shortened } from "../hostile.js";
import { attributeOf } from "../properties.js";
import { LONGEST_MARKUP, LONGEST_TEXT, type Recogniser } from "./recogniser.js";
import { pictureOf } from "./svg.js";

/** `nodeType` of an element. */
const ELEMENT = 1;

/** Elements and attributes that run scripts or bring other documents. */
const ACTIVE = /<(?:script|iframe|object|embed|link|meta|base|form)\b|\son[a-z]+\s*=|javascript:/i;

export const elements: Recogniser = (value) => {
  if (!("outerHTML" in value) || attributeOf(value, "nodeType") !== ELEMENT) return undefined;
  const markup = attributeOf(value, "outerHTML");
  if (typeof markup !== "string" || !markup.startsWith("<")) return undefined;
  const text = shortened(markup, LONGEST_TEXT);
  if (markup.length > LONGEST_MARKUP) return { "text/plain": text };
  if (ACTIVE.test(markup))
    return {
      "text/plain": `${text}\n\nThis element holds scripts, forms or frames and is shown as text; display.html(element.outerHTML) draws it.`,
    };
  const picture = pictureOf(markup);
  if (picture !== undefined) return { "image/svg+xml": picture, "text/plain": text };
  // A part of a picture is nothing by itself.
  const isPart = /\/svg$/.test(String(attributeOf(value, "namespaceURI")));
  return isPart ? { "text/plain": text } : { "text/html": markup, "text/plain": text };
};
