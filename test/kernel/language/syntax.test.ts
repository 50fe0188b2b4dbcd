/**
 * The syntax of TypeScript by the version that brought it, each run in a cell: on this Node and those that
 * CHAINRULE_TEST_NODES names. Then what a tsconfig.json beside the notebook changes of it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TYPESCRIPT_VERSION } from "../../../kernel/language/versions.js";
import { TestKernel, flagsOf, needsBuild, testNodes } from "../support/jupyter.js";

const isTslab = TYPESCRIPT_VERSION.startsWith("5.0.");

/** A package that makes text of elements. */
const RUNTIME = `
export const jsx = (tag, { children, ...rest }, key) =>
  typeof tag === "function" ? tag({ children, ...rest }) : "<" + tag + Object.keys(rest).map((name) => " " + name).join("") + ">" + [children].flat().join("") + "</>";
export const jsxs = jsx;
export const Fragment = ({ children }) => [children].flat().join("");`;
const RUNTIME_TYPES = `
export namespace JSX {
  type Element = string;
  interface IntrinsicElements { b: { key?: unknown; id?: string; children?: unknown }; i: { children?: unknown } }
  interface ElementChildrenAttribute { children: unknown }
}
export declare function jsx(tag: unknown, rest: object, key?: string): string;
export declare const jsxs: typeof jsx;
export declare const Fragment: (one: { children?: unknown }) => string;`;

function makeFolder(tsconfig?: object): string {
  const folder = mkdtempSync(path.join(tmpdir(), "chainrule-syntax-"));
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  write("data.json", '{ "answer": 42 }');
  write(
    "node_modules/tiny-jsx/package.json",
    '{ "name": "tiny-jsx", "type": "module", "exports": { "./jsx-runtime": { "types": "./r.d.ts", "default": "./r.js" } } }',
  );
  write("node_modules/tiny-jsx/r.js", RUNTIME);
  write("node_modules/tiny-jsx/r.d.ts", RUNTIME_TYPES);
  if (tsconfig) write("tsconfig.json", JSON.stringify({ compilerOptions: tsconfig }));
  return folder;
}

interface Syntax {
  readonly since: number;
  readonly name: string;
  readonly cells: readonly string[];
  /** Of the last cell. */
  readonly result: string;
}

const LOG =
  "const log: unknown[] = []; const resource = (n: unknown) => ({ n, [Symbol.dispose]() { log.push(n) } })";

const TABLE: readonly Syntax[] = [
  {
    since: 2.7,
    name: "unique symbols",
    cells: ["const key: unique symbol = Symbol(); ({ [key]: 1 })[key]"],
    result: "1",
  },
  {
    since: 3.7,
    name: "optional chaining, assertion functions",
    cells: ["function is(x: unknown): asserts x is number {}; const o: any = null; is(o?.a); o?.a ?? 2"],
    result: "2",
  },
  {
    since: 3.8,
    name: "import type, private fields",
    cells: [
      'import type { Stats } from "node:fs"; class P { #x = 1; get() { return this.#x } }; new P().get()',
    ],
    result: "1",
  },
  {
    since: 4.0,
    name: "labelled tuples, ??=",
    cells: ["let a: number | undefined; const t: [x: number] = [a ??= 3]; t[0]"],
    result: "3",
  },
  {
    since: 4.1,
    name: "template literal types",
    cells: ["type E = `on${'A' | 'B'}`; const e: E = 'onA'; e"],
    result: "'onA'",
  },
  {
    since: 4.3,
    name: "override, static index",
    cells: ["class A { f() { return 1 } } class B extends A { override f() { return 2 } } new B().f()"],
    result: "2",
  },
  {
    since: 4.4,
    name: "static blocks",
    cells: ["class S { static q = 1; static { S.q = 2 } } S.q"],
    result: "2",
  },
  {
    since: 4.5,
    name: "type modifiers on names, #x in o",
    cells: [
      'import { type Stats, existsSync } from "node:fs"; class P { #x = 1; static is(o: object) { return #x in o } } P.is(new P()) && typeof existsSync',
    ],
    result: "'function'",
  },
  {
    since: 4.7,
    name: "instantiation expressions",
    cells: ["const Numbers = Map<string, number>; new Numbers([['a', 1]]).size"],
    result: "1",
  },
  {
    since: 4.9,
    name: "satisfies",
    cells: ["const s = { a: 1 } satisfies Record<string, number>; s.a"],
    result: "1",
  },
  {
    since: 4.9,
    name: "accessor",
    cells: ["class C { accessor x = 3; static accessor y = 4 } new C().x + C.y"],
    result: "7",
  },
  {
    since: 5.0,
    name: "const type parameters",
    cells: ["const f = <const T,>(x: T) => x; const [a] = f(['a', 1]); const b: 'a' = a; b"],
    result: "'a'",
  },
  {
    since: 5.0,
    name: "enums whose members are computed",
    cells: ["enum E { A = 1 << 2, B = `${'x'}` as any } E.A"],
    result: "4",
  },
  {
    since: 5.2,
    name: "using",
    cells: [
      LOG,
      "using a = resource('a'); using b = resource('b'); let sum = 0; for (let i = 0; i < 3; i++) sum += i; const seen = log.length; a.n",
      "[seen, sum, log.join()].join()",
    ],
    result: "'0,3,b,a'",
  },
  {
    since: 5.2,
    name: "using in blocks, loops and functions",
    cells: [
      LOG,
      "{ using a = resource(1) } for (using b of [resource(2)]) b.n; const f = () => { using c = resource(3); return log.length }; f()",
      "log.join()",
    ],
    result: "'1,2,3'",
  },
  {
    since: 5.2,
    name: "await using",
    cells: [
      "const order: string[] = []; await using a = { async [Symbol.asyncDispose]() { await null; order.push('end') } }; order.push('cell'); a",
      "order.join()",
    ],
    result: "'cell,end'",
  },
  {
    since: 5.2,
    name: "using of each round",
    cells: [
      LOG,
      "for (using one of [resource(1), resource(2)]) one.n; for await (await using two of [{ async [Symbol.asyncDispose]() { log.push(3) } }]) void two",
      "log.join()",
    ],
    result: "'1,2,3'",
  },
  {
    since: 5.2,
    name: "using when the cell fails",
    cells: [LOG, "using a = resource('failed'); throw new Error('x')", "log.join()"],
    result: "'failed'",
  },
  {
    since: 5.2,
    name: "decorator metadata",
    cells: [
      "const mark = (_: unknown, { metadata, name, kind }: DecoratorContext) => { metadata[name!] = kind };",
      "class M { @mark x = 1; @mark accessor y = 2; @mark static z() {} } class Heir extends M { @mark own = 3 }",
      "JSON.stringify(M[Symbol.metadata]) + Heir[Symbol.metadata]!.x + Heir[Symbol.metadata]!.own",
    ],
    result: `'{"z":"method","y":"accessor","x":"field"}fieldfield'`,
  },
  {
    since: 5.3,
    name: "import attributes",
    cells: ['import data from "./data.json" with { type: "json" }; data.answer'],
    result: "42",
  },
  {
    since: 5.3,
    name: "import attributes of import()",
    cells: ['const { default: d } = await import("./data.json", { with: { type: "json" } }); d.answer'],
    result: "42",
  },
  {
    since: 5.4,
    name: "NoInfer",
    cells: [
      "const pick = <T extends string>(all: T[], one: NoInfer<T>) => all.indexOf(one); pick(['a', 'b'], 'b')",
    ],
    result: "1",
  },
  {
    since: 5.5,
    name: "inferred predicates",
    cells: ["const t = [1, undefined].filter((x) => x !== undefined); const n: number[] = t; n.length"],
    result: "1",
  },
  {
    since: 5.5,
    name: "regular expressions, checked",
    cells: ["/(?<year>\\d{4})/v.exec('in 2026')?.groups?.year"],
    result: "'2026'",
  },
  {
    since: 5.6,
    name: "names of exports that are no identifiers",
    cells: ['import { "log" as say } from "node:console"; typeof say'],
    result: "'function'",
  },
  {
    since: 5.9,
    name: "arrays of bytes by their buffers",
    cells: ["const bytes: Uint8Array<ArrayBuffer> = new Uint8Array(2); bytes.length"],
    result: "2",
  },
];

const STANDARD = [
  "const calls: string[] = []; function logged<A extends unknown[], R>(f: (...all: A) => R, { name }: ClassMethodDecoratorContext) { return function (this: unknown, ...all: A): R { calls.push(String(name)); return f.apply(this, all) } }",
  "const named = (name: string) => <T extends new (...all: any[]) => object>(One: T, _: ClassDecoratorContext) => class extends One { label = name };",
  "@named('n') class Decorated { @logged twice(n: number) { return n * 2 } @((_: unknown, context: ClassAccessorDecoratorContext) => void calls.push(String(context.kind))) accessor size = 1 }",
  "[new Decorated().twice(4), (new Decorated() as any).label, calls.join()].join()",
];

async function run(kernel: TestKernel, cells: readonly string[]): Promise<string | undefined> {
  let last: string | undefined;
  for (const code of cells) {
    const { reply, result } = await kernel.execute(code);
    last = reply["status"] === "ok" ? result : `${String(reply["ename"])}: ${String(reply["evalue"])}`;
  }
  return last;
}

describe.each(testNodes.map((node) => ({ node })))("on $node", ({ node }) => {
  let kernel: TestKernel;
  const folder = makeFolder();
  beforeAll(async () => {
    needsBuild();
    kernel = await TestKernel.start({ node, nodeFlags: flagsOf(node), cwd: folder });
  });
  afterAll(async () => {
    await kernel?.close();
    rmSync(folder, { recursive: true });
  });

  it.each(TABLE.filter(({ since }) => !isTslab || since <= 5))("$since: $name", async ({ cells, result }) => {
    expect(await run(kernel, cells)).toBe(result);
  });

  it.skipIf(isTslab)("5.0: standard decorators", async () => {
    expect(await run(kernel, STANDARD)).toBe("'8,n,accessor,twice'");
  });

  it("4.1: JSX with the runtime that the cell names", async () => {
    const head = "/** @jsxImportSource tiny-jsx */\n";
    expect(
      await run(kernel, [`${head}const Box = ({ children }: { children?: unknown }) => <i>{children}</i>;`]),
    ).toBe(undefined);
    expect(await run(kernel, [`${head}<><Box>{[1, 2].map((n) => <b key={n} id="x">{n}</b>)}</Box></>`])).toBe(
      "'<i><b id>1</><b id>2</></>'",
    );
    expect(await run(kernel, [`${head}<b nothing="1" />`])).toContain("TS2322");
    expect(await run(kernel, ["const asserted = <number>(3 as unknown); asserted"])).toBe("3");
    expect(await kernel.request("shell", "is_complete_request", { code: "<b>\n" })).toMatchObject({
      status: "incomplete",
    });
    expect(await kernel.request("shell", "is_complete_request", { code: "<b>1</b>" })).toMatchObject({
      status: "complete",
    });
  });

  it.skipIf(isTslab)("5.9: import defer, which no Node runs, says so", async () => {
    expect(await run(kernel, ['import defer * as os from "node:os"; os'])).toContain(
      'No Node runs "import defer" yet.',
    );
  });

  it.skipIf(isTslab)("says of JSX without a runtime what is missing", async () => {
    expect(await run(kernel, ["<b>1</b>"])).toContain("TS2875");
  });
});

describe("a tsconfig.json beside the notebook", () => {
  let kernel: TestKernel;
  const folder = makeFolder({
    experimentalDecorators: true,
    jsx: "react-jsx",
    jsxImportSource: "tiny-jsx",
    lib: ["es2023"],
    noImplicitAny: true,
    noUncheckedIndexedAccess: true,
    paths: { "@/*": ["./*"] },
    outDir: "elsewhere",
  });
  beforeAll(async () => {
    kernel = await TestKernel.start({ cwd: folder });
  });
  afterAll(async () => {
    await kernel?.close();
    rmSync(folder, { recursive: true });
  });

  it("is told once at the start, with the options that cells follow", async () => {
    const first = await kernel.execute("1");
    const second = await kernel.execute("1");
    expect(second.stderr).toBe("");
    expect(first.stderr).toBe(
      `Cells follow ${path.join(folder, "tsconfig.json")}: paths, lib, jsx, jsxImportSource, experimentalDecorators, noImplicitAny, noUncheckedIndexedAccess.\n`,
    );
  });

  it("chooses the decorators of old, as notebooks for tslab have them", async () => {
    const code = `
      const seen: string[] = [];
      const sealed = (target: Function) => void seen.push("class " + target.name);
      const field = (target: object, key: string) => void seen.push("field " + key);
      const argument = (target: object, key: string | symbol | undefined, i: number) => void seen.push("argument " + i);
      @sealed class Old { @field size = 2; times(@argument n: number) { return this.size * n } }
      new Old().times(3)`;
    expect(await run(kernel, [code])).toBe("6");
    expect(await run(kernel, ["seen.join()"])).toBe("'field size,argument 0,class Old'");
  });

  it("chooses the runtime of JSX, the paths, the library and how strictly is checked", async () => {
    expect(await run(kernel, ["<b>1</b>"])).toBe("'<b>1</>'");
    expect(await run(kernel, ['import data from "@/data.json"; data.answer'])).toBe("42");
    expect(await run(kernel, ["const first: number = [1][0]"])).toContain("TS2322");
    expect(await run(kernel, ["const f = (x) => x"])).toContain("TS7006");
    expect(await run(kernel, ["const losses = []; losses.push(1); losses.length"])).toBe("1");
    expect(await run(kernel, ["Promise.withResolvers()"])).toContain("withResolvers");
  });
});

describe.skipIf(isTslab)("a tsconfig.json", () => {
  const kernels: TestKernel[] = [];
  const folders: string[] = [];
  afterAll(async () => {
    for (const kernel of kernels) await kernel.close();
    for (const folder of folders) rmSync(folder, { recursive: true });
  });
  async function start(options?: object): Promise<{ kernel: TestKernel; file: string }> {
    const folder = makeFolder(options);
    const kernel = await TestKernel.start({ cwd: folder });
    folders.push(folder);
    kernels.push(kernel);
    return { kernel, file: path.join(folder, "tsconfig.json") };
  }

  it("that is strict has cells checked as tsc would", async () => {
    const { kernel } = await start({ strict: true });
    expect(await run(kernel, ["const f = (x) => x"])).toContain("TS7006");
    expect(await run(kernel, ["try { throw 1 } catch (e) { e.message }"])).toContain("TS18046");
    expect(await run(kernel, ["const losses = []; losses.push(1); losses.length"])).toBe("1");
  });

  it("that allows implicit any takes nothing from lists that grow", async () => {
    const { kernel } = await start({ strict: true, noImplicitAny: false, jsx: "preserve" });
    expect(
      await run(kernel, ["const f = (x) => x; const losses = []; losses.push(f(1)); losses.length"]),
    ).toBe("1");
    // JSX that is to be kept for another program is run here all the same.
    expect(await run(kernel, ["/** @jsxImportSource tiny-jsx */\n<b>1</b>"])).toBe("'<b>1</>'");
  });

  it("that is broken is followed as far as it goes, and told", async () => {
    const { kernel, file } = await start({
      strict: false,
      extends: "./no.json",
      lib: ["es9999"],
      jsx: "vue",
    });
    const first = await kernel.execute("[1].at(0)");
    expect(first.result).toBe("1");
    expect(first.stderr).toMatch(`Cells follow ${file}: strict.\nWhat is wrong in ${file} is passed over: `);
    expect(first.stderr).toMatch(/'--lib' option must be.*'--jsx' option must be/);
  });

  it("is followed when it is written, changed and taken away while the kernel runs", async () => {
    const { kernel, file } = await start();
    expect((await kernel.execute("const f = (x) => x")).stderr).toBe("");
    writeFileSync(file, '{ "extends": "./base.json", "compilerOptions": { "noImplicitAny": true } }');
    const changed = await kernel.execute("const g = (x) => x");
    expect(changed.stderr).toContain(`Cells follow ${file}: noImplicitAny.`);
    expect(changed.stderr).toContain("base.json");
    expect(String(changed.reply["evalue"])).toContain("TS7006");
    writeFileSync(path.join(path.dirname(file), "base.json"), '{ "compilerOptions": { "lib": ["es2020"] } }');
    const based = await kernel.execute("[1].at(0)");
    expect(based.stderr).toBe(`Cells follow ${file}: lib, noImplicitAny.\n`);
    expect(String(based.reply["evalue"])).toContain("TS2550");
    rmSync(file);
    const gone = await kernel.execute("[f(1)].at(0)");
    expect(gone).toMatchObject({ stderr: "Cells follow no tsconfig.json any more.\n", result: "1" });
    expect((await kernel.execute("1")).stderr).toBe("");
  });
});
