/**
 * The kernel's own magics. A magic is a line `%name …`, a cell that starts with `%%name …`, or a line `!command`
 * for the shell; plugins add more by name.
 */
import { resolve } from "#host/paths";
import { processorTime } from "#host/program";
import { writeText } from "#host/text-files";
import { textTable } from "../display/text-table.js";
import type { PluginHost } from "../plugins/host.js";
import type { CompletionItem, MagicCall, MagicHandler } from "../plugins/contract.js";

/** What the magics need of the session. */
export interface MagicHost {
  readonly cwd: string;
  readonly names: readonly string[];
  lookup(name: string): unknown;
  reset(): Promise<void>;
  readonly plugins: PluginHost;
}

/** Every magic by name: the kernel's own, and those of plugins. */
export class Magics {
  readonly #host: MagicHost;
  readonly #own: ReadonlyMap<string, MagicHandler>;

  constructor(host: MagicHost) {
    this.#host = host;
    this.#own = new Map<string, MagicHandler>([
      ["time", time],
      ["timeit", timeit],
      ["who", (call) => call.print(`${host.names.join("  ") || "No variables."}\n`)],
      ["whos", (call) => call.print(table(host))],
      ["reset", () => host.reset()],
      ["writefile", (call) => writeFile(host.cwd, call)],
      ["load", (call) => load(host.plugins, call)],
      ["unload", (call) => host.plugins.unload(call.argument)],
      ["lsmagic", (call) => call.print(`${this.names.map((name) => `%${name}`).join("  ")}\n`)],
    ]);
  }

  get names(): string[] {
    return [...new Set([...this.#own.keys(), ...this.#host.plugins.magics.keys()])].sort();
  }

  /** @throws for an unknown name; the message lists the known ones */
  find(name: string): MagicHandler {
    const found = this.#host.plugins.magics.get(name) ?? this.#own.get(name);
    if (found) return found;
    const known = this.names.map((one) => `%${one}`).join(", ");
    throw new Error(`%${name} is not a magic; there are ${known}, and !command for the shell.`);
  }

  /** The magics whose names complete the one typed before the cursor. */
  complete(typed: string, cursor: number): CompletionItem[] {
    const found = this.names.filter((name) => name.startsWith(typed));
    return found.map((text) => ({ text, type: "magic", start: cursor - typed.length, end: cursor }));
  }
}

async function time(call: MagicCall): Promise<unknown> {
  const before = processorTime();
  const start = performance.now();
  const value = await call.run(call.body ?? call.argument);
  const wall = performance.now() - start;
  const after = processorTime();
  const used = before === undefined || after === undefined ? "" : `, CPU: ${duration(after - before)}`;
  call.print(`Wall time: ${duration(wall)}${used}\n`);
  return value;
}

/** How many runs `%timeit` makes, and the least milliseconds of a run. */
const RUNS = 7;
const RUN_TIME = 100;

async function timeit(call: MagicCall): Promise<void> {
  const code = call.body ?? call.argument;
  const isAsync = /\bawait\b/.test(code);
  const head = isAsync ? "(async () => {" : "(() => {";
  // An expression's value is used, so that it is not optimised away.
  const isExpression = call.body === undefined && !/;|^\s*(?:for|while|if|const|let|var)\b/.test(code);
  const once = (await call.run(`${head} ${isExpression ? `return ${code}` : code}\n})`)) as () => unknown;
  const sink: unknown[] = [undefined];
  const loop = async (count: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < count; i++) sink[0] = isAsync ? await once() : once();
    return performance.now() - start;
  };
  let count = 1;
  while ((await loop(count)) < RUN_TIME && count < 1e9) count *= 2;
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push((await loop(count)) / count);
  const mean = times.reduce((a, b) => a + b) / RUNS;
  const deviation = Math.sqrt(times.reduce((sum, one) => sum + (one - mean) ** 2, 0) / RUNS);
  call.print(
    `${duration(mean)} ± ${duration(deviation)} a loop (${RUNS} runs of ${count.toLocaleString("en")})\n`,
  );
}

/** Milliseconds in the unit that suits them. */
export function duration(ms: number): string {
  const units: [string, number][] = [
    ["s", 1000],
    ["ms", 1],
    ["µs", 1e-3],
    ["ns", 1e-6],
  ];
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ["ns", 1e-6];
  return `${Number((ms / size).toPrecision(3))} ${unit}`;
}

function table(host: MagicHost): string {
  if (!host.names.length) return "No variables.\n";
  const rows = host.names.map((name) => variable(name, () => host.lookup(name)));
  return `${textTable({ headings: ["Name", "Type", "Value"], rows })}\n`;
}

/** A row of `%whos`. It never throws, whatever the value does when it is read. */
function variable(name: string, read: () => unknown): [name: string, type: string, text: string] {
  let value: unknown;
  try {
    value = read();
    const type =
      value === null
        ? "null"
        : typeof value === "object"
          ? String(value.constructor?.name ?? "Object")
          : typeof value;
    const content = typeof value === "object" ? JSON.stringify(value) : value;
    const text = typeof value === "function" ? "" : String(content).replace(/\s+/g, " ").slice(0, 60);
    return [name, type, text];
  } catch {
    return [name, typeof value, "…"];
  }
}

function writeFile(cwd: string, call: MagicCall): void {
  const [, append, name] = /^(-a\s+)?(.+)$/.exec(call.argument) ?? [];
  if (name === undefined || call.body === undefined)
    throw new Error("%%writefile [-a] FILE stands above the text it writes: name a file.");
  const text = call.body.endsWith("\n") || call.body === "" ? call.body : `${call.body}\n`;
  writeText(resolve(cwd, name.trim()), text, Boolean(append));
  call.print(`${append ? "Added to" : "Wrote"} ${name.trim()}\n`);
}

async function load(plugins: PluginHost, call: MagicCall): Promise<void> {
  if (!call.argument) return call.print(`${plugins.names.join("\n") || "No plugins."}\n`);
  const name = await plugins.load(call.argument);
  if (name !== undefined) call.print(`Loaded the plugin ${name}\n`);
}
