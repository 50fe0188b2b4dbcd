/**
 * The rules of the house, which stand in `.dependency-cruiser.js`: every import keeps them, every exception is still
 * needed, and each rule notices an offence. And every file says what it is.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { cruise, type ICruiseOptions, type IFlattenedRuleSet } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "./support/shared.js";

type Rules = NonNullable<IFlattenedRuleSet["forbidden"]>;
interface House {
  readonly default: { readonly forbidden: Rules; readonly options: ICruiseOptions };
  readonly exceptions: Rules;
  readonly rooms: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}
const house = (await import(pathToFileURL(join(projectRoot, ".dependency-cruiser.js")).href)) as House;
const { forbidden, options } = house.default;

interface Manifest {
  readonly imports: unknown;
}

/** An import, or a circle of imports, that a rule found; `of` are the files that it speaks of. */
interface Finding {
  readonly rule: string;
  readonly imports: string;
  readonly of: readonly string[];
}

/** The files of lib and kernel below a folder, and what rules find in their imports. */
async function look(folder: string, rules: Rules): Promise<{ files: string[]; findings: Finding[] }> {
  const { output } = await cruise(["lib", "kernel"], {
    ...options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: rules },
  });
  if (typeof output === "string") throw new Error(output);
  return {
    files: output.modules.map(({ source }) => source).filter((file) => /^(lib|kernel)\//.test(file)),
    findings: output.summary.violations.map(({ rule, from, to, cycle }) => {
      const circle = cycle?.map(({ name }) => name);
      return {
        rule: rule.name,
        imports: [from, ...(circle ?? [to])].join(" → "),
        of: circle ?? [from],
      };
    }),
  };
}

describe("the house", () => {
  let files: string[];
  let findings: Finding[];
  beforeAll(async () => {
    ({ files, findings } = await look(projectRoot, [...forbidden, ...house.exceptions]));
  });

  it("keeps its rules", () => {
    expect(files.length).toBeGreaterThan(300);
    const offences = findings.flatMap(({ rule, imports }) => {
      const broken = forbidden.find(({ name }) => name === rule);
      return broken ? [`${imports}: ${rule}. ${broken.comment ?? ""}`] : [];
    });
    expect(offences).toEqual([]);
  });

  it("needs every exception that .dependency-cruiser.js makes", () => {
    const needed = new Set(findings.map(({ rule }) => rule));
    const idle = house.exceptions.map(({ name }) => name!).filter((name) => !needed.has(name));
    expect(
      idle.map((name) => `it is no longer so that ${name}: take it out of .dependency-cruiser.js`),
    ).toEqual([]);
  });

  it("says in every file's first lines what the file is", () => {
    const silent = files.filter((file) => {
      const text = readFileSync(join(projectRoot, file), "utf8").trimStart();
      return !text.replace(/^#!.*\n/, "").startsWith("/**");
    });
    expect(silent).toEqual([]);
  });
});

describe("the rules", () => {
  /** Files with one fault each, the rule that it breaks, and nothing else that a rule could mind. */
  const faults: Record<string, { readonly breaks?: string; readonly text: string }> = {
    "lib/layers/up.ts": { text: 'import "../net/pass.js";', breaks: "lib/layers" },
    "lib/layers/up-types.ts": { text: 'import type { A } from "../net/pass.js";', breaks: "lib/layers" },
    "lib/layers/down.ts": { text: 'import { A } from "../array/tensor.js";' },
    "lib/net/up.ts": { text: 'const A = await import("../train/fit.js");', breaks: "lib/net" },
    "lib/net/front-door.ts": { text: 'import "../index.js";', breaks: "lib/net" },
    "lib/optim/inline.ts": { text: 'type B = import("../engine/engine.js").A;', breaks: "lib/optim" },
    "lib/display/names.ts": { text: 'import type { A } from "../net/pass.js";' },
    "lib/display/uses.ts": { text: 'import { A } from "../net/pass.js";', breaks: "lib/display" },
    "lib/display/passes-on.ts": { text: 'export { A } from "../net/pass.js";', breaks: "lib/display" },
    "lib/display/figure/up.ts": {
      text: 'import "../results/mistakes.js";',
      breaks: "lib/display/figure",
    },
    "lib/display/attic/box.ts": {
      text: 'import "../results/mistakes.js";',
      breaks: "lib/display: a room without a rule",
    },
    "lib/attic/box.ts": { text: 'import "../array/tensor.js";', breaks: "lib: a room without a rule" },
    "kernel/language/up.ts": { text: 'import "../cells/session.js";', breaks: "kernel/language" },
    "kernel/attic/box.ts": {
      text: 'import "../cells/session.js";',
      breaks: "kernel: a room without a rule",
    },
    "kernel/cells/library.ts": { text: 'import "../../lib/index.js";', breaks: "kernel imports lib" },
    "kernel/cells/package.ts": { text: 'import "chainrule";', breaks: "kernel imports lib" },
    "kernel/cells/subpath.ts": { text: 'import "chainrule/display";', breaks: "kernel imports lib" },
    "lib/net/kernel.ts": {
      text: 'type B = import("../../kernel/cells/session.js").A;',
      breaks: "lib imports kernel",
    },
    "lib/plugin.ts": {
      text: 'import { A } from "../kernel/plugins/contract.js";\nimport type { B } from "../kernel/cells/session.js";',
      breaks: "lib/plugin.ts imports code of kernel",
    },
    "lib/net/waits.ts": {
      text: 'import { A } from "#host/turns";\nimport type { B } from "../host/contract.js";',
    },
    "kernel/cells/waits.ts": { text: 'import { A } from "#host/turns";' },
    "lib/net/waits-in-node.ts": { text: 'import "../host/node/turns.js";', breaks: "names a host" },
    "kernel/cells/waits-in-node.ts": {
      text: 'import "../../lib/host/node/turns.js";',
      breaks: "names a host",
    },
    "lib/net/waits-for-a-type.ts": {
      text: 'import type { A } from "#host/turns";',
      breaks: "a type of one host",
    },
    "lib/host/browser/turns.ts": {
      text: 'import "../node/turns.js";',
      breaks: "one host imports the other",
    },
    "lib/host/browser/disk.ts": { text: 'import "node:fs";', breaks: "touches Node" },
    "lib/host/node/disk.ts": { text: 'import "node:fs";' },
    "lib/host/node/layer.ts": { text: 'import "../../net/pass.js";', breaks: "lib/host" },
    "lib/net/disk.ts": { text: 'import { readFileSync } from "node:fs";', breaks: "touches Node" },
    "lib/net/old-style.ts": { text: 'import type { Stats } from "fs";', breaks: "touches Node" },
    "kernel/cells/disk.ts": { text: 'const fs = await import("node:fs");', breaks: "touches Node" },
    "kernel/setup/disk.ts": { text: 'import "node:fs";' },
    "lib/ad/hen.ts": { text: 'import "./egg.js";', breaks: "a circle in the emitted code" },
    "lib/ad/egg.ts": { text: 'import "./hen.js";', breaks: "a circle in the emitted code" },
    "lib/vision/eye.ts": { text: 'import type { A } from "./lid.js";', breaks: "a circle of types" },
    "lib/vision/lid.ts": { text: 'import "./eye.js";', breaks: "a circle of types" },
    "lib/data/tool.ts": { text: 'import "developers-tool";', breaks: "a package of the developer's" },
    "lib/data/lost.ts": { text: 'import "./lost-and-gone.js";', breaks: "found nowhere" },
  };

  /** Files without a fault that the above import. */
  const innocent = [
    "lib/array/tensor.ts",
    "lib/net/pass.ts",
    "lib/engine/engine.ts",
    "lib/train/fit.ts",
    "lib/host/contract.ts",
    "lib/host/node/turns.ts",
    "dist/lib/host/node/turns.js",
    "lib/index.ts",
    "lib/display/results/mistakes.ts",
    "kernel/cells/session.ts",
    "kernel/plugins/contract.ts",
  ];

  let folder: string;
  let findings: Finding[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "chainrule-house-"));
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    const { imports } = JSON.parse(readFileSync(join(projectRoot, "package.json"), "utf8")) as Manifest;
    const devDependencies = { "developers-tool": "*" };
    write("package.json", JSON.stringify({ type: "module", imports, devDependencies }));
    write("node_modules/developers-tool/package.json", '{ "name": "developers-tool", "main": "main.js" }');
    write("node_modules/developers-tool/main.js", "");
    for (const file of innocent) write(file, "export type A = 1; export const A = 1;");
    for (const [file, { text }] of Object.entries(faults)) write(file, text);
    ({ findings } = await look(folder, forbidden));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const rulesBrokenIn = (file: string): string[] =>
    findings.filter(({ of }) => of.includes(file)).map(({ rule }) => rule);

  it.each(Object.entries(faults))("%s", (file, { breaks }) => {
    const broken = rulesBrokenIn(file);
    if (breaks === undefined) expect(broken).toEqual([]);
    else expect(broken).toContain(breaks);
  });

  it("find no fault where there is none", () => {
    expect(innocent.flatMap(rulesBrokenIn)).toEqual([]);
  });

  it("have each been broken above, but for those of single rooms", () => {
    const rooms = /^(lib|lib\/display|kernel)\/[a-z]+$/;
    const names = new Set(forbidden.map(({ name }) => name!).filter((name) => !rooms.test(name)));
    for (const { rule } of findings) names.delete(rule);
    expect([...names]).toEqual([]);
  });

  it("let no room import one that imports it, whatever the way round", () => {
    for (const [floor, imports] of Object.entries(house.rooms)) {
      const reaches = (from: string, goal: string): boolean =>
        imports[from].some((next) => next === goal || reaches(next, goal));
      const rooms = Object.keys(imports);
      expect(rooms.length, floor).toBeGreaterThan(5);
      expect(
        rooms.filter((room) => reaches(room, room)),
        floor,
      ).toEqual([]);
    }
  });
});
