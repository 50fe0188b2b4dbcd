/** The compiler of cells: what later cells know of earlier ones, and what a cell becomes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { TraceMap, originalPositionFor } from "@jridgewell/trace-mapping";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { computing } from "../../support/clock.js";
import { projectRoot } from "../../support/shared.js";
import { Compiler } from "../../../kernel/language/compiler.js";
import type { CompiledCell } from "../../../kernel/language/language.js";
import type { TypeScript } from "../../../kernel/language/typescript.js";
import { isTslab, ts } from "../../../kernel/language/typescript.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-compiler-"));
afterAll(() => rmSync(folder, { recursive: true }));

const compiler = new Compiler(folder);
beforeEach(() => compiler.reset());

/** Compiles a cell and commits everything it declares. */
async function cell(code: string): Promise<CompiledCell> {
  const compiled = await compiler.convert(code, "cell[1]");
  if (!compiled.ok)
    throw new Error(compiled.diagnostics.map((one) => `TS${one.code} ${one.message}`).join("; "));
  const bound = [...compiled.javascript.matchAll(/\$cell\.bind\("([^"]+)"/g)].map((match) => match[1]!);
  await compiler.commit(compiled.id, bound);
  return compiled;
}

/** The codes of what is wrong with a cell. */
async function errors(code: string): Promise<number[]> {
  const compiled = await compiler.convert(code, "cell[1]");
  return compiled.ok ? [] : compiled.diagnostics.map((one) => one.code);
}

describe("types across cells", () => {
  it("remembers the type of every kind of declaration", async () => {
    await cell("const n = 3; let s = 'a'; function f(x: number): string { return s + x }");
    await cell("class Point { #x = 1; private y = 2; get x() { return this.#x } }");
    await cell(
      "interface Item { id: number } type Pair<T> = [T, T]; enum Color { Red, Green } namespace N { export const k = 1 }",
    );
    expect(
      await errors(
        "const a: string = f(n); const p: Pair<number> = [new Point().x, N.k]; const c: Color = Color.Red; const i: Item = { id: c }",
      ),
    ).toEqual([]);
    expect(await errors("const a: number = f(n)")).toEqual([2322]);
    expect(await errors("new Point().y")).toEqual([2341]);
    expect(await errors("const i: Item = {}")).toEqual([2741]);
  });

  it("knows types that have no name: private class expressions, unique symbols, inferred generics", async () => {
    await cell(
      "const make = <T,>(value: T) => new (class { private secret = value; open() { return this.secret } })()",
    );
    await cell("const made = make({ deep: [1, 2] as const })");
    expect(await errors("const two: 2 = made.open().deep[1]")).toEqual([]);
    expect(await errors("made.secret")).toEqual([2341]);
  });

  it("lets a later cell declare a name anew, with another type and another kind", async () => {
    await cell("const x = 1");
    await cell("const x = 'text'");
    expect(await errors("x.toUpperCase()")).toEqual([]);
    await cell("function x() { return true }");
    expect(await errors("const b: boolean = x()")).toEqual([]);
    await cell("class x { z = 1 }");
    expect(await errors("new x().z")).toEqual([]);
  });

  it("hides only what a new declaration means", async () => {
    await cell("class Both { a = 1 }");
    await cell("const Both = 5");
    expect(await errors("const n: number = Both; let t: Both = { a: 2 }")).toEqual([]);
    await cell("interface Both { b: string }");
    expect(await errors("const n: number = Both; let t: Both = { b: '' }")).toEqual([]);
    expect(await errors("let t: Both = { a: 2 }")).toHaveLength(1);
  });

  it("forgets a variable that its cell did not reach, and keeps the one before", async () => {
    await cell("const kept = 1");
    const compiled = (await compiler.convert(
      "const early = 1; throw 1; const kept = 'x'; const late = 2",
      "c",
    )) as CompiledCell;
    await compiler.commit(compiled.id, ["early"]);
    expect(await errors("const n: number = kept + early")).toEqual([]);
    expect(await errors("late")).toEqual([2304]);
  });

  it("keeps imports, their types and their namespaces", async () => {
    await cell('import fs, { readFileSync as read, type Stats } from "node:fs"; import * as os from "os"');
    expect(
      await errors('const s: Stats = fs.statSync("."); const b: string = read("x", "utf8") + os.EOL'),
    ).toEqual([]);
    expect(await errors('const n: number = read("x", "utf8")')).toEqual([2322]);
  });

  it("reads rarely used parts of Node's types when a cell imports them", async () => {
    expect(
      await errors(
        'import { Session } from "node:inspector"; new Session().connect(); import test from "node:test"',
      ),
    ).toEqual([]);
    expect(await errors('import { Session } from "inspector"; const n: number = new Session()')).toEqual([
      2322,
    ]);
  });

  it("merges declare global into all later cells", async () => {
    await cell("declare global { var shared: { deep: number } }");
    await cell("globalThis.shared = { deep: 1 }");
    expect(await errors("const s: string = shared.deep")).toEqual([2322]);
  });

  it("takes declarations of plugins, and takes them back", async () => {
    await compiler.setAmbientTypes(
      "p",
      "declare const fromPlugin: number; declare module 'virtual' { export const v: string }",
    );
    expect(
      await errors('import { v } from "virtual"; const s: string = v; const n: number = fromPlugin'),
    ).toEqual([]);
    await compiler.setAmbientTypes("p", "");
    expect(await errors("fromPlugin")).toEqual([2304]);
  });
});

describe("what a cell becomes", () => {
  it("keeps its own variables local and reads those of other cells", async () => {
    await cell("let total = 0; function add(n: number) { return n }");
    const { javascript } = await cell("let own = total; own += 1; total = add(own); ({ total, own })");
    expect(javascript).toContain("let own = $cells.total;");
    expect(javascript).toContain("$cells.total = (0, $cells.add)(own);");
    expect(javascript).toContain("return { value: ({ total: $cells.total, own }), __proto__: null }");
  });

  it("tells names from properties, labels and members of the same name", async () => {
    await cell("const a = 1, b = { a: 2 }");
    const { javascript } = await cell(
      "b.a; const { a: c } = b; a: for (;;) break a; ({ a: a }).a; [a].map((a) => a)",
    );
    expect(javascript).toContain("$cells.b.a;");
    expect(javascript).toContain("const { a: c } = $cells.b;");
    expect(javascript).toContain("break a;");
    expect(javascript).toContain("({ a: $cells.a }).a;");
    expect(javascript).toContain("[$cells.a].map((a) => a)");
  });

  it("assigns through destructuring", async () => {
    await cell("let p = 1, q = 2, r: number[] = []");
    const { javascript } = await cell("({ p, q = 3 } = { p: 4 }); [p, ...r] = [q]; p++");
    expect(javascript).toContain("({ p: $cells.p, q: $cells.q = 3 } = { p: 4 });");
    expect(javascript).toContain("[$cells.p, ...$cells.r] = [$cells.q];");
    expect(javascript).toContain("return { value: $cells.p++, __proto__: null }");
  });

  it.each([
    ["await (1)", true],
    ["for await (const x of []) {}", true],
    ["const f = async () => { await 1 }", false],
    ["class A { async m() { for await (const x of []) {} } }", false],
    ["if (true) { await 1 }", true],
    ["const x = `${await 1}`", true],
    ["class B { static [await 'k']() {} }", true],
    ["let awaited = 1", false],
  ])("knows whether %s awaits", async (code, isAsync) => {
    expect((await cell(code)).isAsync).toBe(isAsync);
  });

  it("has a value exactly when its last statement is an expression", async () => {
    expect((await cell("1; 2")).javascript).toMatch(/1;\nreturn \{ value: 2, __proto__: null \};/);
    expect((await cell("2; let x = 1")).javascript).not.toContain("return");
    expect((await cell("export default 5")).javascript).toContain("return { value: 5, __proto__: null }");
  });

  it("drops exports and types, and keeps const enums for later cells", async () => {
    const { javascript } = await cell(
      "export const a = 1; export function f() {} export { a as b }; export type T = 1; const enum E { A = 7 }",
    );
    expect(javascript).not.toMatch(/export|\bT\b/);
    expect((await cell("E.A")).javascript).toContain("value: 7");
  });

  it("maps every position to the cell's own", async () => {
    const code =
      'import { sep } from "node:path";\nconst a: number = 1;\n\nfunction f(): never {\n  throw new Error(sep);\n}\n  f();';
    const { javascript, map } = await cell(code);
    const lines = javascript.split("\n");
    const find = (text: string): { line: number; column: number } => {
      const line = lines.findIndex((one) => one.includes(text));
      return { line: line + 1, column: lines[line]!.indexOf(text) };
    };
    const trace = new TraceMap(map);
    expect(originalPositionFor(trace, find("new Error"))).toMatchObject({ line: 5, column: 8 });
    expect(originalPositionFor(trace, find("f(), __proto__"))).toMatchObject({ line: 7, column: 2 });
    expect(originalPositionFor(trace, find("const a"))).toMatchObject({ line: 2, column: 0 });
  });
});

describe("local modules", () => {
  it("delivers a file once, and again when it changes", async () => {
    const file = path.join(folder, "local.ts");
    writeFileSync(file, "export const v: number = 1;");
    const first = await cell('import { v } from "./local.ts"; v');
    expect(first.imports).toEqual([{ specifier: "./local.ts", file }]);
    expect(first.modules.map((one) => one.path)).toEqual([file]);
    expect((await cell('import { v } from "./local"; v')).modules).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(file, "export const v: string = 'x';");
    const again = await cell('import { v } from "./local.ts"; const s: string = v');
    expect(again.modules).toHaveLength(1);
  });

  it("reports what is wrong with a local file by its name", async () => {
    writeFileSync(path.join(folder, "wrong.ts"), "export const w: number =\n  'x';");
    const compiled = await compiler.convert('import "./wrong.ts"', "cell[1]");
    expect(compiled).toMatchObject({ ok: false, diagnostics: [{ code: 2322, file: "wrong.ts", line: 0 }] });
  });

  it("finds a file that is written after it was missed", async () => {
    expect(await errors('import { late } from "./late.js"')).toEqual([2307]);
    writeFileSync(path.join(folder, "late.ts"), "export const late = 1;");
    expect(await errors('import { late } from "./late.js"')).toEqual([]);
  });
});

describe("further changes to the code", () => {
  /** Puts `look()` at the beginning of every loop's round. */
  const looks: TypeScript.TransformerFactory<TypeScript.SourceFile> = (context) => (file) => {
    const look = context.factory.createExpressionStatement(
      context.factory.createCallExpression(context.factory.createIdentifier("look"), undefined, []),
    );
    const visit = (node: TypeScript.Node): TypeScript.Node => {
      const visited = ts.visitEachChild(node, visit, context);
      return ts.isWhileStatement(visited)
        ? context.factory.updateWhileStatement(
            visited,
            visited.expression,
            context.factory.createBlock([look, visited.statement], true),
          )
        : visited;
    };
    return ts.visitEachChild(file, visit, context);
  };
  const looking = new Compiler(folder, { transformers: [looks] });

  it("are made in every cell and local module, in functions too, and positions stay the text's", async () => {
    writeFileSync(path.join(folder, "spin.ts"), "export function spin() { while (true) {} }");
    const code =
      "import { spin } from './spin';\nconst f = () => { while (spin) n() }\nfunction n() { spin() }";
    const compiled = (await looking.convert(code, "cell[1]")) as CompiledCell;
    expect(compiled.javascript.match(/while \(\$import0\.spin\) \{\s*look\(\);\s*n\(\);/)).not.toBeNull();
    expect(compiled.modules[0]!.javascript).toMatch(/while \(true\) \{\s*look\(\);/);
    const lines = compiled.javascript.split("\n");
    const line = lines.findIndex((one) => one.includes("n();") && !one.includes("function")) + 1;
    const at = { line, column: lines[line - 1]!.indexOf("n();") };
    expect(originalPositionFor(new TraceMap(compiled.map), at)).toMatchObject({
      line: 2,
      column: code.split("\n")[1]!.indexOf("n()"),
    });
  });

  it("are none unless they are given", async () => {
    expect((await cell("while (false) {}")).javascript).not.toContain("look");
  });
});

describe("completeness", () => {
  it.each([
    ["1", "complete"],
    ["let x = 1\nfunction f() {}", "complete"],
    ["await fetch('x')", "complete"],
    ["function f() {", "incomplete"],
    ["foo(", "incomplete"],
    ["`abc", "incomplete"],
    ["/* a", "incomplete"],
    ["x.", "incomplete"],
    ["if (a) {\n  b(", "incomplete"],
    ["let = ]", "invalid"],
    ['"abc', "invalid"],
    ["1 1", "invalid"],
    ["%%time\n", "complete"],
    ["!ls -l", "complete"],
    ["const x: ", "incomplete"],
    ["let y: number = ", "incomplete"],
    ["function f(a: ", "incomplete"],
    ["x satisfies ", "incomplete"],
    ["const x: ;", "invalid"],
    ["{ a: 1, b: 2 }", "complete"],
    ["{ a: 1, ", "incomplete"],
    ["fit?", "complete"],
    ["?net.get", "complete"],
    ["a ?", "incomplete"],
  ])("%j is %s", async (code, status) => {
    expect((await compiler.isComplete(code)).status).toBe(status);
  });
});

describe("a look at a cell that is being written", () => {
  it("says what running it would say, knows earlier cells, and keeps nothing", async () => {
    await cell("const width = 3");
    expect(await compiler.check("const half = width / 2")).toEqual([]);
    const wrong = await compiler.convert("const n: string = width", "cell[1]");
    expect(await compiler.check("const n: string = width")).toEqual(!wrong.ok && wrong.diagnostics);
    // Neither the name nor what it adds to the global scope is there afterwards.
    expect(await errors("half")).toEqual([2304]);
    expect(await compiler.check("declare global { var added: number }\nadded")).toEqual([]);
    expect(await errors("added")).toEqual([2304]);
  });

  it("does not take a change of a local module from the cell that will run", async () => {
    writeFileSync(path.join(folder, "seen.ts"), "export const seen = 1;");
    const code = 'import { seen } from "./seen.ts"; seen';
    expect(await compiler.check(code)).toEqual([]);
    expect((await cell(code)).modules.map((one) => path.basename(one.path))).toEqual(["seen.ts"]);
  });
});

describe("the indentation of the next line", () => {
  it.each([
    ["for (;;) {", "  "],
    ["  const a = [", "    "],
    ["f(1,", "  "],
    ["if (a) {\n  b", "  "],
    ["if (a) {\n  if (b) {\n    c()\n  }", ""],
    ["if (a) {\n  b()\n  } else {", "  "],
    ["const text = '{' +", ""],
    ["while (x) { // (", "  "],
  ])("after %j is %j", async (code, indent) => {
    expect(await compiler.isComplete(code)).toEqual({ status: "incomplete", indent });
  });

  it("two empty lines say that there will be no next one", async () => {
    expect(await compiler.isComplete("for (;;) {\n\n")).toEqual({ status: "invalid" });
  });
});

describe("an object literal", () => {
  it.each([
    "{ a: 1, b: 2 }",
    "\n{ a: 1 }\n",
    "{}",
    "{ ...{ b: 2 }, f() { return 1 } }",
    "{ a: 1, b: 2 } // both",
    "// two\n/* of { them */ { a: 1, b: 2 }\n/* } */",
  ])("%j is a value", async (code) => {
    expect(await compiler.convert(code, "cell[1]")).toMatchObject({
      javascript: expect.stringMatching(/return \{ value: \((?:\/\/.*\n|\/\*.*\*\/|\s)*\{/),
    });
  });

  it.each([
    ["{ a: 1 }.a", "({ a: 1 }.a)"],
    ["{ a: { b: [1] } }.a\n  .b.map(String)", "({ a: { b: [1] } }.a\n    .b.map(String))"],
    ['{ a: 1 }["a"]', '({ a: 1 }["a"])'],
    ["{ a: 1 } as const", "{ a: 1 }"],
    ["const x = 1\n{ a: x, b: x }", "({ a: x, b: x })"],
    ["const x = 1;\n{ a: x }", "({ a: x })"],
    ["let x = 1; { x }", "({ x })"],
    ["let x = 1\nx++\n// of\n{ a: x }.a // it", "({ a: x }.a // it\n)"],
    ["{ let y = 2; y }\n{ a: 1, }", "({ a: 1, })"],
  ])("%j ends with its value", async (code, value) => {
    const converted = await compiler.convert(code, "cell[1]");
    const text = converted.ok ? converted.javascript.replace(/\s+/g, " ") : converted.diagnostics[0]!.message;
    expect(
      text.replace(/\(0, \$cells\.(\w)\)|\$cells\.(\w)/g, "$1$2").replace("{ x: x }", "{ x }"),
    ).toContain(`value: ${value.replace(/\s+/g, " ")}`);
  });

  it.each([
    "{ let x = 1; x }",
    "{ console.log(1) }",
    "{ a: 1 };",
    "{ a: 1 }\n2",
    "{ a: 1 }\n[2]",
    "let x = 1\n{ x; }",
    "let x = 1\n{ x++ }",
    "let x = 1\n{}",
    "if (1)\n{ a: 1 }",
  ])("%j is a block", async (code) => {
    expect(await compiler.convert(code, "cell[1]")).toMatchObject({
      javascript: expect.not.stringContaining("value: ({"),
    });
  });

  it("has its mistakes where the user sees them", async () => {
    expect(await compiler.convert("{ a: 1, b: nowhere }", "cell[1]")).toMatchObject({
      diagnostics: [{ code: 2304, start: 11, end: 18, character: 11, text: "{ a: 1, b: nowhere }" }],
    });
    expect(await compiler.convert("let x = 1\n  { a: x, b: nowhere }.b", "cell[2]")).toMatchObject({
      diagnostics: [
        { code: 2304, start: 23, end: 30, line: 1, character: 13, text: "  { a: x, b: nowhere }.b" },
      ],
    });
  });

  it("has its errors where the user sees them", async () => {
    const code = "let x: any = 1\nlet y = x; { a: x.b.c }.a";
    const converted = await compiler.convert(code, "cell[1]");
    const tracer = new TraceMap(converted.ok ? converted.map : "");
    const lines = converted.ok ? converted.javascript.split("\n") : [];
    const line = lines.findIndex((one) => one.includes(".b.c"));
    const place = { line: line + 1, column: lines[line]!.indexOf(".b.c") + 1 };
    expect(originalPositionFor(tracer, place)).toMatchObject({
      line: 2,
      column: code.split("\n")[1]!.indexOf("b.c"),
    });
  });
});

it("a name that nobody declared and a package exports says so", async () => {
  const own = new Compiler(folder);
  own.addPackage("chainrule", projectRoot);
  const message = async (code: string): Promise<string> => {
    const result = await own.convert(code, "cell[1]");
    return result.ok ? "" : result.diagnostics[0]!.message;
  };
  expect(await message("digits({})")).toBe(
    `Cannot find name 'digits'. digits is exported by chainrule: import { digits } from "chainrule" (a restart forgets imports).`,
  );
  expect(await message("({ digits })")).toContain("digits is exported by chainrule");
  expect(await message("nowhere")).toBe("Cannot find name 'nowhere'.");
  expect(await message("new Conv2D({})")).toBe(
    `Cannot find name 'Conv2D'. Did you mean 'Conv2d'? Conv2d is exported by chainrule: import { Conv2d } from "chainrule" (a restart forgets imports).`,
  );
  expect(await message("digitz()")).toContain("Did you mean 'digits'? digits is exported by chainrule");
  expect(await message("fid")).toBe("Cannot find name 'fid'.");
  expect(await message("graph.steps")).toBe("Cannot find name 'graph'.");
  expect(await message("const zeros = 1; zeroes")).toBe("Cannot find name 'zeroes'. Did you mean 'zeros'?");
});

describe("what a sketch leaves open", () => {
  it("grows: an empty list, null and a variable without a value, as in tsc --strict", async () => {
    const code = `
      const losses = [];
      losses.push(0.5);
      let best = null;
      for (const loss of losses) if (best === null || loss < best) best = loss;
      let later;
      later = "x";
      const sum: number = losses[0]! + (best ?? 0) + later.length;`;
    expect(await errors(code)).toEqual([]);
    expect(await errors(`${code} later.toFixed()`)).toEqual([2551]);
    expect(await errors("const list = []; list.push('a'); const n: number = list[0]")).toEqual([2322]);
  });

  it("can be filled by later cells, by functions, and by anything", async () => {
    await cell("const losses = []; let best = null; let open; const note = (x) => losses.push(x)");
    await cell("losses.push(0.5); losses.push({ step: 1 }); best = 3; open = 'x'; note(1)");
    expect(await errors("best.toFixed(); open.length; losses[0].step; losses.map((one) => one)")).toEqual([]);
    expect(await errors("losses.nothing")).toEqual([2339]);
    await cell("let net: { forward(): number }; const forward = () => net.forward()");
    await cell("net = { forward: () => 1 }");
    expect(await errors("net.forward() + forward()")).toEqual([]);
    expect(await errors("let n: number; n + 1")).toEqual([2454]);
    expect(await errors("best = 1; best.length")).toEqual([2339]);
  });

  it("may have no type: parameters, bindings, members, packages", async () => {
    const code = `
      function f(a, { b }, [c] = [1], ...rest) { return a + b + c + rest.length }
      class Box { value; get it() { return this.value } set it(x) { this.value = x } }
      const loop = (n) => n ? loop(n - 1) : 0;
      type Call = (string) => void;
      globalThis.answer = 42;
      f(1, { b: 2 }); new Box().it = 3;`;
    expect(await errors(code)).toEqual([]);
  });

  it("may use an object as a table, but no index that does not exist", async () => {
    await cell(
      "const counts = {}; class Box { row = [1] }; const box = new Box(); const list = [1]; let name = 'a'",
    );
    expect(await errors("for (const word of ['a', 'b']) counts[word] = (counts[word] ?? 0) + 1")).toEqual([]);
    expect(
      await errors("const memo = {}; const f = (n) => memo[n] ??= n < 2 ? n : f(n - 1) + f(n - 2)"),
    ).toEqual([]);
    expect(await errors("const memo = {}; for (let n = 0; n < 3; n++) memo[n] = n")).toEqual([]);
    expect(await errors("box[name]")).toEqual([]);
    expect(await errors("box[0]")).toEqual([7053]);
    expect(await errors("let i = 1; box[i] = 2")).toEqual([7053]);
    expect(await errors("box['rwo']")).toEqual([7053]);
    expect(await errors("list['x']")).toEqual([7015]);
    expect(await errors("new Map<string, number>()['a']")).toEqual([7052]);
  });

  it("says what to write where an object begins with an empty list or null", async () => {
    const message = async (code: string): Promise<string | undefined> =>
      (await compiler.check(code))[0]?.message;
    expect(await message("const log = { loss: [], best: null }; log.loss.push(0.5)")).toContain(
      "is written [] as number[] there.",
    );
    expect(await message("const rows = [[], []]; rows[0]!.push({ a: 'x' })")).toContain(
      "is written [] as { a: string; }[] there.",
    );
    expect(await message("const log = { best: null }; log.best = 4")).toContain(
      "is written null as number | null there.",
    );
    expect(await errors("const log = { loss: [] as number[] }; log.loss.push(0.5)")).toEqual([]);
    expect(await message("let n: number = 1; n = 'a'")).not.toContain("written");
    expect(await message("const list: number[] = []; list.push('a')")).not.toContain("written");
  });

  it("says what to write for an index that a type does not have", async () => {
    await cell(
      "interface Grid { at(i: number): number } declare const grid: Grid; type Alias = { x: 1 }; const a = {} as Alias",
    );
    await compiler.setHint("Grid", "index", "Write grid.at(i).");
    await compiler.setHint("Alias", "index", "Write a.x.");
    const message = async (code: string): Promise<string> => {
      const compiled = await compiler.convert(code, "cell[1]");
      return compiled.ok ? "" : compiled.diagnostics[0]!.message;
    };
    expect(await message("const n: number = grid[0] + 1")).toBe(
      "Element implicitly has an 'any' type because expression of type '0' can't be used to index type 'Grid'. Write grid.at(i).",
    );
    expect(await message("a[0]")).toContain("Write a.x.");
    await compiler.setHint("Grid", "index", "");
    expect(await message("grid[0]")).not.toContain("Write");
  });

  it("adds what to write in place of an operator, a property or an argument's name", async () => {
    await cell(
      "interface Matrix { readonly rows: number; times(other: Matrix): Matrix } declare const m: Matrix; " +
        "function sum(m: Matrix, axis?: number): number { return axis ?? m.rows }; function pick(m: Matrix): void {}",
    );
    await compiler.setHint("Matrix", "operator", "Write m.times(n).");
    await compiler.setHint("Matrix", "property", "It has rows.");
    const message = async (code: string): Promise<string> => {
      const compiled = await compiler.convert(code, "cell[1]");
      return compiled.ok ? "" : compiled.diagnostics[0]!.message;
    };
    for (const code of ["m * m", "m - 1", "2 / m", "m + 1", "let k = 1; k = k * m", "pick(m > 0)"])
      expect(await message(code), code).toMatch(/ Write m\.times\(n\)\.$/);
    for (const code of ["m.columns", "m.row", "m.sum()"])
      expect(await message(code), code).toMatch(/ It has rows\.$/);
    for (const code of ["sum(m, axis=0)", "console.log(end='')"])
      expect(await message(code), code).toContain("An argument has no name here");
    for (const code of ["axis = 0", "pick(1)", "1 * 'a'", "const n: number = m", "({}).columns"])
      expect(await message(code), code).not.toMatch(/Write|It has|An argument/);
    await compiler.setHint("Matrix", "operator", "");
    expect(await message("m * m")).not.toContain("Write");
  });
});

describe("packages that draw", () => {
  const home = path.join(folder, "node_modules/drawing");
  /** A compiler that has not yet read what pages are. */
  function fresh(): Compiler {
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, "package.json"), '{ "name": "drawing", "types": "./index.d.ts" }');
    writeFileSync(
      path.join(home, "index.d.ts"),
      "export declare function plot(width: number): SVGSVGElement | HTMLElement; export interface Node { own: 1 }",
    );
    return new Compiler(folder);
  }
  const messages = async (own: Compiler, code: string): Promise<string[]> => {
    const compiled = await own.convert(code, "cell[1]");
    return compiled.ok ? [] : compiled.diagnostics.map((one) => one.message);
  };

  it("are checked against the types of pages, but there is no page", async () => {
    const own = fresh();
    const head = 'import { plot } from "drawing";';
    expect(
      await messages(own, `${head} const text: string = plot(640).outerHTML; const el: Element = plot(1)`),
    ).toEqual([]);
    expect(await messages(own, `${head} plot(640).outerHtml`)).toHaveLength(1);
    const missing = (name: string): string[] => [
      `Cannot find name '${name}': a cell runs in Node, where there is no page.`,
    ];
    expect(await messages(own, "document.title")).toEqual(missing("document"));
    expect(await messages(own, "const name2 = name")).toEqual(missing("name"));
    expect(await messages(own, "new HTMLElement()")).toEqual(missing("HTMLElement"));
    expect(await messages(own, "globalThis.document")).toEqual(missing("document"));
    expect(await messages(own, "typeof document === 'undefined'")).toEqual([]);
    // A library's page has a page's globals.
    expect(
      await messages(own, "declare const page: Window & typeof globalThis; page.document.title; page.name"),
    ).toEqual([]);
    expect(
      await messages(
        own,
        "const document = { title: 'mine' }; document.title; interface Mine extends HTMLElement {}",
      ),
    ).toEqual([]);
  });

  it("leave Node's globals Node's", async () => {
    const own = fresh();
    const code = `import "drawing"; import { plot } from "drawing";
      const timer = setTimeout(() => {}, 1); timer.unref(); clearTimeout(timer);
      const reply: Promise<Response> = fetch("http://localhost"); performance.now(); structuredClone(new URL("a:b"));
      WebAssembly.validate(new Uint8Array(8)); new Blob(["a"]).stream(); console.log(crypto.randomUUID(), plot)`;
    expect(await messages(own, code)).toEqual([]);
  });

  it("are not looked for without one: a page's globals say that there is no page", async () => {
    const own = fresh();
    for (const name of ["document", "window", "alert", "requestAnimationFrame", "HTMLElement", "Image"])
      expect(await messages(own, name)).toEqual([
        `Cannot find name '${name}': a cell runs in Node, where there is no page.`,
      ]);
    expect(await messages(own, "typeof document === 'undefined' ? '' : document.title")).toEqual([]);
    // A name that cells have too is not taken for a page's.
    expect(await messages(own, "new Range()")).toEqual(["Cannot find name 'Range'."]);
  });
});

describe("names of modules", () => {
  const own = path.join(folder, "names");
  mkdirSync(path.join(own, "lib"), { recursive: true });
  for (const name of ["util.ts", "types.d.ts", "data.json", "plain.js", "lib/deep.mts", ".hidden.ts"])
    writeFileSync(path.join(own, name), "");
  for (const [name, exports] of [
    ["boxes", { ".": "./i.js", "./small": "./s.js", "./*.css": "./c" }],
    ["@scope/part", { ".": "./i.js" }],
    ["@types/boxes", {}],
  ] as const) {
    mkdirSync(path.join(own, "node_modules", name), { recursive: true });
    writeFileSync(path.join(own, "node_modules", name, "package.json"), JSON.stringify({ name, exports }));
  }
  const named = new Compiler(own);
  /** What is offered at the bar in a cell. */
  const offered = async (cell: string): Promise<string[]> => {
    const at = cell.indexOf("|");
    const { start, end, items } = await named.complete(cell.replace("|", ""), at);
    expect(cell.replace("|", "").slice(start, end)).toBe(/["']([^"']*)["']/.exec(cell.replace("|", ""))![1]);
    return items.map(({ text }) => text);
  };

  it.each(['import { x } from "./|"', 'export * from "./|"', 'await import("./|")', 'require("./|")'])(
    "of files complete in %s",
    async (cell) => {
      expect(await offered(cell)).toEqual(["./data.json", "./lib/", "./plain.js", "./util"]);
    },
  );

  it("go on in folders, above, and from what is typed", async () => {
    expect(await offered('import x from "./lib/|"')).toEqual(["./lib/deep"]);
    expect(await offered('import x from "./u|"')).toEqual(["./util"]);
    expect(await offered('import x from "../nam|"')).toEqual(["../names/"]);
    expect(await offered('import x from "./nowhere/|"')).toEqual([]);
  });

  it("of packages, their doors and Node's modules complete", async () => {
    expect(await offered('import x from "box|"')).toEqual(["boxes"]);
    expect(await offered('import x from "boxes/|"')).toEqual(["boxes/small"]);
    expect(await offered('import x from "@s|"')).toEqual(["@scope/part"]);
    expect(await offered('import x from "node:fs|"')).toEqual(["node:fs", "node:fs/promises"]);
    expect(await offered('require("rea|")')).toContain("readline");
  });
});

describe("completion and inspection", () => {
  it("lists every overload, the one that is called first, and does not know what nobody declared", async () => {
    await cell(
      "function over(a: string): string; function over(a: number, b?: number): number; function over(a: any): any { return a }",
    );
    const signature = async (code: string, at: number): Promise<string | undefined> =>
      (await compiler.inspect(code, at))?.signature;
    const [text, number] = [
      "function over(a: string): string",
      // TypeScript 5.0 says twice that a parameter may be left out.
      `function over(a: number, b?: number${isTslab ? " | undefined" : ""}): number`,
    ];
    expect(await signature("over", 2)).toBe(`${text}\n${number}`);
    expect(await signature("over(1, ", 8)).toBe(`${number}\n${text}`);
    expect((await signature("'a'.replace", 8))?.split("\n")).toHaveLength(4);
    expect(await signature("nowhere", 3)).toBeUndefined();
    expect(await signature("nothing.here", 9)).toBeUndefined();
    expect(await signature("let open: any; open", 17)).toBe("let open: any");
  });

  it("completes names of earlier cells, members, and inside a word", async () => {
    await cell("const gradient = { descent: 1, direction: 2 }");
    const texts = async (code: string, at = code.length): Promise<string[]> =>
      (await compiler.complete(code, at)).items.map((item) => item.text);
    expect(await texts("grad")).toContain("gradient");
    expect(await texts("gradient.d")).toEqual(expect.arrayContaining(["descent", "direction"]));
    expect(await compiler.complete("gradient.desc + 1", 11)).toMatchObject({ start: 9, end: 13 });
    expect((await texts("Math.fl"))[0]).toBe("floor");
  });

  it("knows what each name is", async () => {
    const { items } = await compiler.complete("process.cw", 10);
    expect(items).toContainEqual({ text: "cwd", type: "method" });
  });

  it("shows a type with its documentation, and the function around the cursor", async () => {
    await cell("/** Adds one.\n * @param n to add to */\nfunction inc(n: number): number { return n + 1 }");
    expect(await compiler.inspect("inc", 1)).toEqual({
      signature: "function inc(n: number): number",
      documentation: "Adds one.\n\n*@param* `n` to add to",
    });
    expect((await compiler.inspect("inc(1, ", 7))?.signature).toBe("function inc(n: number): number");
    expect(await compiler.inspect("   ", 1)).toBeUndefined();
  });

  it("documents the language and Node, whose comments are read only now", async () => {
    expect((await compiler.inspect("parseInt", 3))?.documentation).toMatch(
      /string.*integer[^]*@param\* `string`/,
    );
    expect((await compiler.inspect("[].map", 4))?.documentation).toContain("callback function");
    await cell('import { readFileSync as read } from "node:fs"');
    expect((await compiler.inspect("read", 2))?.documentation).toContain(
      "Returns the contents of the `path`",
    );
    expect((await compiler.inspect("process.cwd", 10))?.documentation).toContain("current working directory");
  });
});

describe("what is read later", () => {
  // Its types are wrong, or unknown, until the declarations are there.
  const cells: [string, number[]][] = [
    ["const id: number = crypto.randomUUID()", [2322]],
    ['const file: string = process.getBuiltinModule("fs").readFileSync("x")', [2322]],
    ['import { statSync } from "node:fs"; const size: string = statSync("x").size', [2322]],
    ['let hash: import("node:crypto").Hash; hash! = 1', [2322]],
  ];
  it.each(cells)("is there for the first cell that needs it: %s", async (code, codes) => {
    const compiled = await new Compiler(folder).convert(code, "cell[1]");
    expect(compiled.ok ? [] : compiled.diagnostics.map((one) => one.code)).toEqual(codes);
  });

  it("includes the plugins' packages, and delivers nothing that no cell imports", async () => {
    const home = path.join(folder, "packaged");
    mkdirSync(home);
    writeFileSync(path.join(home, "package.json"), '{ "name": "packaged", "exports": "./main.ts" }');
    writeFileSync(path.join(home, "main.ts"), "export const one: number = 1;");
    const fresh = new Compiler(folder);
    await fresh.addPackage("packaged", home);
    await fresh.addPackage("absent", path.join(folder, "absent"));
    await fresh.prepare();
    const compiled = await fresh.convert('import { one } from "packaged"; one', "cell[1]");
    expect(compiled).toMatchObject({ ok: true, modules: [{ path: path.join(home, "main.ts") }] });
    const wrong = await fresh.convert("const id: number = crypto.randomUUID()", "cell[2]");
    expect(wrong).toMatchObject({ ok: false, diagnostics: [{ code: 2322 }] });
  });
});

it("takes about as long for the 300th cell as for the tenth", async () => {
  const times: number[] = [];
  for (let i = 0; i < 300; i++) {
    const start = computing();
    await cell(`const v${i} = ${i} + ${i ? `v${i - 1}` : 0}`);
    times.push(computing() - start);
  }
  const median = (part: number[]): number => part.sort((a, b) => a - b)[part.length >> 1]!;
  expect(median(times.slice(-50))).toBeLessThan(5 * median(times.slice(10, 60)) + 2);
});
