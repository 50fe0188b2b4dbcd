/** Magics, in a real kernel. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { magicLines } from "../../../kernel/language/magic-lines.js";
import {
  cellMagic,
  helpWanted,
  magicBefore,
  magicHelpWanted,
  partsOf,
} from "../../../kernel/magics/parts.js";
import { duration } from "../../../kernel/magics/magics.js";
import { wordsOf } from "../../../kernel/magics/words.js";
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

it.each([
  ["%timeit?", "timeit"],
  ["?%%bash", "bash"],
  [" %npm ??", "npm"],
  ["%timeit", undefined],
  ["%timeit a ? b : c", undefined],
  ["a % b?", undefined],
])("%j asks for help with the magic %j", (code, name) => expect(magicHelpWanted(code)).toBe(name));

it.each([
  ["1\n%ti", "ti"],
  ["%npm in", "npm in"],
  ["%npm auto o", "npm auto o"],
  ["%%ba", "ba"],
  ["a %ti", undefined],
])("%j completes %j", (code, typed) => expect(magicBefore(code, code.length)).toBe(typed));

it.each([
  ["a  b", ["a", "b"]],
  [`'a b' "c d"e`, ["a b", "c de"]],
  ["$(a) ; b", ["$(a)", ";", "b"]],
  ["", []],
])("the words of %j are %j", (argument, words) => expect(wordsOf(argument)).toEqual(words));

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
      /^%nope is not a magic; there are %bash, .*%load, .*%writefile/,
    );
    const reply = await kernel.request("shell", "complete_request", { code: "%ti", cursor_pos: 3 });
    expect(reply["matches"]).toEqual(["time", "timeit"]);
  });

  it("names the magic that was meant", async () => {
    const said = async (code: string): Promise<unknown> => (await kernel.execute(code)).reply["evalue"];
    expect(await said("%tiem 1")).toMatch(/^%tiem is not a magic; did you mean %time\? There are %bash/);
    expect(await said("%%writefiel a")).toContain("did you mean %writefile?");
    expect(await said("%tiem?")).toContain("did you mean %time?");
  });

  it("says what a magic is for, and lists them all", async () => {
    const { result } = await kernel.execute("%timeit?");
    expect(result).toContain("%timeit [-n LOOPS] [-r RUNS] STATEMENT");
    expect(result).toContain("runs code many times and says how long it takes on average, with the");
    expect(Math.max(...result!.split("\n").map((line) => line.length))).toBeLessThanOrEqual(90);
    expect((await kernel.execute("?%%bash")).result).toContain("arguments are $1, $2 and so on.");
    const { stdout } = await kernel.execute("%lsmagic");
    for (const name of ["bash", "cd", "env", "ls", "npm", "pwd", "sh", "time", "timeit", "who", "whos"])
      expect(stdout).toMatch(new RegExp(`^%${name} +[a-z]`, "m"));
    const reply = await kernel.request("shell", "complete_request", { code: "%npm au", cursor_pos: 7 });
    expect(reply["matches"]).toEqual(["auto on", "auto off"]);
  });

  it("times as often as it is told, with a setup that is not timed", async () => {
    await kernel.execute("let count = 0, setups = 0");
    const { stdout } = await kernel.execute("%%timeit -n 3 -r 2 setups++; const step = 2;\ncount += step");
    expect(stdout).toMatch(/\(2 runs of 3\)\n$/);
    expect((await kernel.execute("[count, setups]")).result).toBe("[ 12, 1 ]");
    await kernel.execute("%%timeit -n1 -r1 const later = await Promise.resolve(5);\ncount = await later");
    expect((await kernel.execute("count")).result).toBe("5");
    expect((await kernel.execute("%timeit -n x 1")).reply["evalue"]).toContain("a whole number from 1 on");
  });

  it("lists variables of one type, and reads no getter", async () => {
    await kernel.execute(
      "let asked = 0; const trap = { get a() { asked++; return 1 } }; const text = 'a, b'",
    );
    expect((await kernel.execute("%whos string")).stdout).toMatch(
      /^Name +Type +Value\ntext +string +a, b\n$/,
    );
    expect((await kernel.execute("%whos")).stdout).toMatch(/trap +Object +\{ a: \[Getter\] \}/);
    expect((await kernel.execute("asked")).result).toBe("0");
  });

  it("runs scripts of a shell, with arguments, in the folder where it is", async () => {
    const { stdout, stderr } = await kernel.execute(
      '%%bash one "two words"\necho "$2"; pwd; echo err >&2\nx=$1\necho $x',
    );
    expect([stdout, stderr]).toEqual([`two words\n${kernel.folder}\none\n`, "err\n"]);
    expect((await kernel.execute("%%sh\nexit 4")).reply["evalue"]).toBe("%%sh ended with exit code 4.");
    expect((await kernel.execute("%bash ls")).reply["evalue"]).toContain("a single command is !ls");
    expect((await kernel.execute('%%bash -s "a b"\necho $1')).stdout).toBe("a b\n");
    expect((await kernel.execute("%%bash --out printed\necho")).reply["evalue"]).toContain("has no --out");
    // Arguments reach the script as they are; no shell reads them before.
    expect((await kernel.execute('%%bash $(touch broken) ;\necho "$1 $2 $3"')).stdout).toBe(
      "$(touch broken) ;\n",
    );
  });

  it("goes to folders, lists them, and comes back", async () => {
    const home = kernel.folder;
    mkdirSync(path.join(home, "deep er/inner"), { recursive: true });
    writeFileSync(path.join(home, "deep er/a.txt"), "abc");
    expect((await kernel.execute('%cd "deep er"')).stdout).toBe(`${home}/deep er\n`);
    expect((await kernel.execute("%pwd")).result).toBe(`'${home}/deep er'`);
    expect((await kernel.execute("%ls")).stdout).toBe("a.txt\ninner/\n");
    expect((await kernel.execute("%ls -l")).stdout).toMatch(/^ +3 {2}\d{4}-\d\d-\d\d \d\d:\d\d {2}a\.txt\n/);
    expect((await kernel.execute('import fs from "node:fs"; fs.readFileSync("a.txt", "utf8")')).result).toBe(
      "'abc'",
    );
    expect((await kernel.execute("!pwd")).stdout).toBe(`${home}/deep er\n`);
    // What is imported is still found from the notebook's folder.
    await kernel.execute("%%writefile ../beside.ts\nexport const beside = 1;");
    expect((await kernel.execute('import { beside } from "./beside.ts"; beside')).result).toBe("1");
    expect((await kernel.execute("%cd nowhere")).reply["evalue"]).toMatch(
      /^%cd: there is no folder .*nowhere\.$/,
    );
    expect((await kernel.execute("%cd -")).stdout).toBe(`${home}\n`);
    expect((await kernel.execute("%ls -R")).reply["evalue"]).toContain("!ls -R asks the shell");
  });

  it("reads and sets environment variables, and hides secrets", async () => {
    expect((await kernel.execute("%env CHAINRULE_TRIED=a b")).stdout).toBe("env: CHAINRULE_TRIED=a b\n");
    expect((await kernel.execute("%env CHAINRULE_TRIED")).result).toBe("'a b'");
    expect((await kernel.execute("!echo $CHAINRULE_TRIED")).stdout).toBe("a b\n");
    expect((await kernel.execute("process.env.CHAINRULE_TRIED")).result).toBe("'a b'");
    expect((await kernel.execute("%env MY_API_KEY=12345")).stdout).toBe("env: MY_API_KEY=<hidden>\n");
    const { result } = await kernel.execute("%env");
    expect(result).toContain("MY_API_KEY: '<hidden>'");
    expect(result).not.toContain("12345");
    expect((await kernel.execute("%env NOT_SET_AT_ALL")).reply["evalue"]).toContain("there is no variable");
  });

  it("names the line of the whole cell in an error below a magic", async () => {
    const { reply } = await kernel.execute("%%time\n\nthrow new Error('third')");
    expect((reply["traceback"] as string[]).join("\n")).toMatch(/cell\[\d+\]:3:7/);
    const later = await kernel.execute("1\n%who\n\nthrow new Error('fourth')");
    expect((later.reply["traceback"] as string[]).join("\n")).toMatch(/cell\[\d+\.3\]:4:7/);
  });
});
