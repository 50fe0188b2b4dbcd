/** What an editor asks beside Jupyter's own requests, over the protocol: shapes, addresses, magics, errors. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../kernel/jupyter/protocol.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

let kernel: TestKernel;
beforeAll(async () => {
  needsBuild();
  kernel = await TestKernel.start();
  await kernel.execute("/** The step size. */\nconst rate = 0.5;");
  await kernel.execute("%time 1\nfunction descend(from: number, steps = 1) { return from - rate * steps }");
});
afterAll(() => kernel?.close());

/** Asks about the text at "|". */
function ask(what: string, text: string, more: Json = {}): Promise<Json> {
  const before = text.slice(0, text.indexOf("|")).split("\n");
  const position = { line: before.length - 1, character: before.at(-1)!.length };
  return kernel.request("shell", `chainrule_${what}_request`, {
    code: text.replace("|", ""),
    position,
    ...more,
  });
}

const range = (line: number, start: number, end: number): Json => ({
  start: { line, character: start },
  end: { line, character: end },
});

it("hover is Markdown and the word's range", async () => {
  expect(await ask("hover", "1 +\n   ra|te")).toEqual({
    status: "ok",
    hover: {
      contents: { kind: "markdown", value: "```typescript\nconst rate: 0.5\n```\n\nThe step size." },
      range: range(1, 3, 7),
    },
  });
  expect(await ask("hover", " | ")).toEqual({ status: "ok", hover: null });
  expect(await ask("hover", "%%bash\nra|te")).toEqual({ status: "ok", hover: null });
});

it("a definition is in a cell by its number, in this one, or in a file", async () => {
  expect(await ask("definition", "rat|e")).toEqual({
    status: "ok",
    locations: [{ uri: "cell:1", range: range(1, 6, 10) }],
  });
  // The line is the cell's own, below a magic too.
  expect(await ask("definition", "%time 1\ndesc|end(1)")).toMatchObject({
    locations: [{ uri: "cell:2", range: { start: { line: 1 } } }],
  });
  expect(await ask("definition", "let x = 1;\n|x")).toMatchObject({ locations: [{ uri: "cell:" }] });
  writeFileSync(path.join(kernel.folder, "a b.ts"), "export const far = 1;");
  const { locations } = await ask("definition", 'import { far } from "./a b";\nfa|r');
  expect((locations as Json[])[0]!.uri).toMatch(/^file:\/\/\/.*\/a%20b\.ts$/);
});

it("signature help has the label's parts", async () => {
  expect(await ask("signature", "descend(1, |)")).toMatchObject({
    signatureHelp: {
      activeSignature: 0,
      activeParameter: 1,
      signatures: [
        {
          label: "descend(from: number, steps?: number): number",
          parameters: [{ label: [8, 20] }, { label: [22, 36] }],
        },
      ],
    },
  });
  expect(await ask("signature", "rate|")).toEqual({ status: "ok", signatureHelp: null });
});

it("a new name changes all cells, by the addresses that they were sent with", async () => {
  const cells = [
    { uri: "a", code: "const rate = 0.5" },
    { uri: "b", code: "%time 1\nrate;\nrate" },
    { uri: "c", code: "%%bash\necho rate" },
  ];
  expect(await ask("rename", "!ls\nra|te", { newName: "step", cells })).toEqual({
    status: "ok",
    edit: {
      changes: {
        "cell:": [{ range: range(1, 0, 4), newText: "step" }],
        a: [{ range: range(0, 6, 10), newText: "step" }],
        b: [
          { range: range(1, 0, 4), newText: "step" },
          { range: range(2, 0, 4), newText: "step" },
        ],
      },
    },
  });
  expect(await ask("rename", "Mat|h.PI", { newName: "M" })).toMatchObject({
    status: "error",
    evalue: '"Math" is not declared in a cell.',
  });
});

it("layout leaves magics alone", async () => {
  const { edits } = await ask("format", "|%time   1\nif (1) {\nf( )\n}");
  expect(edits).toEqual([
    { range: range(2, 0, 0), newText: "  " },
    { range: range(2, 2, 3), newText: "" },
  ]);
  expect((await ask("format", "|const a = 1;", { options: { tabSize: 4 } })).edits).toEqual([]);
});

describe("a request that is malformed", () => {
  it.each([{}, { line: 5, character: 0 }, { line: 0, character: -1 }, "3", null])(
    "says so: %j",
    async (position) => {
      expect(await ask("hover", "|1", { position })).toMatchObject({
        status: "error",
        evalue: "A position has a line below 1 and a character, both counted from zero.",
      });
    },
  );
});
