/** How outputs land in cells: merged streams, updated displays, cleared outputs, errors of late callbacks. */
import { beforeEach, expect, it } from "vitest";
import type { CodeCell } from "../../../kernel/notebook/format.js";
import { OutputCollector } from "../../../kernel/notebook/outputs.js";

const cell = (id: string): CodeCell => ({
  cell_type: "code",
  id,
  metadata: {},
  source: "",
  execution_count: null,
  outputs: [],
});

let collector: OutputCollector;
let one: CodeCell;
let two: CodeCell;
beforeEach(() => {
  collector = new OutputCollector();
  one = cell("one");
  two = cell("two");
  collector.begin(1, one);
});

const show = (text: string, displayId?: string, update = false) =>
  ({ data: { "text/plain": text }, metadata: {}, displayId, update }) as const;
const texts = (of: CodeCell) =>
  of.outputs.map((output) =>
    output.output_type === "stream"
      ? output.text
      : output.output_type === "error"
        ? output.ename
        : output.data["text/plain"],
  );

it("merges neighbouring writes to one stream and keeps the order of two", () => {
  collector.stream("stdout", "a", 1);
  collector.stream("stdout", "b\n", 1);
  collector.stream("stderr", "c", 1);
  collector.stream("stdout", "", 1);
  collector.stream("stdout", "d", 1);
  expect(one.outputs).toEqual([
    { output_type: "stream", name: "stdout", text: "ab\n" },
    { output_type: "stream", name: "stderr", text: "c" },
    { output_type: "stream", name: "stdout", text: "d" },
  ]);
});

it("updates every display of an id, in whatever cell, and adds none", () => {
  collector.display(show("x", "panel"), 1);
  collector.begin(2, two);
  collector.display(show("y", "panel"), 2);
  collector.display(show("other", "else"), 2);
  collector.display(show("new", "panel", true), 2);
  collector.display(show("nobody", "unknown", true), 2);
  expect(texts(one)).toEqual(["new"]);
  expect(texts(two)).toEqual(["new", "other"]);
  expect(JSON.stringify([one, two])).not.toContain("panel");
});

it("clears at once, or with the next output", () => {
  collector.stream("stdout", "a", 1);
  collector.clear(false, 1);
  expect(one.outputs).toEqual([]);
  collector.stream("stdout", "b", 1);
  collector.clear(true, 1);
  expect(texts(one)).toEqual(["b"]);
  collector.display(show("c"), 1);
  collector.display(show("d"), 1);
  expect(texts(one)).toEqual(["c", "d"]);
});

it("gives late output to the cell that caused it, and nameless output to the last", () => {
  collector.begin(2, two);
  collector.stream("stdout", "late", 1);
  collector.stream("stdout", "nameless", undefined);
  collector.error({ ename: "LateError", evalue: "", traceback: [] }, 1);
  expect(texts(one)).toEqual(["late", "LateError"]);
  expect(texts(two)).toEqual(["nameless"]);
  expect(collector.strayErrors).toMatchObject([{ cell: { id: "one" }, error: { ename: "LateError" } }]);
});

it("keeps what was printed before the first cell for that cell", () => {
  const fresh = new OutputCollector();
  fresh.stream("stderr", "a plugin failed\n", undefined);
  fresh.begin(1, one);
  fresh.begin(2, two);
  expect([texts(one), texts(two)]).toEqual([["a plugin failed\n"], []]);
});
