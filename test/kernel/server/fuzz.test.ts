/**
 * Requests that nobody should send: whatever they are, the server stands, says no more than a sentence, and nothing
 * outside its folder is read, written or deleted.
 */
import { readFileSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { TestLab } from "./support.js";
import type { Reply } from "./support.js";

const SECRET = "the-secret-that-nobody-may-read";

let lab: TestLab;
let before: string;
beforeAll(async () => {
  lab = await TestLab.start({
    "root/a.txt": "a",
    "root/n.ipynb": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
    "root/sub/b.txt": "b",
    "root/.hidden/c.txt": SECRET,
    "secret.txt": SECRET,
    "rooted/secret.txt": SECRET,
    "bundle/manifest.json": JSON.stringify({
      version: "1",
      entry: "m.js",
      styles: [],
      schemas: { p: ["q"] },
    }),
    "bundle/schemas/p/q.json": "{}",
    "bundle/static/m.js": "",
  });
  symlinkSync(lab.around, join(lab.root, "up"));
  symlinkSync(join(lab.around, "secret.txt"), join(lab.root, "sub", "link"));
  symlinkSync(join(lab.around, "new.txt"), join(lab.root, "dangling"));
  before = around();
});
afterAll(() => lab.close());

/** Everything beside the served folder but the server's own state. */
function around(folder = lab.around): string {
  const lines = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (path === lab.root || path === join(lab.around, "state")) return "";
    if (entry.isDirectory()) return around(path);
    const { mtimeMs, mode } = statSync(path);
    return `${path} ${mtimeMs} ${mode} ${readFileSync(path, "utf8")}`;
  });
  return lines.sort().join("\n");
}

const part = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom("..", ".", "", "a.txt", "n.ipynb", "sub", "up", "link", "dangling", "root"),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "%2e%2e",
      "..%2f",
      "%2e%2e%2f",
      "..%5c",
      "..\\",
      "%252e%252e",
      "%00",
      "%c0%ae%c0%ae",
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "secret.txt",
      "rooted",
      "new.txt",
      ".hidden",
      "c.txt",
      "etc",
      "passwd",
      "C:",
      "CON",
      "state",
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "checkpoints",
      "checkpoint",
      "trust",
      "%E0%A4%A",
      "untitled",
      "?type=file",
      "#",
      ";x=1",
      "*",
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: "grapheme", maxLength: 12 })
      .map((text) => encodeURIComponent(text.replace(/\p{Cs}/gu, ""))),
  },
);
const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join("/"));
const decoded = path.map((one) => {
  try {
    return decodeURIComponent(one);
  } catch {
    return one;
  }
});
const door = fc.constantFrom(
  "api/contents/",
  "api/contents/",
  "api/contents/",
  "api/contents/up/../",
  "files/",
  "nbconvert/html/",
  "nbconvert/script/",
  "static/",
  "lab/api/themes/",
  "lab/api/settings/",
  "lab/api/workspaces/",
  "kernelspecs/chainrule/",
  "api/kernels/",
  "api/sessions/",
  "lab/tree/",
  "",
  "//",
  "lab/../",
);
const method = fc.constantFrom("GET", "GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "PROPFIND");
const json = fc.oneof(fc.jsonValue(), fc.constantFrom(null, [], "", {}));
const body = fc.oneof(
  fc
    .record(
      {
        type: fc.oneof(fc.constantFrom("file", "notebook", "directory", "__proto__"), json),
        format: fc.oneof(fc.constantFrom("text", "base64", "json"), json),
        content: fc.oneof(
          fc.string(),
          json,
          fc.constant({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }),
        ),
        path: fc.oneof(decoded, json),
        copy_from: fc.oneof(decoded, json),
        ext: fc.oneof(fc.constantFrom(".txt", "/../../x", ".ipynb"), json),
        chunk: fc.oneof(fc.integer({ min: -1, max: 3 }), json),
        hash: json,
        raw: json,
        data: json,
        metadata: json,
        name: fc.oneof(fc.constantFrom("cobol"), json),
        // Kernels are not started here: each is a process of a second.
        kernel: fc.constant({ name: "cobol" }),
      },
      { requiredKeys: ["name", "kernel"] },
    )
    .map((one) =>
      JSON.stringify({ ...one, name: typeof one.name === "string" ? `cobol${one.name}` : "cobol" }),
    ),
  fc.constantFrom(
    "{",
    "[]",
    "null",
    "\0",
    "[".repeat(100_000),
    '{"name": "cobol", "content": ' + '{"a":'.repeat(5000) + "1" + "}".repeat(5001),
  ),
);

it("finds no way out of the folder, and keeps the server standing", { timeout: 300_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(method, door, path, body, async (how, at, where, what) => {
      const address = `${at}${where}`.replace(/[^\x21-\x7e]/g, encodeURIComponent);
      const isWriting = how !== "GET" && how !== "HEAD";
      const reply: Reply = await lab.ask(address, { method: how, ...(isWriting && { body: what }) });
      expect(reply.status, `${how} ${address} ${what}: ${reply.text}`).toBeLessThan(500);
      expect(reply.text).not.toContain(SECRET);
      expect(reply.text).not.toMatch(/\bat \S+ \(|node_modules/);
    }),
    { numRuns: 10_000 },
  );
  expect(around()).toBe(before);
  expect(lab.log).toEqual([]);
  expect((await lab.ask("api/status")).status).toBe(200);
});
