/** What the browser's host makes itself is what Node has: paths, the console's text, bytes. */
import { Console } from "node:console";
import path from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import fc from "fast-check";
import { byteLength, toBase64, uniqueId } from "../../../lib/host/browser/bytes.js";
import { consoleMethods } from "../../../lib/host/browser/console.js";
import * as paths from "../../../lib/host/browser/paths.js";
import { onFile, type Site } from "../../../lib/host/browser/site.js";
import { isFile, modifiedTime, readText, writeText } from "../../../lib/host/browser/text-files.js";

const part = fc.constantFrom("a", "b", "..", ".", "", "c.d", "/", "/x", "y/");
const somePath = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
const absolute = somePath.map((one) => `/${one}`);

describe("paths", () => {
  it("are POSIX's, from the root", () => {
    fc.assert(
      fc.property(fc.array(somePath, { minLength: 1, maxLength: 4 }), (parts) => {
        expect(paths.resolve(...parts)).toBe(path.posix.resolve("/", ...parts));
        const bare = (one: string): string => (one.length > 1 ? one.replace(/\/$/, "") : one);
        expect(paths.join(...parts)).toBe(bare(path.posix.join(...parts)));
        expect(paths.normalize(parts[0]!)).toBe(bare(path.posix.normalize(parts[0]!)));
      }),
    );
    fc.assert(
      fc.property(absolute, absolute, (from, to) => {
        expect(paths.relative(from, to)).toBe(path.posix.relative(from, to));
        const whole = path.posix.resolve(from);
        expect(paths.dirname(whole)).toBe(path.posix.dirname(whole));
      }),
    );
    expect(["a", "a/b", "/"].map(paths.dirname)).toEqual([".", "a", "/"]);
  });
});

describe("the console", () => {
  /** What two consoles print for the same calls. */
  function both(call: (target: Console) => void): [ours: string, nodes: string] {
    const [ours, nodes] = [
      ["", ""],
      ["", ""],
    ];
    const own = consoleMethods((stream, text) => (ours[stream === "stdout" ? 0 : 1] += text));
    const sink = (i: 0 | 1): Writable =>
      new Writable({ write: (chunk, _, done) => ((nodes[i] += String(chunk)), done()) });
    call(own as unknown as Console);
    call(new Console({ stdout: sink(0), stderr: sink(1), colorMode: false }));
    const plain = (text: string): string => text.replace(/\d+(\.\d+)?(ms|s)\b/g, "TIME");
    return [plain(ours.join("|")), plain(nodes.join("|"))];
  }

  it.each<[string, (target: Console) => void]>([
    ["log", (c) => c.log("%s, %d%%, %o", "a", 50, { b: [1] }, new Map([[1, { x: "y" }]]), null)],
    [
      "lines in groups",
      (c) => (
        c.group("first\nsecond"),
        c.warn("in"),
        c.group(),
        c.log(),
        c.groupEnd(),
        c.groupEnd(),
        c.log("out")
      ),
    ],
    [
      "table of records",
      (c) =>
        c.table([
          { a: 1, b: "x" },
          { a: 2, c: [1, 2] },
        ]),
    ],
    ["table of values", (c) => c.table(["a", 1, { b: 2 }])],
    ["table of an object", (c) => c.table({ x: { y: 1 }, z: { y: 2 } })],
    ["table of some columns", (c) => c.table([{ a: 1, b: 2 }], ["b"])],
    ["table of no object", (c) => c.table(3)],
    ["count", (c) => (c.count(), c.count("a"), c.count(), c.countReset(), c.count())],
    ["assert", (c) => (c.assert(true, "no"), c.assert(false, "%s is wrong", "it"), c.assert(false))],
    ["time", (c) => (c.time("t"), c.timeLog("t", 1), c.timeEnd("t"))],
    ["dir", (c) => c.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 })],
    ["errors of streams", (c) => (c.info("out"), c.debug("out"), c.error("err"))],
  ])("prints as Node's: %s", (_, call) => {
    const [ours, nodes] = both(call);
    expect(ours).toBe(nodes);
  });

  it("says so when a timer was not started", () => {
    expect(both((c) => c.timeEnd("none"))[0]).toContain('There is no timer "none"');
  });
});

describe("bytes", () => {
  it("are Node's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.string({ unit: "grapheme" }), (bytes, text) => {
        expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(byteLength(text)).toBe(Buffer.byteLength(text));
      }),
    );
    const many = new Uint8Array(100_001).map((_, i) => i * 7);
    expect(toBase64(many)).toBe(Buffer.from(many).toString("base64"));
  });

  it("names are never the same", () => {
    expect(new Set(Array.from({ length: 100 }, uniqueId)).size).toBe(100);
  });
});

describe("files", () => {
  const globals = globalThis as { chainruleSite?: Site };
  beforeAll(() => {
    const files = { "/course/shipped.txt": "shipped" };
    globals.chainruleSite = { modules: {}, workers: { language: "x.js" }, types: "types.json", files };
  });
  afterAll(() => delete globals.chainruleSite);

  it("are the site's and those that were written, which others hear of", () => {
    const heard: string[] = [];
    expect([readText("/course/shipped.txt"), modifiedTime("/course/shipped.txt")]).toEqual(["shipped", 1]);
    expect([readText("/none"), modifiedTime("/none"), isFile("/none")]).toEqual([undefined, -1, false]);
    writeText("/course/own.ts", "one", false);
    onFile((file, text) => heard.push(`${file}: ${text}`));
    writeText("/course/own.ts", " two", true);
    writeText("/course/shipped.txt", "other", false);
    expect([readText("/course/own.ts"), modifiedTime("/course/own.ts")]).toEqual(["one two", 2]);
    expect([readText("/course/shipped.txt"), modifiedTime("/course/shipped.txt")]).toEqual(["other", 2]);
    expect(heard).toEqual(["/course/own.ts: one", "/course/own.ts: one two", "/course/shipped.txt: other"]);
  });
});
