/** Reads JSON from files: UTF-8, an object at the top, and no name twice, which `JSON.parse` alone would accept. */
import { FormatError } from "../array/errors.js";

/** @throws FormatError when the bytes are not UTF-8, not JSON, not an object, or name something twice in one object */
export function parseJsonObject(where: string, bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
    const repeated = repeatedName(text);
    if (repeated !== undefined) throw new Error(`${JSON.stringify(repeated)} is there twice`);
  } catch (error) {
    throw new FormatError(`${where}: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (isObject(value)) return value;
  throw new FormatError(`${where}: a JSON object was expected, not ${JSON.stringify(value).slice(0, 40)}.`);
}

/** Whether a JSON value is an object, neither null nor a list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The first name that occurs twice in one object of a valid JSON text. */
function repeatedName(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, , colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*(:))?|[{}]/g)) {
    if (token === "{") open.push(new Set());
    else if (token === "}") open.pop();
    else if (colon) {
      const name = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string;
      const names = open[open.length - 1];
      if (names.has(name)) return name;
      names.add(name);
    }
  }
  return undefined;
}
