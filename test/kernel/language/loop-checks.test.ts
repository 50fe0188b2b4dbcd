/** Where nothing can end code from outside, its loops end themselves: all of them, and nobody else sees a difference. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { KeyboardInterrupt, halt } from "../../../kernel/cells/keyboard-interrupt.js";
import { Compiler } from "../../../kernel/language/compiler.js";
import { loopChecks } from "../../../kernel/language/loop-checks.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-checks-"));
afterAll(() => rmSync(folder, { recursive: true }));
const compiler = new Compiler(folder, { transformers: [loopChecks] });
beforeEach(() => compiler.reset());

async function compiled(code: string) {
  const cell = await compiler.convert(code, "cell[1]");
  if (!cell.ok) throw new Error(cell.diagnostics.map((one) => one.message).join("; "));
  return cell;
}

/** Runs a cell that `raise` interrupts. @returns its variables, and what it threw */
async function run(code: string): Promise<Record<string, unknown>> {
  const getters = new Map<string, () => unknown>();
  const keep = new Int32Array(1);
  const bind = (name: string, get: () => unknown): void => void getters.set(name, get);
  let thrown: unknown;
  try {
    const { javascript } = await compiled(`declare function raise(): void;\n${code}`);
    new Function("$cell", "raise", `"use strict"; ${javascript}`)({ bind, keep, halt }, () => (keep[0] = 1));
  } catch (error) {
    thrown = error;
  }
  return { ...Object.fromEntries([...getters].map(([name, get]) => [name, get()])), thrown };
}

describe("loops that end themselves", () => {
  it.each([
    ["while", "let n = 0; while (true) { if (++n === 5) raise(); }"],
    ["while with a single statement", "let n = 0; while (true) ++n === 5 && raise();"],
    ["do", "let n = 0; do { if (++n === 5) raise(); } while (true);"],
    ["for", "let n = 0; for (;;) { if (++n === 5) raise(); }"],
    ["for-of", "let n = 0; for (const x of Array(9)) { if (++n === 5) raise(); }"],
    ["for-in", "let n = 0; for (const x in { ...Array(9).fill(0) }) { if (++n === 5) raise(); }"],
    [
      "a labelled continue",
      "let n = 0; a: while (true) { while (true) { if (++n === 5) raise(); continue a; } }",
    ],
    ["a function", "let n = 0; function f() { while (true) if (++n === 5) raise(); } f();"],
    ["an arrow function", "let n = 0; [1].forEach(() => { for (;;) if (++n === 5) raise(); });"],
    ["a method", "let n = 0; class A { f() { for (;;) if (++n === 5) raise(); } } new A().f();"],
    [
      "a loop that catches",
      "let n = 0; function f() { for (;;) { try { for (;;) if (++n >= 5) raise(); } catch {} } } f();",
    ],
  ])("%s ends with a KeyboardInterrupt, and keeps what it computed", async (_, code) => {
    const { n, thrown } = await run(code);
    expect(thrown).toBeInstanceOf(KeyboardInterrupt);
    expect(n).toBe(5);
  });

  it("a loop that nobody interrupts computes what it did before", async () => {
    const code = `let sum = 0;
      outer: for (let i = 0; i < 10; i++) { for (const j of [1, 2, 3]) { if (j === 3) continue outer; sum += i * j; } }
      do sum++; while (sum < 0);
      for (const k in { a: 1, b: 2 }) sum += k.length;`;
    expect(await run(code)).toEqual({ sum: 138, thrown: undefined });
  });

  it("those of local modules too", async () => {
    writeFileSync(path.join(folder, "spin.ts"), "export function spin(): never { for (;;) {} }\n");
    const { modules } = await compiled('import { spin } from "./spin.ts"; spin;');
    expect(modules[0]!.javascript).toMatch(/for \(;;\) \{\s*if \(\$cell\.keep\[0\]\)\s*\$cell\.halt\(\);/);
  });
});
