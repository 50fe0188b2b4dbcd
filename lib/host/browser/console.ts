/** The methods of `console`, which print on two streams as Node's do. */
import { format, inspect } from "node-inspect-extracted";
import type { StreamName } from "../kernel-contract.js";

type Print = (stream: StreamName, text: string) => void;
type Method = (...parts: unknown[]) => void;

/** Every method that prints, and those that these need. */
export function consoleMethods(print: Print): Record<string, Method> {
  let indent = "";
  const counts = new Map<string, number>();
  const started = new Map<string, number>();
  const line =
    (stream: StreamName): Method =>
    (...parts) => {
      const text = format(...parts);
      print(stream, `${indent}${indent ? text.replaceAll("\n", `\n${indent}`) : text}\n`);
    };
  const [log, warn] = [line("stdout"), line("stderr")];
  const took = (label: string): string =>
    `${label}: ${duration(performance.now() - (started.get(label) ?? 0))}`;
  const timed = (label: string, call: () => void): void => {
    if (started.has(label)) call();
    else warn(`There is no timer "${label}": start it with console.time.`);
  };
  const group: Method = (...parts) => {
    if (parts.length) log(...parts);
    indent += "  ";
  };
  return {
    ...{ log, info: log, debug: log, warn, error: warn },
    dir: (value, options) =>
      log(inspect(value, { customInspect: false, ...(options as object | undefined) })),
    dirxml: log,
    table: (rows, columns) =>
      log(typeof rows === "object" && rows !== null ? table(rows, columns as string[] | undefined) : rows),
    trace: (...parts) => warn(`Trace: ${format(...parts)}\n${new Error().stack?.replace(/^.*\n/, "") ?? ""}`),
    assert: (isTrue, ...parts) => {
      if (!isTrue) warn(parts.length ? `Assertion failed: ${format(...parts)}` : "Assertion failed");
    },
    group,
    groupCollapsed: group,
    groupEnd: () => (indent = indent.slice(2)),
    count: (label = "default") => {
      const n = (counts.get(String(label)) ?? 0) + 1;
      counts.set(String(label), n);
      log(`${String(label)}: ${n}`);
    },
    countReset: (label = "default") => counts.delete(String(label)),
    time: (label = "default") => started.set(String(label), performance.now()),
    timeLog: (label = "default", ...parts) => timed(String(label), () => log(took(String(label)), ...parts)),
    timeEnd: (label = "default") =>
      timed(String(label), () => {
        log(took(String(label)));
        started.delete(String(label));
      }),
  };
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(3)}ms` : `${(milliseconds / 1000).toFixed(3)}s`;
}

const VALUES = "Values";

/** Rows in a frame: one for each property of an object, and for each entry of a list. */
function table(rows: object, columns?: readonly string[]): string {
  const entries = rows instanceof Map ? [...rows] : Object.entries(rows instanceof Set ? [...rows] : rows);
  const isRow = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null;
  const keys = columns ?? [
    ...new Set(entries.flatMap(([, value]) => (isRow(value) ? Object.keys(value) : []))),
  ];
  const hasValues = entries.some(([, value]) => !isRow(value));
  const text = (value: unknown): string =>
    inspect(value, { depth: 0, breakLength: Infinity, maxArrayLength: 3 });
  const cells = [
    ["(index)", ...keys, ...(hasValues ? [VALUES] : [])],
    ...entries.map(([index, value]) => [
      String(index),
      ...keys.map((key) => (isRow(value) && key in value ? text(value[key]) : "")),
      ...(hasValues ? [isRow(value) ? "" : text(value)] : []),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)) + 2);
  const rule = ([left, middle, right]: string): string =>
    left + widths.map((width) => "─".repeat(width)).join(middle) + right;
  const [head, ...body] = cells.map(
    (row) => `│${row.map((cell, column) => ` ${cell}`.padEnd(widths[column]!)).join("│")}│`,
  );
  return [rule("┌┬┐"), head, rule("├┼┤"), ...body, rule("└┴┘")].join("\n");
}
