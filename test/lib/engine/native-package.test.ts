/**
 * How the library finds the package of native routines, and goes on without it. Packages of JavaScript stand for the compiled
 * ones here, so this runs without a compiler; test/lib/engine/native.test.ts has the routines themselves.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const library = new URL("../../../dist/lib/index.js", import.meta.url).href;
const name = `@chainrule/native-${process.platform}-${process.arch}`;
const script = `
  const { compute, linearForward, Linear, Random } = await import(${JSON.stringify(library)});
  compute.threads = 1;
  const random = new Random(1);
  const { y } = compute.engine.of(linearForward)(random.normal([2, 3]), random.normal([4, 3]), undefined);
  console.log([y.size, compute.native, String(compute.engine), compute.report(new Linear({ in: 3, out: 4 }), [3])[0].why].join("\\n"));`;
const plain = ["engine wasm", "a blocked matrix product"];
const instead =
  "WebAssembly's routines compute instead. Install the package of this library's version, or set CHAINRULE_NATIVE=off.";

/** A package whose product counts its calls and computes nothing. */
const working = `
let calls = 0;
process.on("exit", () => console.log("calls " + calls));
module.exports = {
  contract: 2,
  instructions: ["abacus"],
  open: (memory, set) => {
    if (!(memory.buffer instanceof SharedArrayBuffer) || set !== "abacus") throw new Error("open");
    return { product: () => void calls++, productScratch: () => 64 };
  },
};`;

describe("the package of native routines", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "chainrule-native-"));
    mkdirSync(path.join(folder, "empty"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** The lines of a process in a folder where a package with this text is installed. */
  const lines = (text: string | undefined, asked?: string) => {
    const cwd = mkdtempSync(path.join(folder, "in-"));
    if (text !== undefined) {
      const place = path.join(cwd, "node_modules", name);
      mkdirSync(place, { recursive: true });
      writeFileSync(path.join(place, "index.js"), text);
    }
    const env: NodeJS.ProcessEnv = { ...process.env };
    delete env.CHAINRULE_NATIVE;
    if (asked !== undefined) env.CHAINRULE_NATIVE = asked;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
      cwd,
      encoding: "utf8",
      env,
    });
    return { out: stdout.trim().split("\n"), err: stderr.trim() };
  };

  it("changes nothing where it is not installed", () => {
    const { out, err } = lines(undefined);
    expect(out).toEqual(["8", "no package @chainrule/native-… is installed", ...plain]);
    expect(err).toBe("");
  });

  it("takes the place of WebAssembly's routines of the same names, and the report says so", () => {
    const { out, err } = lines(working);
    expect(out).toEqual([
      "8",
      `${name} computes in abacus instructions`,
      `engine wasm with ${name} (abacus)`,
      `a blocked matrix product; ${name}, abacus`,
      "calls 1",
    ]);
    expect(err).toBe("");
  });

  it("is left alone when CHAINRULE_NATIVE is off", () => {
    const { out, err } = lines(working, "off");
    expect(out).toEqual(["8", "CHAINRULE_NATIVE is off", ...plain]);
    expect(err).toBe("");
  });

  it("is refused when it cannot be loaded, in a sentence, and WebAssembly computes", () => {
    const { out, err } = lines(`throw new Error("wrong ELF class");`);
    const why = `${name} cannot be loaded (wrong ELF class)`;
    expect(out).toEqual(["8", why, ...plain]);
    expect(err).toBe(`compute: ${why}; ${instead}`);
  });

  it("is refused when it is of another version", () => {
    const { out, err } = lines(working.replace("contract: 2", "contract: 7"));
    const why = `${name} is of another version: its routines' arguments are version 7, this library's 2`;
    expect(out).toEqual(["8", why, ...plain, "calls 0"]);
    expect(err).toBe(`compute: ${why}; ${instead}`);
  });

  it("is refused when the processor has none of its instructions", () => {
    const { out, err } = lines(working.replace(`["abacus"]`, "[]"));
    const why = `${name} has no routines for this processor`;
    expect(out).toEqual(["8", why, ...plain, "calls 0"]);
    expect(err).toBe(`compute: ${why}; ${instead}`);
  });

  it("may be a file that CHAINRULE_NATIVE names, which must be usable", () => {
    const file = path.join(folder, "mine.cjs");
    writeFileSync(file, working);
    expect(lines(undefined, file).out[1]).toBe(`${file} computes in abacus instructions`);
    const missing = path.join(folder, "none.node");
    expect(lines(working, missing).err).toContain(
      `Error: compute: CHAINRULE_NATIVE: ${missing} cannot be loaded (Cannot find module '${missing}'); name another file, or unset it.`,
    );
  });
});
