/** Magics, in a real kernel. */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { magicLines } from "../../../kernel/language/magic-lines.js";
import { cellMagic, helpWanted, partsOf } from "../../../kernel/magics/parts.js";
import { duration } from "../../../kernel/magics/magics.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

describe("which lines are magics", () => {
  it.each([
    ["%who", [0]],
    ["1\n%who\n!ls", [1, 2]],
    ["`\n%who\n`\n%who", [3]],
    ["/*\n!ls\n*/", []],
    ["const a = 7\n% 3", []],
    ["const f = a &&\n!b", []],
    ["f(\n!b\n)", []],
    ["!(a)", []],
    ["  %who", []],
    ["const t = `${a}\n!ls\n`", []],
    ["let x = { a: 1 }\n!ls", [1]],
  ])("%j: %j", (code, lines) => {
    expect(magicLines(code)).toEqual(lines);
  });

  it("keeps the line numbers of code", () => {
    expect(partsOf("a\n%who x\nb\nc\n!ls -l", [1, 4])).toEqual([
      { kind: "code", code: "a" },
      { kind: "magic", name: "who", argument: "x", body: undefined, line: 1 },
      { kind: "code", code: "\n\nb\nc" },
      { kind: "shell", command: "ls -l" },
    ]);
    expect(cellMagic("\n%%time  x \nbody")).toEqual({
      kind: "magic",
      name: "time",
      argument: "x",
      body: "body",
      line: 2,
    });
  });
});

it.each([
  ["fit?", "fit"],
  ["?fit", "fit"],
  ["?? fit", "fit"],
  [" net.get?? ", "net.get"],
  ["a ? b : c", undefined],
  ["a ?", undefined],
  ["a?.b", undefined],
  ["fit", undefined],
  ["?", undefined],
])("%j asks for help with %j", (code, name) => expect(helpWanted(code)).toBe(name));

it("writes durations in a unit that suits them", () => {
  expect([12345, 1.5, 0.0123, 0.0000042].map(duration)).toEqual(["12.3 s", "1.5 ms", "12.3 µs", "4.2 ns"]);
});

describe("in a kernel", () => {
  let kernel: TestKernel;
  beforeAll(async () => {
    needsBuild();
    kernel = await TestKernel.start();
  });
  afterAll(() => kernel?.close());

  it("times a cell and a line, whose variables and value stay", async () => {
    const cell = await kernel.execute(
      "%%time\nconst a = 20;\nawait new Promise((r) => setTimeout(r, 30));\na + 1",
    );
    expect(cell.result).toBe("21");
    expect(Number(/Wall time: ([\d.]+) ms, CPU: /.exec(cell.stdout)?.[1])).toBeGreaterThan(28);
    expect((await kernel.execute("%time a + 2")).result).toBe("22");
  });

  it("measures with %timeit", async () => {
    const { stdout, reply } = await kernel.execute("%timeit Math.sqrt(2)");
    expect(reply["status"]).toBe("ok");
    expect(stdout).toMatch(/^[\d.]+ [nµm]?s ± [\d.]+ [nµm]?s a loop \(7 runs of [\d,]+\)\n$/);
  });

  it("lists variables, and forgets them", async () => {
    await kernel.execute("const rate = 0.1, layers = [1, 2]");
    expect((await kernel.execute("%who")).stdout).toMatch(/\brate {2}layers\n$/);
    expect((await kernel.execute("%whos")).stdout).toMatch(/layers +Array +\[1,2\]/);
    await kernel.execute("%reset");
    expect((await kernel.execute("%who")).stdout).toBe("No variables.\n");
    expect((await kernel.execute("rate")).reply["evalue"]).toContain("TS2304");
  });

  it("helps with a name, as Shift-Tab does, and says so when nothing is known", async () => {
    await kernel.execute("/** Doubles it. */\nfunction double(n: number): number { return 2 * n }");
    const { result, outputs } = await kernel.execute("double?");
    expect(result).toBe("function double(n: number): number\n\nDoubles it.");
    const shown = outputs.find((one) => one.header.msg_type === "execute_result")!;
    expect((shown.content["data"] as Record<string, string>)["text/markdown"]).toContain(
      "```typescript\nfunction double",
    );
    expect((await kernel.execute("?double")).result).toBe(result);
    expect((await kernel.execute("nowhere?")).reply["evalue"]).toBe(
      "nowhere?: nothing of that name is known here.",
    );
  });

  it("shows a cell that is an object literal as the object", async () => {
    expect((await kernel.execute("{ a: 1, b: [2] }")).result).toBe("{ a: 1, b: [ 2 ] }");
    expect((await kernel.execute("{ const inner = 1; inner }")).result).toBeUndefined();
  });

  it("writes files that later cells import", async () => {
    const code = "export const q: number = 5;";
    expect((await kernel.execute(`%%writefile sub/made.ts\n${code}`)).stdout).toBe("Wrote sub/made.ts\n");
    expect(readFileSync(path.join(kernel.folder, "sub/made.ts"), "utf8")).toBe(`${code}\n`);
    expect((await kernel.execute('import { q } from "./sub/made.ts"; q')).result).toBe("5");
    await kernel.execute("%%writefile -a sub/made.ts\nexport const r = q + 1;");
    expect((await kernel.execute('import { r } from "./sub/made.ts"; r')).result).toBe("6");
  });

  it("streams what the shell prints, and fails when the command fails", async () => {
    const { stdout, stderr, result } = await kernel.execute(
      "const before = 1;\n!echo out; echo err >&2; pwd\nbefore + 1",
    );
    expect([stdout, stderr, result]).toEqual([`out\n${kernel.folder}\n`, "err\n", "2"]);
    // The command goes on when its first line was seen here.
    const { begun, ended } = kernel.begin(
      "!echo first; until [ -e seen ]; do sleep 0.05; done; echo second",
      { sign: "first" },
    );
    await begun;
    writeFileSync(path.join(kernel.folder, "seen"), "");
    expect((await ended).stdout).toBe("first\nsecond\n");
    expect((await kernel.execute("!exit 3")).reply["evalue"]).toBe("!exit 3 ended with exit code 3.");
  });

  it("lists the magics when one is unknown, and completes them", async () => {
    expect((await kernel.execute("%nope")).reply["evalue"]).toMatch(
      /^%nope is not a magic; there are %load, .*%writefile/,
    );
    const reply = await kernel.request("shell", "complete_request", { code: "%ti", cursor_pos: 3 });
    expect(reply["matches"]).toEqual(["time", "timeit"]);
  });

  it("names the line of the whole cell in an error below a magic", async () => {
    const { reply } = await kernel.execute("%%time\n\nthrow new Error('third')");
    expect((reply["traceback"] as string[]).join("\n")).toMatch(/cell\[\d+\]:3:7/);
    const later = await kernel.execute("1\n%who\n\nthrow new Error('fourth')");
    expect((later.reply["traceback"] as string[]).join("\n")).toMatch(/cell\[\d+\.3\]:4:7/);
  });
});
