/** A session in process: what `chainrule run` builds on, without sockets. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Session } from "../../../kernel/cells/session.js";
import type { Output } from "../../../kernel/cells/session.js";
import { needsBuild } from "../support/jupyter.js";

const folder = mkdtempSync(path.join(tmpdir(), "chainrule-session-"));
const events: unknown[][] = [];
const output: Output = {
  stream: (name, text, cell) => void events.push([cell, name, text]),
  display: ({ data, update }, cell) => void events.push([cell, update ? "update" : "display", data]),
  clear: (wait, cell) => void events.push([cell, "clear", wait]),
  error: ({ ename, evalue }, cell) => void events.push([cell, ename, evalue]),
};

const processBefore = { write: process.stdout.write, exit: process.exit, setTimeout: globalThis.setTimeout };
let session: Session;
beforeAll(async () => {
  needsBuild();
  session = await Session.start({ cwd: folder, output });
});
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true });
});

it("runs cells in the order asked, each with its own output", async () => {
  const [first, second] = await Promise.all([
    session.execute(
      "await new Promise((r) => setTimeout(r, 50)); process.stdout.write('one\\n'); const x = 1; x",
      {
        cell: 1,
      },
    ),
    session.execute("display({ 'text/plain': 'two' }); clearOutput(); x + 1", { cell: 2 }),
  ]);
  expect(first).toEqual({ status: "ok", result: { data: { "text/plain": "1" }, metadata: {} } });
  expect(second).toEqual({ status: "ok", result: { data: { "text/plain": "2" }, metadata: {} } });
  expect(events).toEqual([
    [1, "stdout", "one\n"],
    [2, "display", { "text/plain": "two" }],
    [2, "clear", false],
  ]);
});

it("reports errors as values, and gives no result where there is none", async () => {
  expect(await session.execute("throw new TypeError('no')", { cell: 3 })).toMatchObject({
    status: "error",
    ename: "TypeError",
    evalue: "no",
  });
  expect(await session.execute("const y = 1", { cell: 4 })).toEqual({ status: "ok" });
  expect(await session.execute("undefined", { cell: 5 })).toEqual({ status: "ok" });
  expect(await session.execute("null", { cell: 6 })).toMatchObject({
    result: { data: { "text/plain": "null" } },
  });
});

it("has no prompt where the output has no input", async () => {
  expect(await session.execute("prompt('?')", { cell: 7 })).toMatchObject({
    status: "error",
    ename: "Error",
  });
});

it("evaluates beside the cells without keeping anything", async () => {
  expect(await session.evaluate("const hidden = 5; hidden", { cell: 8 })).toMatchObject({ status: "ok" });
  expect(await session.execute("hidden", { cell: 9 })).toMatchObject({ ename: "TypeScriptError" });
});

it("interrupts a cell that awaits", async () => {
  const running = session.execute("process.stdout.write('begun\\n'); await new Promise(() => {})", {
    cell: 10,
  });
  await expect.poll(() => events.at(-1), { timeout: 60_000 }).toEqual([10, "stdout", "begun\n"]);
  session.interrupt();
  expect(await running).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
});

it("ends an interrupted cell whose compiler gives no answer, and runs the next", async () => {
  const { language } = session;
  const convert = language.convert.bind(language);
  let asked = false;
  language.convert = () => {
    asked = true;
    return new Promise(() => {});
  };
  const running = session.execute("'lost'", { cell: 11 });
  await expect.poll(() => asked, { timeout: 60_000 }).toBe(true);
  language.convert = convert;
  session.interrupt();
  expect(await running).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  expect(session.running).toBeUndefined();
  expect(await session.execute("'found'", { cell: 12 })).toMatchObject({
    result: { data: { "text/plain": "'found'" } },
  });
});

it.each([
  ["{ a: 1, b: (undefined as any).x }", /x }$/],
  ["{\n  a: (undefined as any).x }", /x }$/],
  ["  { a: 1,\n b: 2, ...((() => { throw new Error() })() as object) }", /new Error/],
  ["1; (undefined as any).x", /x$/],
])("a stack trace points where the error is, in an object that is a cell too: %j", async (code, what) => {
  const result = await session.execute(code, { cell: 20, name: "a" });
  expect(result).toMatchObject({ status: "error" });
  const { traceback } = result as { traceback: string[] };
  const before = code.slice(0, code.search(what)).split("\n");
  const place = `cell[a]:${before.length}:${before.at(-1)!.length + 1}`;
  expect(stripVTControlCharacters(traceback.join("\n"))).toContain(place);
});

it("gives the process back when it closes", async () => {
  await session.close();
  expect(process.stdout.write).toBe(processBefore.write);
  expect(process.exit).toBe(processBefore.exit);
  expect(globalThis.setTimeout).toBe(processBefore.setTimeout);
  expect("display" in globalThis).toBe(false);
});
