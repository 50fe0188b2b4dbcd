/** A compiler that has rested knows every cell as before; its thread gives its memory back by itself. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { Compiler } from "../../../kernel/language/compiler.js";
import { startLanguage } from "../../../kernel/language/client.js";
import { idle } from "../../../kernel/language/idle.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-idle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Converts a cell and commits it. @returns what is wrong with it, and the local modules that came with it */
async function cell(compiler: Pick<Compiler, "convert" | "commit">, code: string, ...bound: string[]) {
  const done = await compiler.convert(code, "cell");
  if (!done.ok) return { errors: done.diagnostics.map(({ message }) => message), modules: [] };
  await compiler.commit(done.id, bound);
  return { errors: [], modules: done.modules };
}

it("knows types, classes, globals, packages and local modules of cells before a rest, and delivers no module twice", async () => {
  writeFileSync(path.join(folder, "own.ts"), "export const own = { one: 1 };");
  const compiler = new Compiler(folder);
  compiler.start();
  const before = [
    await cell(compiler, 'const all = new Map([["a", [1, 2]]]); interface Point { x: number }', "all"),
    await cell(compiler, "class Box<T> { constructor(readonly value: T) {} }", "Box"),
    await cell(compiler, "declare global { interface Array<T> { second(): T } }"),
    await cell(
      compiler,
      'import { own } from "./own.ts"; import { readFileSync } from "node:fs";',
      "own",
      "readFileSync",
    ),
  ];
  expect(before.flatMap(({ errors }) => errors)).toEqual([]);
  expect(before.at(-1)!.modules).toHaveLength(1);
  for (let times = 0; times < 2; times++) {
    compiler.rest();
    const good = [
      "const n: number = all.get('a')!.second(); const p: Point = { x: n };",
      "const b: string = new Box(readFileSync('f', 'utf8')).value; own.one + 1",
      "process.version.length; Math.max(...[...all.values()].flat())",
    ];
    for (const code of good) expect((await cell(compiler, code)).errors, code).toEqual([]);
    expect((await cell(compiler, "const s: string = all.get('a')![0]")).errors).toEqual([
      expect.stringContaining("not assignable to type 'string'"),
    ]);
    expect((await cell(compiler, "new Box(1).value.length")).errors).toHaveLength(1);
    const again = await cell(compiler, 'import { own as mine } from "./own.ts"; mine.one');
    expect(again).toEqual({ errors: [], modules: [] });
  }
});

it("a cell that runs through a rest is known afterwards", async () => {
  const compiler = new Compiler(folder);
  compiler.start();
  const long = await compiler.convert(
    "const net = { layers: [1, 2] }; class Net { readonly #own = 1; }",
    "cell",
  );
  if (!long.ok) throw new Error("It must be compiled.");
  compiler.rest();
  await compiler.commit(long.id, ["net", "Net"]);
  expect((await cell(compiler, "new Net(); const n: number = net.layers[0]!")).errors).toEqual([]);
  expect((await cell(compiler, "const s: string = net.layers[0]!")).errors).toHaveLength(1);
});

/** Runs with minutes made shorter. */
async function idleAfter(seconds: string, run: () => Promise<void>): Promise<void> {
  process.env.CHAINRULE_IDLE = seconds;
  try {
    await run();
  } finally {
    delete process.env.CHAINRULE_IDLE;
  }
}

it("lets the compiler rest when nobody has asked it for long", async () => {
  await idleAfter("0,0.01", () => new Promise((resolve) => idle(resolve)()));
});

it("gives back memory when nobody has asked it, and answers afterwards", async () => {
  await idleAfter("0.2,1", async () => {
    const language = startLanguage(folder);
    let most = 0;
    const held = (): number => {
      const now = process.memoryUsage.rss();
      most = Math.max(most, now);
      return now;
    };
    const timer = setInterval(held, 5);
    try {
      expect((await cell(language, "const m = new Map<string, number>(); m", "m")).errors).toEqual([]);
      await language.prepare();
      while (held() > most - 40 * 2 ** 20) await new Promise((resolve) => setTimeout(resolve, 20));
      expect((await cell(language, "const k: string = m.get('a')")).errors).toHaveLength(1);
      expect((await cell(language, "const l: number | undefined = m.get('a'); l")).errors).toEqual([]);
    } finally {
      clearInterval(timer);
      await language.close();
    }
  });
});
