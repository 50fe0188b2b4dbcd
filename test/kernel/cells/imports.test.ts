/**
 * Modules load as they type-check. Small packages of every shape that npm knows stand in for the big ones that have it:
 * axios, uuid, dayjs, fp-ts, zod, lodash, d3. Those of this repository are compared with what Node itself gives.
 */
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Session } from "../../../kernel/cells/session.js";
import { projectRoot } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";

const project = realpathSync(mkdtempSync(path.join(tmpdir(), "chainrule-imports-")));
const folder = path.join(project, "notebooks");

let clock = Date.now() / 1000 - 1000;
/** Writes a file of the project, each time a second later than before. */
function write(name: string, text: string | object): void {
  const file = path.join(project, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof text === "string" ? text : JSON.stringify(text));
  utimesSync(file, ++clock, clock);
}

/** Writes a package, its package.json and its files. */
function writePackage(name: string, manifest: object, files: Record<string, string>): void {
  write(`node_modules/${name}/package.json`, { name, version: "1.2.3", ...manifest });
  for (const [file, text] of Object.entries(files)) write(`node_modules/${name}/${file}`, text);
}

let session: Session;
let printed = "";
beforeAll(async () => {
  needsBuild();
  mkdirSync(folder);
  const nothing = (): void => {};
  session = await Session.start({
    cwd: folder,
    output: {
      stream: (_, text) => void (printed += text),
      display: nothing,
      clear: nothing,
      error: nothing,
    },
  });
});
afterAll(async () => {
  await session?.close();
  rmSync(project, { recursive: true });
});

/** Runs one cell: its result as text, or what it failed with. */
async function run(code: string): Promise<string> {
  const result = await session.execute(code, { cell: 1 });
  if (result.status === "error") return `${result.ename}: ${result.evalue}`;
  return String(result.result?.data["text/plain"]);
}

/** The cells of a table, each with its result; each has a scope of its own. */
async function expectAll(cells: Record<string, string>): Promise<void> {
  const found: Record<string, string> = {};
  for (const code of Object.keys(cells)) found[code] = await run(`{\n}\n${code}`);
  expect(found).toEqual(cells);
}

describe("an ES module", () => {
  it("whose default has itself as `default` is what Node gives, as axios", async () => {
    const types = `
      declare const self: { (n: number): number; default: typeof self; isError(e: unknown): boolean };
      export declare const isError: typeof self.isError;
      export default self;`;
    const code = `
      const self = Object.assign((n) => n + 1, { isError: () => true });
      self.default = self;
      const { isError } = self;
      export { self as default, isError };`;
    writePackage(
      "itself",
      { type: "module", exports: { types: "./i.d.ts", default: "./i.js" } },
      { "i.js": code, "i.d.ts": types },
    );
    await expectAll({
      'import self from "itself"; self(1)': "2",
      'import { isError } from "itself"; isError(0)': "true",
      'import again, { isError as same } from "itself"; again.isError === same': "true",
      'import * as itself from "itself"; itself.default(2)': "3",
      '(await import("itself")).default.default(3)': "4",
      'import whole = require("itself"); whole.default(4)': "5",
    });
  });

  it("around a CommonJS module that has the same names is what Node gives, as uuid was", async () => {
    const types = `
      declare const all: { default: string; v4(): number };
      export declare const v4: () => number;
      export default all;`;
    writePackage(
      "wrapped",
      { exports: { types: "./i.d.mts", import: "./i.mjs", require: "./i.cjs" } },
      {
        "i.d.mts": types,
        "i.mjs": 'import all from "./i.cjs"; export const v4 = all.v4; export default all;',
        "i.cjs":
          'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = "d"; exports.v4 = () => 4;',
      },
    );
    await expectAll({
      'import all from "wrapped"; all.default': "'d'",
      'import { v4 } from "wrapped"; v4()': "4",
      '(await import("wrapped")).default.v4()': "4",
    });
  });

  it("without a default is one where the checker takes it for one, as d3", async () => {
    const code = "export let n = 1; export const add = () => ++n;";
    const types = "export declare let n: number; export declare const add: () => number;";
    writePackage("names", { type: "module", exports: "./i.js" }, { "i.js": code });
    // Types of their own, which do not say that the package is made of ES modules.
    writePackage("@types/names", { types: "i.d.ts" }, { "i.d.ts": types });
    const whole = { type: "module", exports: { types: "./i.d.ts", default: "./i.js" } };
    writePackage("sure", whole, { "i.js": code, "i.d.ts": types });
    write(
      "notebooks/names.ts",
      'import names, { add } from "names"; import { default as same } from "names"; import * as all from "names";\n' +
        "export const sum = [names.n, same.add === add, Object.keys(all).join()];",
    );
    await expectAll({
      'import { sum } from "./names"; sum': "[ 1, true, 'add,n' ]",
      'import names from "names"; names.add()': "2",
      'import names2, { add } from "names"; [names2.add === add, add(), names2.n]': "[ true, 3, 3 ]",
      'import { default as d } from "names"; d.n': "3",
      'import * as all from "names"; Object.keys(all)': "[ 'add', 'n' ]",
      // Node's own complaint, made earlier: where its types say so.
      'import sure from "sure"; sure': expect.stringContaining("has no default export") as string,
    });
  });
});

describe("a CommonJS module", () => {
  it("of a package without `exports` is found without its extension, as dayjs's plugins and fp-ts's modules", async () => {
    writePackage(
      "flat",
      { main: "flat.js" },
      {
        "flat.js": "module.exports = 1",
        "plugin/utc.js": 'module.exports = () => "utc"',
        "plugin/utc.d.ts": "declare const utc: () => string; export = utc;",
        "Option/package.json": '{ "main": "../lib/Option.js", "types": "../lib/Option.d.ts" }',
        "lib/Option.js": 'exports.__esModule = true; exports.some = (value) => ({ _tag: "Some", value });',
        "lib/Option.d.ts": "export declare const some: <T>(value: T) => { _tag: string; value: T };",
        "lib/data.json": '{ "list": [1, 2] }',
      },
    );
    await expectAll({
      'import utc from "flat/plugin/utc"; utc()': "'utc'",
      'import * as O from "flat/Option"; O.some(1)': "{ _tag: 'Some', value: 1 }",
      'import { some } from "flat/lib/Option"; some(2).value': "2",
      '(await import("flat/plugin/utc")).default()': "'utc'",
      'import data from "flat/lib/data.json"; data.list': "[ 1, 2 ]",
      '(await import("flat/package.json")).default.version': "'1.2.3'",
      'import own from "flat/package.json"; import { name } from "flat/package.json"; [own.main, name]':
        "[ 'flat.js', 'flat' ]",
      'import wrong from "flat/plugin/none"; wrong':
        "TypeScriptError: TS2307: Cannot find module 'flat/plugin/none' or its corresponding type declarations.",
      '(await import("flat/plugin/" + "none")).default': expect.stringContaining(
        "Cannot find module",
      ) as string,
    });
  });

  it("gives its package.json where `exports` names it, as zod", async () => {
    const exports = { ".": "./i.js", "./package.json": "./package.json" };
    writePackage("listed", { exports }, { "i.js": "exports.a = 1" });
    expect(await run('import listed from "listed/package.json"; listed.version')).toBe("'1.2.3'");
  });

  it("is its own default unless it says that it was compiled and has one", async () => {
    const compiled = 'Object.defineProperty(exports, "__esModule", { value: true });';
    writePackage(
      "compiled",
      { main: "i.js", types: "i.d.ts" },
      {
        "i.js": `${compiled} exports.default = () => "d"; exports.named = "n";`,
        "i.d.ts": "declare const d: () => string; export default d; export declare const named: string;",
      },
    );
    writePackage(
      "defaultless",
      { main: "i.js", types: "i.d.ts" },
      { "i.js": `${compiled} exports.named = "n";`, "i.d.ts": "export declare const named: string;" },
    );
    await expectAll({
      'import d, { named } from "compiled"; [d(), named]': "[ 'd', 'n' ]",
      'import whole from "defaultless"; whole.named': "'n'",
      'import all = require("compiled"); [all.default(), all.named]': "[ 'd', 'n' ]",
      'require("compiled").default()': "'d'",
    });
  });

  it("lends what it inherits: a class its static methods, an instance its methods", async () => {
    writePackage(
      "statics",
      { main: "i.js", types: "i.d.ts" },
      {
        "i.js": 'module.exports = class Parser { static parse(text) { return text.split(","); } };',
        "i.d.ts":
          "declare class Parser { static parse(text: string): string[] }\ndeclare namespace Parser {}\nexport = Parser;",
      },
    );
    writePackage(
      "instance",
      { main: "i.js" },
      { "i.js": "class Log { level = 3; twice(n) { return 2 * n; } }\nmodule.exports = new Log();" },
    );
    await expectAll({
      'import { parse } from "statics"; parse("a,b")': "[ 'a', 'b' ]",
      'import Parser from "statics"; Parser.parse("c")': "[ 'c' ]",
      'import { level, twice } from "instance"; twice(level)': "6",
    });
  });
});

it("what is imported for its effects alone needs no types, as moment's locales", async () => {
  const code = 'exports.loaded = globalThis["effects"] = "there";';
  writePackage("effects", { main: "i.js", types: "i.d.ts" }, { "i.d.ts": "", "lib/de.js": code });
  expect(await run('import "effects/lib/de"; (globalThis as any).effects')).toBe("'there'");
  expect(await run('import "effects/lib/none"')).toContain("Cannot find module");
});

it("nothing is loaded where only types are imported", async () => {
  writePackage("@types/tree", { types: "i.d.ts" }, { "i.d.ts": "export interface Node { type: string }" });
  write(
    "notebooks/types.ts",
    'import { Node } from "tree";\nimport type { Node as N } from "tree";\nexport const node: Node & N = { type: "leaf" };',
  );
  await expectAll({
    'import { Node } from "tree"; const a: Node = { type: "a" }; a.type': "'a'",
    'import { type Node as N } from "tree"; const b: N = { type: "b" }; b.type': "'b'",
    'import type { Node as T } from "tree"; const c: T = { type: "c" }; c.type': "'c'",
    'import { node } from "./types"; node.type': "'leaf'",
  });
});

describe("an address", () => {
  it("of data or of a file is a module, as in Node", async () => {
    write("notebooks/by-address.ts", "export const typed: number = 7; export default typed;");
    write("notebooks/by-address.mjs", "export const plain = 8;");
    const address = (name: string): string => pathToFileURL(path.join(folder, name)).href;
    const text = "data:text/javascript,export default 5; export const six = 6";
    for (const [code, value] of [
      [`import five, { six } from "${text}"; [five, six]`, "[ 5, 6 ]"],
      [`(await import("${text}")).six`, "6"],
      [`(await import("data:text/javascript;base64,${btoa("export default 'coded'")}")).default`, "'coded'"],
      [`(await import('data:application/json,{"a":1}', { with: { type: "json" } })).default.a`, "1"],
      [`import { typed } from "${address("by-address.ts")}"; const t: number = typed; t`, "7"],
      [`import { plain } from "${address("by-address.mjs")}"; plain`, "8"],
      [`(await import("${address("by-address.mjs")}")).plain`, "8"],
    ] as const) {
      const result = await session.execute(code, { cell: code });
      expect([code, result.status === "ok" ? result.result?.data["text/plain"] : result.evalue]).toEqual([
        code,
        value,
      ]);
    }
  });

  it.each(["import", "require"])("is no module where nothing was given: %s", async (how) => {
    for (const given of ["undefined", "null", '""']) {
      const code = `await ${how}(${given} as any)`;
      const result = await session.execute(code, { cell: code });
      expect(result).toMatchObject({ ename: "TypeError" });
      expect(result.status === "error" && result.evalue).toMatch(
        /\(\) was given .*, which names no module; give a/,
      );
    }
  });
});

describe("import.meta.resolve", () => {
  it("gives what Node's gives", async () => {
    const exports = { import: "./i.mjs", require: "./i.cjs" };
    writePackage("both", { exports }, { "i.mjs": "export {}", "i.cjs": "" });
    const url = (name: string): string => `'${pathToFileURL(path.join(project, name)).href}'`;
    write("notebooks/meta.ts", 'export const found = import.meta.resolve("both");');
    await expectAll({
      'import.meta.resolve("both")': url("node_modules/both/i.mjs"),
      'import.meta.resolve("fs")': "'node:fs'",
      'import.meta.resolve("node:fs")': "'node:fs'",
      'import.meta.resolve("./no such.js")': url("notebooks/no such.js"),
      'import.meta.resolve("file:///a.js")': "'file:///a.js'",
      'try { import.meta.resolve("nowhere") } catch (error) { error.code }': "undefined",
      'let code = ""; try { import.meta.resolve("nowhere") } catch (error) { code = error.code } code':
        "'ERR_MODULE_NOT_FOUND'",
      'import { found } from "./meta"; found': url("node_modules/both/i.mjs"),
    });
  });
});

describe("require", () => {
  it("runs local TypeScript at once, when it is called, and shares it with import", async () => {
    writePackage("later", { type: "module", exports: "./i.js" }, { "i.js": "export const later = await 5;" });
    write("notebooks/src/deep.ts", 'import { later } from "later";\nexport const deep = later + 1;');
    write(
      "notebooks/src/util.ts",
      'import { deep } from "./deep";\nprocess.stdout.write("runs\\n");\nexport const util = (n: number) => n + deep;\nexport default "d";',
    );
    printed = "";
    await run(
      'const early = () => require("./src/util").util(1); process.stdout.write("before\\n"); early()',
    );
    expect(printed).toBe("before\nruns\n");
    await expectAll({
      'require("./src/util").util(2)': "8",
      'require("./src/util.ts").default': "'d'",
      'require("./src/util") === (await import("./src/util"))': "true",
      'require.resolve("./src/util")': `'${path.join(folder, "src/util.ts")}'`,
    });
    write("notebooks/src/deep.ts", 'import { later } from "later";\nexport const deep = later + 10;');
    expect(await run('require("./src/util").util(2)')).toBe("17");
  });

  it("and import give what `.mts` and `.cts` files export, `export =` too", async () => {
    write("notebooks/kinds/module.mts", "export const own: string = 'mts';\nexport default 1;");
    write("notebooks/kinds/whole.cts", "const whole = { n: 2 };\nexport = whole;");
    write("notebooks/kinds/named.cts", "export const named = [typeof module, typeof require].join();");
    write("notebooks/kinds/user.ts", 'import whole from "./whole.cjs";\nexport const twice = whole.n * 2;');
    await expectAll({
      'import one, { own } from "./kinds/module.mts"; [one, own]': "[ 1, 'mts' ]",
      'import { own } from "./kinds/module.mjs"; own': "'mts'",
      'import whole from "./kinds/whole.cts"; whole': "{ n: 2 }",
      'import whole from "./kinds/whole.cjs"; whole.n': "2",
      'import whole = require("./kinds/whole.cjs"); whole.n': "2",
      'require("./kinds/whole.cts")': "{ n: 2 }",
      '(await import("./kinds/whole.cts")).default.n': "2",
      'import { named } from "./kinds/named.cts"; named': "'object,function'",
      'import { twice } from "./kinds/user"; twice': "4",
    });
    write("notebooks/kinds/whole.cts", "const whole = { n: 3 };\nexport = whole;");
    expect(await run('import { twice } from "./kinds/user"; twice')).toBe("6");
  });

  it("is there in local modules too, and may be declared there", async () => {
    write("notebooks/sub/data.json", '{ "n": 3 }');
    write("notebooks/sub/plain.cjs", "exports.plain = 4;");
    write("notebooks/sub/other.ts", "export const other = 2;");
    write(
      "notebooks/sub/uses.ts",
      'export const sum = require("./other").other + require("./data.json").n + require("./plain.cjs").plain;',
    );
    write(
      "notebooks/sub/declares.ts",
      `import { createRequire } from "node:module";
       import { other } from "./other.js";
       const require = createRequire(import.meta.url);
       export const sum = other + require("./data.json").n;`,
    );
    await expectAll({
      'import { sum } from "./sub/uses"; sum': "9",
      'require("./sub/uses").sum': "9",
      'import { sum as other } from "./sub/declares"; other': "5",
    });
  });

  it("says what it cannot do", async () => {
    write("notebooks/waits.ts", "export const w = await 1;");
    write("notebooks/fails.ts", 'import "later";\nthrow new Error("no");');
    write("notebooks/circle-a.ts", 'import { b } from "./circle-b"; export const a = () => b;');
    write("notebooks/circle-b.ts", 'import { a } from "./circle-a"; export const b = typeof a;');
    await expectAll({
      'require("./waits")': expect.stringMatching(/awaits at its top level.*await import/) as string,
      'require("./fails")': "Error: no",
      '(await import("./waits")).w + require("./waits").w': "2",
      'require("./circle-a").a()': "'undefined'",
      'require("./none")': expect.stringContaining("Cannot find module './none'") as string,
      'require("n" + "one")': expect.stringContaining("Cannot find module 'none'") as string,
    });
  });
});

it("a local module may try to import what is not there", async () => {
  write(
    "notebooks/tries.ts",
    'export let got = "none";\ntry { got = (await import("not-there" as string)).x } catch { got = "caught" }\n' +
      'export const lazy = async () => (await import("./lazy")).v;',
  );
  write("notebooks/lazy.ts", 'process.stdout.write("lazy runs\\n"); export const v = 7;');
  printed = "";
  expect(await run('import { got, lazy } from "./tries"; got')).toBe("'caught'");
  expect(printed).toBe("");
  expect(await run("lazy()")).toBe("7");
  expect(printed).toBe("lazy runs\n");
});

describe("the tsconfig.json around the notebook", () => {
  it("says where imports lead, from cells and from local modules", async () => {
    write("src/util.ts", 'export const util = "u";');
    write("src/one.ts", "export const one = 1;");
    write("src/plain.js", "exports.plain = 5;");
    write("src/data.json", '{ "a": 6 }');
    write("src/typed.js", 'module.exports = "typed";');
    write("src/typed.d.ts", "declare const typed: string; export = typed;");
    write("src/instead.ts", 'export const instead = "local";');
    write(
      "src/deep.ts",
      'import { util } from "@/util"; import { one } from "~one"; export const deep = util + one + (await import("@/util")).util;',
    );
    const url = pathToFileURL(path.join(project, "src/util.ts")).href;
    const code = {
      'import { util } from "@/util"; util': "'u'",
      'import { one } from "~one"; one': "1",
      'import { deep } from "@/deep"; deep': "'u1u'",
      'import { plain } from "@/plain"; plain': "5",
      'import data from "@/data.json"; data.a': "6",
      'import typed from "@/typed"; typed': "'typed'",
      'import { instead } from "flat"; instead': "'local'",
      '(await import("@/util")).util': "'u'",
      'require("@/util").util': "'u'",
      'require("@/plain").plain': "5",
      'import.meta.resolve("@/util")': `'${url}'`,
      'import utc from "flat/plugin/utc"; utc()': "'utc'",
    };
    await session.close();
    write("base.json", {
      compilerOptions: {
        baseUrl: ".",
        paths: { "@/*": ["./src/*"], "~one": ["none", "src/one.ts"], flat: ["src/instead.ts"] },
      },
    });
    write("tsconfig.json", '{ "extends": "./base.json", /* as people write it, */ }');
    const nothing = (): void => {};
    const output = { stream: nothing, display: nothing, clear: nothing, error: nothing };
    session = await Session.start({ cwd: folder, output });
    await expectAll(code);
  });
});

describe("packages of this repository", () => {
  const names = [
    ...["ansi_up", "birpc", "commander", "d3-dsv", "fast-png", "fflate", "fft.js", "highlight.js"],
    ...["html-escaper", "idb-keyval", "katex", "markdown-it", "ndarray", "ndarray-ops", "protobufjs"],
    ...["esbuild", "fast-check", "typescript", "vega", "vega-lite", "import-meta-resolve"],
  ];

  /** Node's own `import()`, which the test runner does not change. */
  const nodeImport = vm.runInThisContext("(specifier) => import(specifier)", {
    filename: path.join(folder, "x.js"),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string) => Promise<Record<string, unknown>>;

  it.each(names)("%s is in a cell what it is in Node", async (name) => {
    symlinkSync(path.join(projectRoot, "node_modules", name), path.join(project, "node_modules", name));
    const node = await nodeImport(name);
    await run(`const whole: any = await import("${name}")`);
    await run(`import * as all from "${name}"`);
    const whole = session.lookup("whole") as Record<string, unknown>;
    const all = session.lookup("all") as Record<string, unknown>;
    for (const key of Object.keys(node)) {
      if (["default", "module.exports", "__esModule"].includes(key)) continue;
      expect(all[key], key).toBe(node[key]);
      expect(whole[key], key).toBe(node[key]);
    }
    const own = node["default"] as Record<string, unknown> | undefined;
    // What was compiled from an ES module says so, and TypeScript believes it.
    const isCompiled = own?.["__esModule"] === true && "default" in own;
    expect(whole["default"]).toBe(isCompiled ? own["default"] : own);
  });
});
