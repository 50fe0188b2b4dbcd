/** Cells of an exercise: what only its tests see, and what is withheld from the others. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { withhold, withOnly } from "../../../kernel/cells/withheld.js";
import { Compiler } from "../../../kernel/language/compiler.js";
import { allowedNames, isForTests } from "../../../kernel/language/exercise.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-exercise-"));
afterAll(() => rmSync(folder, { recursive: true }));
const compiler = new Compiler(folder);
beforeEach(() => compiler.reset());

/** Compiles a cell and commits all its variables. @returns what is wrong with it */
async function cell(code: string): Promise<string[]> {
  const compiled = await compiler.convert(code, "cell[1]");
  if (!compiled.ok) return compiled.diagnostics.map(({ message }) => message);
  const bound = [...compiled.javascript.matchAll(/\$cell\.bind\("([^"]+)"/g)].map((match) => match[1]!);
  await compiler.commit(compiled.id, bound);
  return [];
}

describe("names of the tests", () => {
  it("are seen by other tests alone, values and types", async () => {
    await cell("const given = 2;");
    await cell("// @tests: these names are theirs\nconst seed = given + 1; interface Sizes { n: number }");
    expect(await cell("// @tests\nconst sizes: Sizes = { n: seed + given };")).toEqual([]);
    expect(await cell("seed")).toEqual(["Cannot find name 'seed'."]);
    expect(await cell("let sizes: Sizes;")).toEqual(["Cannot find name 'Sizes'."]);
    expect((await compiler.complete("see", 3)).items.map(({ text }) => text)).not.toContain("seed");
    expect((await compiler.declaredNames()).map(({ name }) => name)).toEqual(["given"]);
  });

  it("stay what they are when another cell declares the same", async () => {
    await cell("// @tests\nconst seed = 1;");
    expect(await cell('const seed = "mine"; const length = seed.length;')).toEqual([]);
    expect(await cell("// @tests\nseed.toFixed();")).toEqual([]);
    expect(await cell("seed.toUpperCase();")).toEqual([]);
  });

  it("see what other cells declare later, in however many layers", async () => {
    await cell("// @tests\nconst seed = 1;");
    await cell("class Mine { n = 1 }");
    await cell("interface Mine { m: string }");
    expect(await cell("// @tests\nconst one: Mine = { m: String(new Mine().n + seed) } as Mine;")).toEqual(
      [],
    );
  });

  it("are forgotten with all others", async () => {
    await cell("// @tests\nconst seed = 1;");
    await compiler.reset();
    expect(await cell("// @tests\nseed")).toEqual(["Cannot find name 'seed'."]);
  });
});

describe("the first lines", () => {
  it("say whose a cell is", () => {
    expect(isForTests("// @tests: yours cannot use it\n1")).toBe(true);
    expect(isForTests("\n  // @tests\n1")).toBe(true);
    for (const other of ["1 // @tests", "// see @tests", "// @testsuite", ""])
      expect(isForTests(other)).toBe(false);
  });

  it("say what may be used of a package, up to the first full stop", () => {
    const lines =
      "// @only chainrule: tensor, zeros,\n//   $flat.\n// Your code may use these names.\nimport x";
    expect(allowedNames(lines)).toEqual({ package: "chainrule", names: ["tensor", "zeros", "$flat"] });
    expect(allowedNames("// @only @a/b: c\nd")).toEqual({ package: "@a/b", names: ["c"] });
    expect(allowedNames("// only chainrule: a")).toBeUndefined();
  });
});

describe("a withheld name", () => {
  const module = { tensor: () => 1, Conv1d: class {}, default: 3 };
  const view = withOnly(module, new Set(["tensor"]));

  it("may be read, and refuses every use in the grader's words", () => {
    const words = "Conv1d of the library is not there while this exercise is graded: write it yourself.";
    const mine = view["Conv1d"] as new () => object;
    expect(() => new mine()).toThrow(new ReferenceError(words));
    expect(() => (mine as unknown as () => void)()).toThrow(words);
    expect(() => mine.name).toThrow(words);
    expect(() => String(withhold("Conv1d"))).toThrow(words);
  });

  it("leaves the others as they are", () => {
    expect(view["tensor"]).toBe(module.tensor);
    expect(Object.keys(view)).toEqual(["tensor", "Conv1d"]);
  });
});
