/** What the compiler tells an editor: where things are declared, what a call takes, new names, layout. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Compiler } from "../../../kernel/language/compiler.js";
import type { TextChange } from "../../../kernel/language/language.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-editor-"));
afterAll(() => rmSync(folder, { recursive: true }));
const helpers = path.join(folder, "helpers.ts");
writeFileSync(
  helpers,
  "export const one = 1;\n/** Twice. */\nexport function twice(x: number): number { return 2 * x; }\n",
);

const compiler = new Compiler(folder);
const EARLIER = `import { twice } from "./helpers";
/** The step size. */
const rate = 0.5;
function descend(from: number, steps = 1): number { return from - rate * steps; }
function over(a: string): void; function over(a: number, b?: boolean): void; function over(): void {}`;

beforeAll(async () => {
  const cell = await compiler.convert(EARLIER, "cell[3]");
  if (!cell.ok) throw new Error(JSON.stringify(cell.diagnostics));
  await compiler.commit(cell.id, ["twice", "rate", "descend", "over"]);
});

/** Text with the cursor at "|". */
const at = (text: string): [string, number] => [text.replace("|", ""), text.indexOf("|")];

/** A text after changes that do not overlap. */
const changed = (text: string, changes: readonly TextChange[]): string =>
  [...changes]
    .reverse()
    .sort((a, b) => b.start - a.start)
    .reduce((whole, one) => whole.slice(0, one.start) + one.text + whole.slice(one.end), text);

describe("definition", () => {
  it("is in the cell, in an earlier cell by its name, or in a file", async () => {
    const own = await compiler.definition(...at("const a = 1;\nconst b = a| + 1"));
    expect(own).toEqual([
      { start: 6, end: 7, range: { start: { line: 0, character: 6 }, end: { line: 0, character: 7 } } },
    ]);
    expect(await compiler.definition(...at("1 + ra|te"))).toMatchObject([
      { cell: "cell[3]", range: { start: { line: 2, character: 6 }, end: { line: 2, character: 10 } } },
    ]);
    const file = helpers.replaceAll("\\", "/");
    expect(await compiler.definition(...at("twi|ce(1)"))).toMatchObject([
      { file, path: "helpers.ts", range: { start: { line: 2 } } },
    ]);
    expect(await compiler.definition(...at('import { one } from "./hel|pers"'))).toMatchObject([
      { file, start: 0 },
    ]);
    const [library] = await compiler.definition(...at("[1].ma|p"));
    expect(library?.file).toMatch(/lib\.es5\.d\.ts$/);
  });

  it("is nowhere for what nobody declares, and for what lies in no file", async () => {
    expect(await compiler.definition(...at("now|here"))).toEqual([]);
    expect(await compiler.definition(...at("disp|lay(1)"))).toEqual([]);
    expect(await compiler.definition("   ", 1)).toEqual([]);
  });
});

describe("signatures", () => {
  it("say what the call takes, and which part is being written", async () => {
    const found = await compiler.signatures(...at("descend(1, |"));
    expect(found).toMatchObject({ active: 0, parameter: 1 });
    const { label, parameters } = found!.items[0]!;
    expect(label).toBe("descend(from: number, steps?: number): number");
    expect(parameters.map(({ start, end }) => label.slice(start, end))).toEqual([
      "from: number",
      "steps?: number",
    ]);
    expect(await compiler.signatures(...at("rate|"))).toBeUndefined();
  });

  it("are all overloads, the one that fits marked", async () => {
    const found = await compiler.signatures(...at("over(1, |)"));
    expect(found!.items.map(({ label }) => label)).toEqual([
      "over(a: string): void",
      expect.stringMatching(/^over\(a: number, b\?: boolean/),
    ]);
    expect(found!.active).toBe(1);
  });
});

describe("a new name", () => {
  const others = [
    EARLIER,
    "const curve = [rate, { rate }.rate]; ((rate: number) => rate)(rate)",
    "let other: { rate: number } = { rate }; other.rate; const { rate: mine } = other",
    "this cell { is wrong rate",
    "function inner() { const rate = 1; return rate }",
  ];
  const renamed = async (text: string, newName: string): Promise<string[]> => {
    const [code, position] = at(text);
    const found = await compiler.rename({ code, position, newName, others });
    if ("refusal" in found) throw new Error(found.refusal);
    return [code, ...others].map((one, i) => changed(one, found.changes[i]!));
  };

  it("is in every cell what belongs to all, and nothing else of that name", async () => {
    expect(await renamed("ra|te * 2", "step")).toEqual([
      "step * 2",
      EARLIER.replace("const rate", "const step").replace("rate * steps", "step * steps"),
      "const curve = [step, { rate: step }.rate]; ((rate: number) => rate)(step)",
      "let other: { rate: number } = { rate: step }; other.rate; const { rate: mine } = other",
      "this cell { is wrong step",
      others[4],
    ]);
  });

  it("keeps properties and imports their own", async () => {
    expect((await renamed("const { a, b: c } = { a: 1, b: 2 }; c| + a", "d"))[0]).toBe(
      "const { a, b: d } = { a: 1, b: 2 }; d + a",
    );
    expect((await renamed("const { a| } = { a: 1 }; a", "d"))[0]).toBe("const { a: d } = { a: 1 }; d");
    const [own, earlier] = await renamed("twice|(2)", "double");
    expect([own, earlier!.split("\n")[0]]).toEqual([
      "double(2)",
      'import { twice as double } from "./helpers";',
    ]);
  });

  it("of a local variable is this cell's affair", async () => {
    const all = await renamed("function f(rate: number) { return ra|te } f(rate)", "r");
    expect(all).toEqual(["function f(r: number) { return r } f(rate)", ...others]);
  });

  it.each([
    ["[1].ma|p", "x", "name of a property"],
    ["Mat|h.PI", "x", "not declared in a cell"],
    ["rat|e", "for", '"for" cannot be a name'],
    ["rat|e", "two words", "cannot be a name"],
    ["1 +| 2", "x", "no name here"],
  ])("is refused in words: %s → %s", async (text, newName, words) => {
    await expect(renamed(text, newName)).rejects.toThrow(words);
  });

  it("may be a word that is special elsewhere", async () => {
    expect((await renamed("rat|e", "of"))[0]).toBe("of");
  });
});

describe("layout", () => {
  const spaces = { tabSize: 2, insertSpaces: true };
  it("indents and spaces, and changes nothing that is right", async () => {
    const text = "function f(a:number){\nreturn   a+1}\nconst o={a:1,\n   b:2}";
    expect(changed(text, await compiler.format(text, spaces))).toBe(
      "function f(a: number) {\n  return a + 1\n}\nconst o = {\n  a: 1,\n  b: 2\n}",
    );
    expect(await compiler.format("const a = 1;\nif (a) {\n  f(a);\n}\n", spaces)).toEqual([]);
  });

  it("takes tabs where they are asked for", async () => {
    const text = "if (1) {\nf()\n}";
    expect(changed(text, await compiler.format(text, { tabSize: 4, insertSpaces: false }))).toBe(
      "if (1) {\n\tf()\n}",
    );
  });
});
