/**
 * The kernel's own magics. A magic is a line `%name …`, a cell that starts with `%%name …`, or a line `!command`
 * for the shell; plugins add more by name. `%name?` says what a magic is for.
 */
import { closest, distance } from "fastest-levenshtein";
import { textTable } from "../display/text-table.js";
import type { PluginHost } from "../plugins/host.js";
import type { CompletionItem, MagicCall } from "../plugins/contract.js";
import { files } from "./files.js";
import type { KernelCall, Magic, MagicHost } from "./magic.js";
import { Npm } from "./npm.js";
import { shells } from "./shells.js";
import { TIMING } from "./timing.js";
import { variables } from "./variables.js";

export type { KernelCall, MagicHost } from "./magic.js";
export { duration } from "./timing.js";

/** Every magic by name: the kernel's own, and those of plugins. */
export class Magics {
  readonly npm: Npm;
  readonly #host: MagicHost;
  readonly #own: ReadonlyMap<string, Magic>;

  constructor(host: MagicHost) {
    this.#host = host;
    this.npm = new Npm(host);
    const own = [
      ...TIMING,
      ...variables(host),
      ...files(host),
      ...shells(host),
      this.npm.magic,
      ...plugins(host.plugins),
      {
        name: "lsmagic",
        usage: ["%lsmagic"],
        summary: "lists the magics",
        run: (call: MagicCall) => call.print(this.#list()),
      },
    ];
    this.#own = new Map(own.map((one) => [one.name, one]));
  }

  get names(): string[] {
    return [...new Set([...this.#own.keys(), ...this.#host.plugins.magics.keys()])].sort();
  }

  /** @throws for an unknown name; the message names the nearest, and lists the known ones */
  find(name: string): (call: KernelCall) => unknown {
    const found = this.#host.plugins.magics.get(name);
    if (found) return found;
    const own = this.#own.get(name);
    if (own) return (call) => own.run(call);
    const near = this.#near(name);
    const known = this.names.map((one) => `%${one}`).join(", ");
    const meant = near === undefined ? "; there" : `; did you mean %${near}? There`;
    throw new Error(`%${name} is not a magic${meant} are ${known}, and !command for the shell.`);
  }

  /** What a magic is for, as text; undefined for one of a plugin. @throws for an unknown name */
  help(name: string): string {
    this.find(name);
    const own = this.#host.plugins.magics.has(name) ? undefined : this.#own.get(name);
    if (!own) return `%${name} comes from a plugin.`;
    const { usage, summary, details } = own;
    const head = usage.map((line) => `    ${line}`).join("\n");
    const sentences = `%${name} ${summary}.${details === undefined ? "" : ` ${details}`}`;
    return `${head}\n\n${wrapped(sentences)}`;
  }

  /** The magics whose names complete the one typed before the cursor. */
  complete(typed: string, cursor: number): CompletionItem[] {
    const item = (text: string, from: string): CompletionItem => ({
      text,
      type: "magic",
      start: cursor - from.length,
      end: cursor,
    });
    const [, name, word] = /^(\w+)[ \t]+([^]*)$/.exec(typed) ?? [];
    if (name !== undefined) {
      const words = this.#own.get(name)?.words ?? [];
      return words.filter((one) => one.startsWith(word!)).map((text) => item(text, word!));
    }
    return this.names.filter((one) => one.startsWith(typed)).map((text) => item(text, typed));
  }

  /** The magic that was meant: one letter differs, two are exchanged, or two of a long name differ. */
  #near(name: string): string | undefined {
    const found = closest(name, this.names);
    const apart = distance(name, found);
    const isMeant = apart <= 1 || (apart === 2 && (name.length > 5 || sorted(name) === sorted(found)));
    return isMeant && name.length > 1 ? found : undefined;
  }

  #list(): string {
    const rows = this.names.map((name) => [
      `%${name}`,
      this.#own.get(name)?.summary ?? "comes from a plugin",
    ]);
    const table = textTable({ headings: ["Magic", "What it does"], rows });
    return `${table}\n\n%name? says more; !command asks the shell.\n`;
  }
}

/** The most characters of a line of help. */
const LINE = 88;

/** A text in lines, broken between words. */
const wrapped = (text: string): string =>
  text.replace(new RegExp(`(.{1,${LINE}})(?: |$)`, "g"), "$1\n").trimEnd();

const sorted = (name: string): string => [...name].sort().join("");

const plugins = (host: PluginHost): Magic[] => [
  {
    name: "load",
    usage: ["%load", "%load PLUGIN"],
    summary: "lists the plugins, or loads one by its specifier or path",
    run: (call) => load(host, call),
  },
  {
    name: "unload",
    usage: ["%unload PLUGIN"],
    summary: "unloads a plugin and undoes what it added",
    run: (call) => host.unload(call.argument),
  },
];

async function load(plugins: PluginHost, call: MagicCall): Promise<void> {
  if (!call.argument) return call.print(`${plugins.names.join("\n") || "No plugins."}\n`);
  const name = await plugins.load(call.argument);
  if (name !== undefined) call.print(`Loaded the plugin ${name}\n`);
}
