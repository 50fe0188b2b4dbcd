/** `%who`, `%whos` and `%reset`: the variables that cells have bound. */
import { elementsOf, inspectSafely, textOf } from "../display/hostile.js";
import { classOf } from "../display/properties.js";
import { textTable } from "../display/text-table.js";
import type { Magic, MagicHost } from "./magic.js";

export const variables = (host: MagicHost): readonly Magic[] => [
  {
    name: "who",
    usage: ["%who", "%who TYPE"],
    summary: "lists the variables that cells have bound, or those of one type",
    details: "A type is a class, such as Array, or what typeof says, such as number or function.",
    run: ({ argument, print }) => print(`${named(host, argument).join("  ") || "No variables."}\n`),
  },
  {
    name: "whos",
    usage: ["%whos", "%whos TYPE"],
    summary: "lists the variables with their types and the beginnings of their values",
    run: ({ argument, print }) => print(table(host, named(host, argument))),
  },
  {
    name: "reset",
    usage: ["%reset"],
    summary: "forgets every variable",
    run: () => host.reset(),
  },
];

function named(host: MagicHost, type: string): readonly string[] {
  if (!type) return host.names;
  return host.names.filter((name) => typeOf(host, name).toLowerCase() === type.toLowerCase());
}

function table(host: MagicHost, names: readonly string[]): string {
  if (!names.length) return "No variables.\n";
  const rows = names.map((name) => [name, typeOf(host, name), contentOf(host, name)]);
  return `${textTable({ headings: ["Name", "Type", "Value"], rows })}\n`;
}

/** Reads a variable, which may throw: a cell can export a binding that is not initialised. */
function read(host: MagicHost, name: string): { value: unknown } | undefined {
  try {
    return { value: host.lookup(name) };
  } catch {
    return undefined;
  }
}

function typeOf(host: MagicHost, name: string): string {
  const found = read(host, name);
  if (!found) return "?";
  const { value } = found;
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value;
  try {
    return classOf(value) || "Object";
  } catch {
    return "object";
  }
}

/** The beginning of a value as one line. It never throws, whatever the value does when it is read. */
function contentOf(host: MagicHost, name: string): string {
  const found = read(host, name);
  if (!found || typeof found.value === "function") return "";
  const { value } = found;
  const inspected = (one: unknown): string =>
    inspectSafely(one, { depth: 1, breakLength: Infinity, maxArrayLength: 20 });
  // Elements without spaces between them: there is little room.
  const elements = elementsOf(value, 20).map(inspected).join(",");
  const text = elements ? `[${elements}]` : typeof value === "object" ? inspected(value) : textOf(value);
  return text.replace(/\s+/g, " ").slice(0, 60);
}
