/** Loops at a cell's top level work on local copies: nobody can see it, and an interrupt loses no finished round. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { Compiler } from "../../../kernel/language/compiler.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-loops-"));
afterAll(() => rmSync(folder, { recursive: true }));
const compiler = new Compiler(folder);
beforeEach(() => compiler.reset());

const COPY = /\bs_1 = s\b/;

async function javascript(code: string): Promise<string> {
  const compiled = await compiler.convert(code, "cell[1]");
  if (!compiled.ok) throw new Error(compiled.diagnostics.map((one) => one.message).join("; "));
  return compiled.javascript;
}

/** Runs a cell; its variables by name, as a later cell would read them. */
async function run(
  code: string,
  keep: Int32Array = new Int32Array(1),
  watch?: (read: (name: string) => unknown) => void,
): Promise<Record<string, unknown>> {
  const getters = new Map<string, () => unknown>();
  const cell = { bind: (name: string, get: () => unknown) => getters.set(name, get), keep };
  const probe = (): void => watch?.((name) => getters.get(name)!());
  let thrown: unknown;
  try {
    new Function("$cell", "probe", `"use strict"; ${await javascript(code)}`)(cell, probe);
  } catch (error) {
    thrown = (error as Error).message;
  }
  return {
    ...Object.fromEntries([...getters].map(([name, get]) => [name, get()])),
    ...(thrown ? { thrown } : {}),
  };
}

describe("a loop computes what it would without copies", () => {
  it.each([
    ["for", "let s = 0.5; for (let i = 0; i < 10; i++) s += i;", { s: 45.5 }],
    ["while", "let s = 0; while (s < 7) s += 2;", { s: 8 }],
    ["do", "let s = 0; do { s++ } while (s < 3)", { s: 3 }],
    ["for-in", "let s = ''; for (const k in { a: 1, b: 2 }) s += k;", { s: "ab" }],
    ["for-of", "let s = 0; for (const x of [1, 2, 3]) s += x;", { s: 6 }],
    [
      "the variable as the loop's own",
      "let s = 0, n = 0; for (s of [4, 5]) n++; for (s = s + 1; s < 9; s++);",
      { s: 9, n: 2 },
    ],
    [
      "nested loops",
      "let s = 0, t = 1; for (let i = 0; i < 3; i++) { t *= 2; for (let j = 0; j < i; j++) s += t; }",
      { s: 20, t: 8 },
    ],
    ["continue", "let s = 0; for (let i = 0; i < 6; i++) { if (i % 2) continue; s += i }", { s: 6 }],
    [
      "labels",
      "let s = 0; outer: for (let i = 0; i < 4; i++) { for (let j = 0; ; j++) { if (j > i) continue outer; if (i > 2) break outer; s++ } }",
      { s: 6 },
    ],
    ["break", "let s = 0; while (true) { if (++s > 4) break }", { s: 5 }],
    ["destructuring", "let s = 1, t = 2; for (let i = 0; i < 3; i++) [s, t] = [t, s + t];", { s: 5, t: 8 }],
    [
      "shorthand",
      "let s = 1; const all: { s: number }[] = []; for (let i = 0; i < 2; i++) { s++; all[i] = { s } } ({ s } = all[0]!); while (s < 0);",
      { s: 2, all: [{ s: 2 }, { s: 3 }] },
    ],
    [
      "a property of the same name",
      "let s = 1; const o = { s: 5 }; for (let i = 0; i < 2; i++) { o.s += s; s = o.s }",
      { s: 12, o: { s: 12 } },
    ],
    [
      "a function in the loop",
      "let s = 0; const all: (() => number)[] = []; for (let i = 0; i < 2; i++) { all.push(() => { for (;;) { if (i >= 0) break; continue } return i }); s += all[i]!() }",
      { s: 1 },
    ],
    [
      "a loop in a block",
      "let s = 0; { if (s === 0) try { for (;;) { s++; if (s > 3) throw 0 } } catch { s *= 10 } }",
      { s: 40 },
    ],
    [
      "an error",
      "let s = 0; for (;;) { s++; if (s > 2) throw new Error('stop'); }",
      { s: 3, thrown: "stop" },
    ],
  ])("%s", async (_, code, expected) => {
    expect(await run(code)).toMatchObject(expected);
    expect(await javascript(code)).toMatch(COPY);
  });
});

describe("no copies", () => {
  it.each([
    [
      "of what a function of the cell mentions",
      "let s = 0; const read = () => s; for (let i = 0; i < 2; i++) { s++; read() }",
    ],
    [
      "of what a class mentions",
      "let s = 0; class A { value = s } for (let i = 0; i < 2; i++) { s++; new A() }",
    ],
    ["in a loop that awaits", "let s = 0; for (let i = 0; i < 2; i++) { await null; s++ }"],
    [
      "of what is declared after the loop",
      "let n = 0; while (n < 2) { n++; if (n > 3) (() => 0)() } let s = 0;",
    ],
    ["of a name that the loop declares anew", "let s = 0; for (; s < 2; s++) { let s = 9; s++ }"],
    ["of a name that a class in the loop bears", "let s = 0; for (; s < 2; s++) { class s {} void s; }"],
    ["of a name that a function in the loop bears", "let s = 0; for (; s < 2; s++) { function s() {} }"],
    ["of a name that the loop's head declares", "let s = 0; for (let s = 0; s < 2; s++);"],
    ["in a function", "let s = 0; function f() { for (;;) { s++; return } } f()"],
    ["of constants", "const s = 1; let n = [0]; for (let i = 0; i < s; i++) n[0]! += s;"],
  ])("%s", async (_, code) => expect(await javascript(code)).not.toMatch(COPY));
});

describe("variables are stored", () => {
  it("after every round of a loop that may take long", async () => {
    const seen: unknown[] = [];
    await run(
      "declare const probe: () => void; let s = 0; for (let i = 0; i < 3; i++) { s += 0.5; probe() }",
      undefined,
      (read) => seen.push(read("s")),
    );
    expect(seen).toEqual([0, 0.5, 1]);
  });

  it("after a round of arithmetic once an interrupt was announced, `continue` or not", async () => {
    const seen: unknown[] = [];
    const keep = new Int32Array(1);
    const code = await javascript(
      "let s = 0; for (let i = 0; i < 6; i++) { s += i; Math.sign(i); if (i % 2) continue; }",
    );
    const original = Math.sign;
    // Stands for the other thread: the loop calls nothing but Math.
    Math.sign = (x) => {
      look(x);
      return original(x);
    };
    let look: (x: number) => void = () => {};
    try {
      const getters: (() => unknown)[] = [];
      const cell = { bind: (_: string, get: () => unknown) => getters.push(get), keep };
      look = (i) => {
        if (i === 2) keep[0] = 1;
        seen.push(getters[0]!());
      };
      new Function("$cell", code)(cell);
    } finally {
      Math.sign = original;
    }
    expect(seen).toEqual([0, 0, 0, 3, 6, 10]);
  });
});
