/** What the compiler offers beyond names of the scope: whose value may know more, imports, options, arguments. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Compiler } from "../../../kernel/language/compiler.js";
import type { Completion, Completions, TextChange } from "../../../kernel/language/language.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-completion-"));
afterAll(() => rmSync(folder, { recursive: true }));

const compiler = new Compiler(folder);

/** Text with the cursor at "|". */
function at(text: string): [code: string, position: number] {
  return [text.replace("|", ""), text.indexOf("|")];
}
const complete = (text: string): Promise<Completions> => compiler.complete(...at(text));
const item = async (text: string, name: string): Promise<Completion | undefined> =>
  (await complete(text)).items.find((one) => one.text === name);

beforeAll(async () => {
  const home = path.join(folder, "brought");
  mkdirSync(home);
  writeFileSync(
    path.join(home, "package.json"),
    '{ "name": "brought", "exports": { "types": "./index.d.ts" } }',
  );
  writeFileSync(
    path.join(home, "index.d.ts"),
    `export interface SharpenOptions {
      /** How many pixels. */
      radius: number;
      amount: number;
      /** Off. */
      strict?: boolean;
    }
    export declare class Sharpen { constructor(options: SharpenOptions); run(x: number): number }
    export declare function sharpenAll(many: Sharpen[], times: number, log?: boolean): void;
    export interface SharpenResult { done: boolean }
    export declare const sharpest: number;`,
  );
  await compiler.addPackage("brought", home);
  await compiler.prepare();
  const cell = await compiler.convert(
    `const data = JSON.parse("{}"); const sizes = new Map<string, number>(); const table: Record<string, { deep: number }> = {};
    const known = { here: 1 }; const inner = { any: data as any };`,
    "cell[1]",
  );
  if (!cell.ok) throw new Error(JSON.stringify(cell.diagnostics));
  await compiler.commit(cell.id, ["data", "sizes", "table", "known", "inner"]);
});

describe("a value is asked", () => {
  it.each([
    ["data.|", "data", [], "members"],
    ["data.ro|ws", "data", [], "members"],
    ["data?.|", "data", [], "members"],
    ["data.rows[0]!.|", "data", ["rows", "0"], "members"],
    ['data["|"]', "data", [], "members"],
    ['data["rows"]["|', "data", ["rows"], "members"],
    ["process.env.PA|", "process", ["env"], "members"],
    ["table.|", "table", [], "members"],
    ["inner.any.|", "inner", ["any"], "members"],
    ['sizes.get("|")', "sizes", [], "keys"],
    ['sizes.has("|', "sizes", [], "keys"],
  ])("of %s", async (text, root, steps, of) => {
    expect((await complete(text)).value).toEqual({ root, steps, of });
  });

  it.each([
    "known.|", // its type says it all
    "const data = { own: 1 }; data.|", // this cell has not run
    "((data: any) => data.|)", // another of that name
    "data.map((one: any) => one.|)",
    'JSON.parse("1").|',
    'data("|")',
    "dat|",
  ])("but not of %s", async (text) => {
    expect((await complete(text)).value).toBeUndefined();
  });

  it("with the span between the quotes", async () => {
    expect(await complete('sizes.get("ab|c")')).toMatchObject({ start: 11, end: 14 });
    expect(await complete("data.ab|c + 1")).toMatchObject({ start: 5, end: 8 });
  });
});

describe("a name that a package exports", () => {
  it("is offered with the package, values before types, unless the cell knows it", async () => {
    const { items } = await complete("new Sharp|");
    expect(items).toEqual([
      { text: "Sharpen", type: "class", from: "brought" },
      { text: "SharpenOptions", type: "interface", from: "brought" },
      { text: "SharpenResult", type: "interface", from: "brought" },
      { text: "sharpenAll", type: "function", from: "brought" },
      { text: "sharpest", type: "const", from: "brought" },
    ]);
    const known = await item('import { Sharpen } from "brought"; Sharp|', "Sharpen");
    expect(known).toMatchObject({ text: "Sharpen" });
    expect(known).not.toHaveProperty("from");
    expect(await item("known.Sharp|", "Sharpen")).toBeUndefined();
    expect(await item("known.here + (Sharp|", "Sharpen")).toHaveProperty("from", "brought");
    expect(await item("let x: Sharp|", "SharpenOptions")).toHaveProperty("from", "brought");
  });

  const missing = async (text: string): Promise<string | undefined> => {
    const [code, position] = at(text);
    const change: TextChange | undefined = await compiler.missingImport(code, position);
    return change && code.slice(0, change.start) + change.text + code.slice(change.end);
  };

  it.each([
    ["new Sharpen|", 'import { Sharpen } from "brought";\nnew Sharpen'],
    [
      'import { sharpest } from "brought";\nSharpen|',
      'import { sharpest, Sharpen } from "brought";\nSharpen',
    ],
    ['import {} from "brought"; Sharpen|', 'import { Sharpen } from "brought"; Sharpen'],
    [
      'import type { SharpenResult } from "brought"\nSharpen|',
      'import { Sharpen } from "brought";\nimport type { SharpenResult } from "brought"\nSharpen',
    ],
    [
      "// What it is\n\nif (true) { Sharpen| }",
      '// What it is\n\nimport { Sharpen } from "brought";\nif (true) { Sharpen }',
    ],
    ["let x: SharpenResult|", 'import { SharpenResult } from "brought";\nlet x: SharpenResult'],
  ])("is imported: %s", async (text, whole) => {
    expect(await missing(text)).toBe(whole);
  });

  it("is known to the first question of a session", async () => {
    const fresh = new Compiler(folder);
    await fresh.addPackage("brought", path.join(folder, "brought"));
    const change = await fresh.missingImport("sharpenAll", 10);
    expect(change?.text).toBe('import { sharpenAll } from "brought";\n');
    await fresh.close();
  });

  it.each([
    'import { Sharpen } from "brought"; Sharpen|',
    "class Sharpen {}; Sharpen|",
    "known.Sharpen|",
    "Sharpe|",
    "|",
  ])("is not where it is known, or is another: %s", async (text) => {
    expect(await missing(text)).toBeUndefined();
  });
});

describe("options and arguments", () => {
  const start = 'import { Sharpen, sharpenAll } from "brought"; ';

  it("say what they are for", async () => {
    expect(await item(`${start}new Sharpen({ |`, "radius")).toMatchObject({
      documentation: "How many pixels.",
    });
    expect(await item(`${start}new Sharpen({ radius: 1, str|`, "strict")).toMatchObject({
      documentation: "Off.",
    });
    const [code, position] = at(`${start}new Sharpen({ radius|: 1, amount: 1 })`);
    expect(await compiler.inspect(code, position)).toEqual({
      signature: "(property) SharpenOptions.radius: number",
      documentation: "How many pixels.",
    });
  });

  it("are written out between empty parentheses, as far as they are needed", async () => {
    const first = async (text: string): Promise<Completion | undefined> => (await complete(text)).items[0];
    expect(await first(`${start}new Sharpen(|)`)).toEqual({ text: "{ radius: , amount: }", type: "snippet" });
    expect(await first(`${start}sharpenAll(|`)).toEqual({ text: "many, times", type: "snippet" });
    expect((await first(`${start}sharpenAll([], |`))?.type).not.toBe("snippet");
    expect((await first("Math.random(|"))?.type).not.toBe("snippet");
  });
});
