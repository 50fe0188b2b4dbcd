/** `%npm` and imports by `npm:`, in a real kernel, with npm and a registry on this machine. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fits, installedPackage, packageRequest } from "../../../lib/host/node/packages.js";
import { npmSpecifier } from "../../../kernel/language/npm-specifier.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";
import { serveRegistry, type Published, type Registry } from "../support/registry.js";

const esm = (code: string, types: string, more: object = {}): Readonly<Record<string, string>> => ({
  "package.json": JSON.stringify({
    type: "module",
    exports: { types: "./main.d.ts", default: "./main.js" },
    ...more,
  }),
  "main.js": code,
  "main.d.ts": types,
});

const PUBLISHED: Published = {
  "typed-one": {
    "1.0.0": esm("export const one = 1;", "export declare const one: 1;"),
    "2.0.0": esm("export const one = 'one';", "export declare const one: string;"),
  },
  "plain-js": { "3.1.0": { "index.js": "exports.double = (n) => 2 * n;" } },
  "@types/plain-js": {
    "3.0.0": {
      "package.json": '{"types":"index.d.ts","main":""}',
      "index.d.ts": "export function double(n: number): number;",
    },
  },
  "@scope/bare": { "0.1.0": { "index.js": "exports.bare = true;" } },
  "needs-other": {
    "1.0.0": esm("export * from './inner.js';", "export declare const both: string;", {
      peerDependenciesMeta: {},
    }),
  },
  other: { "1.0.0": esm("export const other = 'other';", "export declare const other: string;") },
  slow: { "1.0.0": { "index.js": "" } },
};
Object.assign(PUBLISHED["needs-other"]!["1.0.0"]!, {
  "inner.js": "import { other } from 'other'; export const both = `both ${other}`;",
});

describe("what npm is asked for", () => {
  it.each([
    ["lodash", { name: "lodash", range: "" }],
    ["lodash@4.17", { name: "lodash", range: "4.17" }],
    ["@scope/a@^1.2.3", { name: "@scope/a", range: "^1.2.3" }],
    ["a@next", { name: "a", range: "next" }],
  ])("%s", (text, request) => expect(packageRequest(text)).toEqual(request));

  it.each([
    ["../up", "is not the name of a package"],
    ["a; rm -rf .", "is not the name of a package"],
    ["$(id)", "is not the name of a package"],
    ["--global", "is not the name of a package"],
    ["a@$(id)", "is not a version of a"],
    ["a@file:../up", "is not a version of a"],
    ["a@npm:b", "is not a version of a"],
  ])("is refused: %s", (text, why) => expect(() => packageRequest(text)).toThrow(why));

  it("is met by a version in the range", () => {
    expect([fits("4.18.1", "4"), fits("4.18.1", "^3"), fits("4.18.1", ""), fits("4.18.1", "latest")]).toEqual(
      [true, false, true, true],
    );
    expect(installedPackage("typescript", import.meta.dirname)).toMatchObject({ hasTypes: true });
    expect(installedPackage("no-such-package", import.meta.dirname)).toBeUndefined();
  });
});

it.each([
  ["npm:lodash", { wanted: "lodash", name: "lodash", range: "", bare: "lodash" }],
  ["npm:lodash@4/fp", { wanted: "lodash@4", name: "lodash", range: "4", bare: "lodash/fp" }],
  ["npm:@a/b@^1.0.0", { wanted: "@a/b@^1.0.0", name: "@a/b", range: "^1.0.0", bare: "@a/b" }],
  ["npm:/@a/b/c.js", { wanted: "@a/b", name: "@a/b", range: "", bare: "@a/b/c.js" }],
  ["lodash", undefined],
  ["npm:", undefined],
  ["./npm:a", undefined],
])("%s is read as Deno does", (specifier, read) => expect(npmSpecifier(specifier)).toEqual(read));

describe("%npm", () => {
  let kernel: TestKernel;
  let registry: Registry;
  let folder: string;
  beforeAll(async () => {
    needsBuild();
    registry = await serveRegistry(PUBLISHED);
    kernel = await TestKernel.start({
      env: { npm_config_registry: registry.url, npm_config_fetch_retries: "0" },
    });
    folder = kernel.folder;
  });
  afterAll(async () => {
    await kernel?.close();
    await registry?.close();
  });
  const run = async (code: string): Promise<string> => {
    const { reply, stdout, stderr, result } = await kernel.execute(code);
    return [stdout, stderr, result, reply["evalue"]].filter(Boolean).join("\n");
  };

  it("is what a missing package asks for, and then it is there for checker and loader", async () => {
    expect(await run('import { one } from "typed-one"; one')).toContain(
      "TS2307: Cannot find module 'typed-one' or its corresponding type declarations. %npm install typed-one installs it, without a restart",
    );
    expect(await run('require("typed-" + "one")')).toContain("%npm install typed-one installs it");
    const said = await run("%npm install typed-one@1");
    expect(said).toContain("typed-one 1.0.0 is here.");
    expect(JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"))).toEqual({
      private: true,
      dependencies: { "typed-one": "^1.0.0" },
    });
    expect(await run('import { one } from "typed-one"; const own: 1 = one; own')).toBe("1");
    expect(await run('import { one } from "typed-one"; const wrong: 2 = one')).toContain("TS2322");
    expect(await run("own + 1")).toBe("2");
  });

  it("brings types from the community, and says when there are none", async () => {
    const said = await run("%npm install plain-js @scope/bare");
    expect(said).toContain("Types: @types/plain-js\n");
    expect(said).toContain("@scope/bare has no types: what it exports is any.");
    expect(await run('import { double } from "plain-js"; double("a")')).toContain("TS2345");
    expect(await run('import { double } from "plain-js"; double(4)')).toBe("8");
    expect(await run('import { bare } from "@scope/bare"; bare')).toBe("true");
  });

  it("mends a package that failed for want of another", async () => {
    await run("%npm install needs-other");
    expect(await run('import { both } from "needs-other"; both')).toContain("Cannot find package 'other'");
    await run("%npm install other");
    expect(await run('import { both } from "needs-other"; both')).toBe("'both other'");
  });

  it("says what a new version of a loaded package needs, and the checker knows it", async () => {
    expect(await run("%npm install typed-one@2")).toContain(
      "typed-one 1.0.0 → 2.0.0; where it was imported already, the old one stays until the kernel restarts.",
    );
    expect(await run('import { one } from "typed-one"; const text: string = one; typeof text')).toBe(
      "'number'",
    );
  });

  it("refuses what is no package, and what it does not know", async () => {
    const listed = path.join(folder, "touched");
    for (const bad of [
      "a;touch${IFS}touched",
      "$(touch touched)",
      "`touch touched`",
      '"a & touch touched"',
      "../a",
    ])
      expect(await run(`%npm install ${bad}`)).toContain("is not the name of a package");
    expect(existsSync(listed)).toBe(false);
    expect(await run("%npm install --global other")).toContain("%npm install does not take --global");
    expect(await run("%npm publish")).toContain("!npm … asks npm itself");
    expect(await run("%npm install no-such-package")).toMatch(/404[^]*%npm install ended with exit code 1\./);
  });

  it("takes packages away again", async () => {
    await run("%npm uninstall other");
    expect(existsSync(path.join(folder, "node_modules/other"))).toBe(false);
    expect(await run('import "other"')).toContain("%npm install other installs it");
  });

  it("installs what an npm: import names after asking, or without", async () => {
    const asked: string[] = [];
    kernel.onInput = (question) => (asked.push(question), "n");
    const code = 'import { other } from "npm:other@1"; const copy: string = other; copy';
    expect(await run(code)).toContain(
      "other@1 was not installed. %npm install other@1 installs, %npm auto on",
    );
    expect(asked).toEqual(["Install other@1 with npm? yes, always or no: "]);
    kernel.onInput = undefined;
    expect((await kernel.execute(code, { allow_stdin: false })).reply["evalue"]).toContain(
      "nobody can be asked here",
    );
    kernel.onInput = () => "yes";
    expect(await run(code)).toContain("'other'");
    kernel.onInput = undefined;
    expect(await run(code)).toBe("'other'");
    expect(await run('import { other } from "npm:other@1"; const n: number = other')).toContain("TS2322");
    await run("%npm uninstall other");
    expect(await run("%npm auto on")).toContain("installs what is missing");
    expect(await run('(await import("npm:other")).other')).toContain("'other'");
    expect(await run("%npm auto off")).toContain("asks before it installs");
  });

  it("says what to write in place of other registries and addresses", async () => {
    expect(await run('import "jsr:@std/path@1"')).toContain(
      "!npx jsr add @std/path installs the package for Node",
    );
    expect(await run('import x from "https://esm.sh/lodash@4/fp"')).toContain('from "npm:lodash@4"');
    expect(await run('import x from "https://example.com/a.js"')).toContain(
      "save the module beside the notebook",
    );
  });

  it("installs into the package that the notebook is part of", async () => {
    const inner = path.join(folder, "notebooks");
    mkdirSync(inner, { recursive: true });
    const own = await TestKernel.start({ cwd: inner, env: { npm_config_registry: registry.url } });
    try {
      expect((await own.execute("%npm install other")).stdout).toContain("other 1.0.0 is here.");
      expect(existsSync(path.join(inner, "package.json"))).toBe(false);
      expect((await own.execute('import { other } from "other"; other')).result).toBe("'other'");
    } finally {
      await own.close();
    }
  });

  it("is ended by an interrupt, with what it started", async () => {
    const script = path.join(folder, "slow.cjs");
    writeFileSync(script, "");
    const { begun, ended } = kernel.begin("%%bash\necho started; sleep 600", { sign: "started" });
    await begun;
    const passed = kernel.stopwatch();
    await kernel.request("control", "interrupt_request");
    expect((await ended).reply["ename"]).toBe("KeyboardInterrupt");
    expect(passed()).toBeLessThan(5000);
  });
});
