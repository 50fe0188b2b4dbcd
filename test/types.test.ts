/**
 * The shipped declarations, read by the TypeScript 5.0 that compiles notebook cells and by the newest: nothing in them may
 * be newer than the old one, nor become `any` on the way, whichever way modules are resolved.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as TypeScript from "typescript";
import current from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import { needsBuild } from "./kernel/support/jupyter.js";
import { manifest } from "./support/doors.js";
import { projectRoot } from "./support/shared.js";

const old = createRequire(import.meta.url)("@tslab/typescript-for-tslab") as typeof TypeScript;

// Inside the project, so that the packages that the declarations name are found.
mkdirSync(join(projectRoot, "build"), { recursive: true });
const folder = mkdtempSync(join(projectRoot, "build/types-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const installed = join(folder, "node_modules/chainrule");
const probe = join(folder, "probe.ts");

/** Installs the package's declarations, as `npm run build` has made them and a user gets them, beside the probe. */
function install(): void {
  needsBuild();
  for (const part of ["lib", "kernel"])
    cpSync(join(projectRoot, "dist", part), join(installed, "dist", part), {
      recursive: true,
      filter: (from) => from.endsWith(".d.ts") || statSync(from).isDirectory(),
    });
  const { name, type, main, types, exports, typesVersions } = createRequire(import.meta.url)(
    "../package.json",
  ) as Record<string, unknown>;
  writeFileSync(
    join(installed, "package.json"),
    JSON.stringify({ name, type, main, types, exports, typesVersions }),
  );
  // A package of its own: inside the project the name "chainrule" would lead to the project itself.
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "probe", type: "module" }));
  writeFileSync(probe, PROBE);
}

/** Each line is an error for a type that is `any`. */
const PROBE = `
${Object.keys(manifest.exports)
  .filter((subpath) => subpath !== "./package.json")
  .map((subpath, i) => `import * as door${i} from "chainrule${subpath.slice(1)}";\nexport { door${i} };`)
  .join("\n")}
import {
  adjointCheck, at, BatchNorm, batchNormForward, cast, compute, Conv1d, conv1dForward, Conv2d, conv2dBackward,
  conv2dForward, Dataset, digits, filters, fit, flat, gradCheck, gradCheckNet, Linear, linearBackward, maxPool2dForward,
  operation, Pass, Random, ReLU, Sequential, SGD, SoftmaxCrossEntropy, softmaxCrossEntropyForward, summary, tensor,
  toNested, zeros, type Tensor,
} from "chainrule";
import type { Engine } from "chainrule/engine";
import type { Rival } from "chainrule/layers";

type IsAny<T> = 0 extends 1 & T ? true : false;
type Never<T extends false> = T;
type Returns<F extends (...args: never[]) => unknown> = IsAny<ReturnType<F>>;

export type Results = [
  Never<Returns<typeof tensor>>, Never<Returns<typeof zeros>>, Never<Returns<typeof flat>>, Never<Returns<typeof at>>,
  Never<Returns<typeof cast>>, Never<Returns<typeof toNested>>, Never<IsAny<Tensor>>, Never<IsAny<Tensor["data"]>>,
  Never<Returns<typeof conv1dForward>>, Never<IsAny<ReturnType<typeof conv1dForward>["y"]>>,
  Never<Returns<typeof conv2dForward>>, Never<IsAny<ReturnType<typeof conv2dForward>["y"]["data"]>>,
  Never<Returns<typeof conv2dBackward>>, Never<IsAny<ReturnType<typeof conv2dBackward>["dw"]["shape"]>>,
  Never<Returns<typeof linearBackward>>, Never<Returns<typeof maxPool2dForward>>, Never<Returns<typeof batchNormForward>>,
  Never<IsAny<ReturnType<typeof softmaxCrossEntropyForward>["loss"]>>, Never<Returns<typeof adjointCheck>>,
  Never<Returns<typeof gradCheck>>, Never<Returns<typeof gradCheckNet>>, Never<Returns<typeof operation>>,
  Never<Returns<typeof summary>>, Never<Returns<typeof filters>>, Never<Returns<typeof digits>>,
  Never<IsAny<Awaited<ReturnType<typeof fit>>>>, Never<IsAny<Engine["of"]>>, Never<IsAny<Rival<typeof conv2dForward>>>, Never<IsAny<typeof compute.engine>>,
  Never<IsAny<InstanceType<typeof Conv1d>["parameters"]["w"]["value"]>>, Never<IsAny<InstanceType<typeof BatchNorm>["buffers"]["mean"]>>,
  Never<IsAny<InstanceType<typeof Dataset>>>, Never<IsAny<InstanceType<typeof Pass>["gradients"]>>,
  Never<Returns<InstanceType<typeof Random>["normal"]>>, Never<Returns<InstanceType<typeof SGD>["step"]>>,
  Never<Returns<InstanceType<typeof SoftmaxCrossEntropy>["forward"]>>, Never<Returns<InstanceType<typeof ReLU>["backward"]>>,
];

// As in a cell: what is inferred is what was meant.
const net = new Sequential({ conv1: new Conv2d({ in: 1, out: 8, size: 5 }), fc: new Linear({ in: 4608, out: 10 }) });
export const y: Tensor = net.forward(zeros([1, 1, 28, 28]));
const report = gradCheck(
  { forward: ({ x, w }) => conv2dForward(x, w, undefined), backward: (dy, cache) => conv2dBackward(dy, cache) },
  { x: y, w: y },
);
export const error: number = report.error;
// @ts-expect-error: a number is not a tensor
conv2dForward(1, y, undefined);
// @ts-expect-error: there is no such option
new Conv2d({ in: 1, out: 8, size: 5, padding: 2 });
`;

const programs = new Map<string, TypeScript.Program>();

/** What a TypeScript has to say about the probe and about our own declarations. */
function program(resolution: "Node10" | "Bundler", ts: typeof TypeScript = old): TypeScript.Program {
  const key = `${resolution} ${ts.version}`;
  const made = programs.get(key) ?? make(resolution, ts);
  programs.set(key, made);
  return made;
}

function make(moduleResolution: "Node10" | "Bundler", ts: typeof TypeScript): TypeScript.Program {
  return ts.createProgram([probe], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ES2022,
    moduleResolution: ts.ModuleResolutionKind[moduleResolution],
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    types: [],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  });
}

const ours = (file: TypeScript.SourceFile): boolean => file.fileName.startsWith(folder);

function errors(of: TypeScript.Program): string[] {
  return old.getPreEmitDiagnostics(of).flatMap(({ file, start, messageText }) => {
    if (file && !ours(file)) return [];
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return [
      `${file?.fileName.slice(folder.length)}:${line}: ${old.flattenDiagnosticMessageText(messageText, " ")}`,
    ];
  });
}

describe("the shipped declarations under TypeScript 5.0", () => {
  install();

  it("is that version", () => {
    expect(old.version).toMatch(/^5\.0\./);
  });

  it.each([
    { resolution: "Node10", ts: old },
    { resolution: "Bundler", ts: old },
    { resolution: "Bundler", ts: current as typeof TypeScript },
  ] as const)(
    "compile, and nothing asked for is any, resolved as $resolution by $ts.version",
    ({ resolution, ts }) => {
      expect(errors(program(resolution, ts))).toEqual([]);
    },
  );

  it.each([old, current as typeof TypeScript])("strike through what has moved: $version", (ts) => {
    const file = join(folder, "moved.ts");
    const text = 'import { livePanel, Conv2d, type FitOptions } from "chainrule";';
    writeFileSync(file, text);
    const { fileExists, readFile, directoryExists } = ts.sys;
    const service = ts.createLanguageService({
      fileExists,
      readFile,
      directoryExists,
      getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
      getCompilationSettings: () => ({
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ES2022,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        lib: ["lib.es2022.d.ts"],
        types: [],
      }),
      getScriptFileNames: () => [file],
      getScriptVersion: () => "1",
      getScriptSnapshot: (name) => {
        const content = ts.sys.readFile(name);
        return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content);
      },
      getCurrentDirectory: () => folder,
    });
    const struck = service
      .getSuggestionDiagnostics(file)
      .filter(({ reportsDeprecated }) => reportsDeprecated)
      .map(({ start, length }) => text.slice(start, start! + length!));
    expect(struck).toEqual(["livePanel", "type FitOptions"]);
    const offered = service.getCompletionsAtPosition(file, text.indexOf("livePanel"), {})!.entries;
    const modifiersOf = (name: string) => offered.find((entry) => entry.name === name)?.kindModifiers;
    expect(modifiersOf("livePanel")).toContain("deprecated");
    expect(modifiersOf("Linear")).not.toContain("deprecated");
  });

  // Node10 knows no "imports", and skipLibCheck would hide that the type has become any.
  it("name nothing that package.json's imports must resolve", () => {
    const names = program("Bundler")
      .getSourceFiles()
      .filter(ours)
      .flatMap(({ text, fileName }) => (/(from|import\()\s*["']#/.test(text) ? [fileName] : []));
    expect(names).toEqual([]);
  });

  it("have no function, method or value at the public door that is any", () => {
    const built = program("Bundler");
    const checker = built.getTypeChecker();
    const door = built.getSourceFile(join(installed, "dist/lib/index.d.ts"))!;
    const loose: string[] = [];
    const check = (name: string, type: TypeScript.Type): void => {
      if (type.flags & old.TypeFlags.Any) loose.push(name);
      for (const signature of type.getCallSignatures()) {
        if (signature.getReturnType().flags & old.TypeFlags.Any) loose.push(`${name}()`);
        for (const parameter of signature.getParameters()) {
          if (checker.getTypeOfSymbol(parameter).flags & old.TypeFlags.Any)
            loose.push(`${name}(${parameter.name})`);
        }
      }
    };
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(door)!);
    for (const symbol of symbols) {
      const target = symbol.flags & old.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      if (target.flags & old.SymbolFlags.Value) check(symbol.name, checker.getTypeOfSymbol(target));
      if (!(target.flags & (old.SymbolFlags.Class | old.SymbolFlags.Interface))) continue;
      for (const member of checker.getDeclaredTypeOfSymbol(target).getProperties()) {
        const where = member.valueDeclaration?.getSourceFile();
        if (where && ours(where) && !member.name.includes("#"))
          check(`${symbol.name}.${member.name}`, checker.getTypeOfSymbol(member));
      }
    }
    expect(symbols.length).toBeGreaterThan(60);
    expect(loose).toEqual([]);
  });

  it("would be refused if a result became any", () => {
    const host = old.createCompilerHost({});
    const read = host.getSourceFile.bind(host);
    host.getSourceFile = (name, target) =>
      name.endsWith("layers/convolution/conv2d.d.ts")
        ? old.createSourceFile(name, host.readFile(name)!.replace(/y: Tensor;/g, "y: any;"), target)
        : read(name, target);
    const options = { ...program("Bundler").getCompilerOptions() };
    const found = errors(old.createProgram([probe], options, host));
    expect(found.join("\n")).toContain("Type 'true' does not satisfy the constraint 'false'");
  });
});
