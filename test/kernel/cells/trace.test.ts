/** Stack traces of every engine, with cells and their lines; and what is shown of whatever was thrown. */
import { stripVTControlCharacters } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { parseFrames } from "../../../kernel/cells/stack-frames.js";
import { Tracer } from "../../../kernel/cells/trace.js";

/** Generated line 1, column 1 is line 2, column 3 of the text; generated line 2, column 5 is line 3, column 1. */
const MAP = JSON.stringify({ version: 3, sources: ["cell[3]"], names: [], mappings: "AACE;IACF" });
const TEXT = "interface Unseen {}\n  first();\nsecond();";

/** An error as an engine would have made it. */
const made = (stack: string, more: object = {}): Error =>
  Object.assign(new TypeError("no"), { stack, ...more });

const tracer = new Tracer();
beforeAll(() => tracer.prepare());

function shown(error: unknown, running?: string): string[] {
  tracer.addCell("cell[3]", 3, TEXT, MAP);
  return tracer.describe(error, running).traceback.map(stripVTControlCharacters);
}

// As Firefox 153 and JavaScriptCore 2.50 wrote them.
const FIREFOX = `inner@cell[3]:2:5
@cell[3]:1:1
async*run@http://127.0.0.1:8765/library.js:5:51
anonymous@http://127.0.0.1:8765/t.js line 3 > eval line 2 > Function:3:7
`;
const SAFARI = `inner@
map@[native code]
@
run@http://127.0.0.1:8765/library.js:5:51`;

describe("stack traces that are text", () => {
  it("of Firefox name every frame's place", () => {
    expect(parseFrames(FIREFOX, {})).toEqual([
      { name: "inner", file: "cell[3]", line: 2, column: 5 },
      { name: "", file: "cell[3]", line: 1, column: 1 },
      { name: "run", file: "http://127.0.0.1:8765/library.js", line: 5, column: 51 },
      { name: "anonymous", file: "Function", line: 3, column: 7 },
    ]);
    expect(shown(made(FIREFOX))).toEqual([
      "TypeError: no",
      "  1 │ interface Unseen {}",
      "  2 │   first();",
      "→ 3 │ second();",
      "    │ ^",
      "    at inner (cell[3]:3:1)",
      "    at cell[3]:2:3",
      "    at run (http://127.0.0.1:8765/library.js:5:51)",
      "    at anonymous (Function:3:7)",
    ]);
  });

  it("of Safari have the place of the innermost frame in the error, and do not say which cell it is in", () => {
    const error = made(SAFARI, { line: 2, column: 5 });
    expect(shown(error, "cell[3]")).toEqual([
      "TypeError: no",
      "  1 │ interface Unseen {}",
      "  2 │   first();",
      "→ 3 │ second();",
      "    │ ^",
      "    at inner (cell[3]:3:1)",
      "    at cell",
      "    at run (http://127.0.0.1:8765/library.js:5:51)",
    ]);
    expect(shown(error)[1]).toBe("    at inner");
  });

  it("of Safari say nothing of a cell's line where the line is that of text which a cell evaluated", () => {
    const error = made("eval code@\neval@[native code]\n@", { line: 1, column: 1 });
    expect(shown(error, "cell[3]")).toEqual(["TypeError: no", "    at eval code", "    at cell"]);
  });

  it("tell the cell that caused an error", () => {
    tracer.addCell("cell[3]", "the id", TEXT, MAP);
    expect(tracer.culprit(made(FIREFOX))).toBe("the id");
    expect(tracer.culprit(made(SAFARI))).toBeUndefined();
    expect(tracer.culprit("text")).toBeUndefined();
  });

  it("know files whose names have spaces", () => {
    tracer.add("/course/my file.ts", TEXT, MAP);
    const { traceback } = tracer.describe(made("f@/course/my%20file.ts:2:5"));
    expect(traceback.at(-1)).toBe("    at f (/course/my file.ts:3:1)");
  });
});

describe("while it is installed", () => {
  it("V8's own speak of cells, for whoever prints them", () => {
    const uninstall = tracer.install();
    try {
      const thrower = (0, eval)(
        "(function () { throw new Error('here') })\n//# sourceURL=cell[7]",
      ) as () => void;
      tracer.addCell(
        "cell[7]",
        7,
        TEXT,
        JSON.stringify({ version: 3, sources: ["x"], names: [], mappings: "AACE" }),
      );
      const thrown = (() => {
        try {
          return thrower();
        } catch (error) {
          return error as Error;
        }
      })();
      expect(String((thrown as Error).stack).split("\n")[1]).toBe("    at cell (cell[7]:2:3)");
    } finally {
      uninstall();
    }
    expect(String(new Error("x").stack)).toContain("trace.test");
  });
});

it("whatever is thrown is described", () => {
  expect(shown("text")).toEqual(["Thrown: 'text'"]);
  expect(shown(undefined)).toEqual(["Thrown: undefined"]);
  const circular = new AggregateError([new Error("one"), 2], "all");
  circular.cause = circular;
  expect(shown(circular).join("\n")).toMatch(
    /^AggregateError: all[^]*Error 1 of 2:\n {2}Error: one[^]*Error 2 of 2:\n {2}2$/,
  );
});
