/**
 * What the language and Node have by the Node that runs: the table in `kernel/language/library.ts` is what the Nodes
 * themselves say (`npx vitest -u run test/kernel/language/library.test.ts` writes it, where CHAINRULE_TEST_NODES names
 * all of them), and cells are checked by it.
 */
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import { Compiler } from "../../../kernel/language/compiler.js";
import { lackOf } from "../../../kernel/language/lacks.js";
import { LIBRARY, NODES } from "../../../kernel/language/library.js";
import { testNodes } from "../support/jupyter.js";
import { had, library, undeclared } from "../support/library.js";

const majorOf = (node: string): number =>
  Number(execFileSync(node, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" }));

/** The Nodes at hand by their versions. */
const nodes = new Map(testNodes.map((node) => [majorOf(node), node]));

const HEAD = `/**
 * What not every Node has of what TypeScript's library and Node's declarations declare, and which Nodes have it, as they
 * were probed. Generated: test/kernel/language/library.test.ts says how.
 */

/** The Nodes that were asked. */
export const NODES = [${NODES.join(", ")}] as const;

/** The Nodes that have a global \`a\`, a member \`Container.b\` or a module \`node:c\`. */
export const LIBRARY: Readonly<Record<string, readonly number[]>> = {
`;

function text(table: ReadonlyMap<string, readonly number[]>): string {
  const lines = [...table].map(([key, by]) => {
    const name = /^\w+$/.test(key) ? key : JSON.stringify(key);
    return `  ${name}: [${by.join(", ")}],\n`;
  });
  return `${HEAD}${lines.join("")}};\n`;
}

describe("the table", () => {
  it("is what the Nodes have", async () => {
    const found = new Map(
      NODES.flatMap((version) => (nodes.has(version) ? [[version, had(nodes.get(version)!)]] : [])),
    );
    expect(found.size).toBeGreaterThan(0);
    for (const [version, has] of found)
      expect(Object.keys(LIBRARY).filter((key) => has.has(key) !== LIBRARY[key]!.includes(version))).toEqual(
        [],
      );
    if (found.size === NODES.length)
      await expect(text(library(found))).toMatchFileSnapshot("../../../kernel/language/library.ts");
  });

  it("knows what came when", () => {
    expect(LIBRARY["Set.union"]).toEqual([22, 24]);
    expect(LIBRARY["PromiseConstructor.try"]).toEqual([24]);
    expect(LIBRARY["Temporal"]).toEqual([]);
    expect(LIBRARY["fs.globSync"]).toEqual([22, 24]);
    expect(LIBRARY["node:sqlite"]).toEqual([22, 24]);
    expect(LIBRARY["ObjectConstructor.keys"]).toBeUndefined();
  });

  it("says of a Node between them what is known", () => {
    const [by, none] = [[22, 24], []];
    expect([20, 21, 22, 23, 24, 25].map((version) => lackOf(by, version))).toEqual([
      "Node 22 and 24 have it",
      "Node 22 and 24 have it",
      ...Array<undefined>(4),
    ]);
    expect(lackOf([24], 23)).toBe("Node 24 has it");
    expect(lackOf(none, 24)).toBe("no Node up to 24 has it");
    expect(lackOf(none, 26)).toBeUndefined();
  });
});

describe("a cell", () => {
  const compilers = new Map<number, Compiler>();
  /** What is wrong with a cell on some Node. */
  async function problems(code: string, node: number): Promise<string[]> {
    const compiler = compilers.get(node) ?? new Compiler(tmpdir(), { node: `v${node}.1.0` });
    compilers.set(node, compiler);
    const compiled = await compiler.convert(code, "cell[1]");
    return compiled.ok ? [] : compiled.diagnostics.map((one) => one.message);
  }

  it.each([
    ["Object.groupBy([1], (n) => String(n))", [22, 24], "Object.groupBy"],
    ["new Set([1]).union(new Set([2]))", [22, 24], "Set.union"],
    ["[1].values().map((n) => n + 1).toArray()", [22, 24], "IteratorObject.map"],
    ["Promise.try(() => 1)", [24], "Promise.try"],
    ["new Float16Array(2)", [24], "Float16Array"],
    ["Math.f16round(1)", [24], "Math.f16round"],
    ["navigator.hardwareConcurrency", [22, 24], "navigator"],
    ['import { globSync } from "node:fs"; globSync("*")', [22, 24], "fs.globSync"],
    ['import fs from "fs"; fs.globSync("*")', [22, 24], "fs.globSync"],
    ['import { DatabaseSync } from "node:sqlite"; new DatabaseSync(":memory:")', [22, 24], "node:sqlite"],
    ["const { withResolvers } = Promise", [22, 24], "Promise.withResolvers"],
    ["const { try: attempt } = Promise", [24], "Promise.try"],
    ['Promise["try"](() => 1)', [24], "Promise.try"],
    ['await import("node:sqlite")', [22, 24], "node:sqlite"],
    ['require("node:sqlite")', [22, 24], "node:sqlite"],
    ['export * from "node:sqlite"', [22, 24], "node:sqlite"],
    ["Temporal.Now.instant()", [], "Temporal"],
    ["localStorage.getItem('a')", [], "localStorage"],
    ["new EventSource('http://localhost')", [], "EventSource"],
    ["new Uint8Array(2).toBase64()", [], "Uint8Array.toBase64"],
    ["[3, 1].toSorted().with(0, 2).findLast((n) => n > 1)", [20, 22, 24], ""],
    ["structuredClone({ a: 1 }); 'a'.isWellFormed(); Array.from('ab').at(-1)", [20, 22, 24], ""],
  ] as const)("%s", async (code, having, name) => {
    for (const node of NODES) {
      const found = await problems(code, node);
      if ((having as readonly number[]).includes(node)) expect(found).toEqual([]);
      else expect(found[0]).toContain(`${name} is not in Node ${node}`);
    }
  });

  it("says which Node has what this one lacks", async () => {
    expect(await problems("Promise.try(() => 1)", 20)).toEqual([
      "Promise.try is not in Node 20.1.0; Node 24 has it.",
    ]);
    expect(await problems("Temporal", 24)).toEqual([
      "Temporal is not in Node 24.1.0; no Node up to 24 has it.",
    ]);
  });

  it("may ask first whether it is there, and may have its own of that name", async () => {
    expect(await problems("typeof Temporal === 'undefined'", 20)).toEqual([]);
    expect(await problems("Object.groupBy?.([1], String)", 20)).toEqual([]);
    for (const asking of [
      "if ('groupBy' in Object) Object.groupBy([1], String)",
      "if (Object.groupBy) Object.groupBy([1], String)",
      "Object.groupBy ? Object.groupBy([1], String) : 1",
      "Object.groupBy && Object.groupBy([1], String)",
      "!Object.groupBy || Object.groupBy([1], String)",
      "Object.groupBy === undefined ? 1 : Object.groupBy([1], String)",
      "typeof Temporal === 'undefined' ? 1 : Temporal.Now.instant()",
      "try { await import('node:sqlite') } catch {}",
      "await import('node:sqlite').catch(() => undefined)",
    ])
      expect(await problems(asking, 20), asking).toEqual([]);
    expect(await problems("if (Object.keys) Object.groupBy([1], String)", 20)).toHaveLength(1);
    expect(await problems("const it: Iterator<number> = [1].values(); it.next()", 20)).toEqual([]);
    expect(
      await problems("class Float16Array {}; new Float16Array(); const o = { groupBy: 1 }; o.groupBy", 20),
    ).toEqual([]);
  });

  it("knows every global of this Node", async () => {
    const names = undeclared().filter((name) => !name.startsWith("__vitest") && name !== "undefined");
    const own = new Compiler(tmpdir());
    for (const name of names) {
      const compiled = await own.convert(name, "cell[1]");
      expect(compiled.ok || compiled.diagnostics, name).toBe(true);
    }
    expect(
      (await own.convert("WebAssembly.compile(new Uint8Array(8)).then((m) => m.nothing)", "cell[2]")).ok,
    ).toBe(false);
  });
});
