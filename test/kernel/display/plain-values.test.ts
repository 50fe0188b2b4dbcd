/** Values that say nothing of their display: tables, summaries, and Node's text for the rest. */
import { describe, expect, it } from "vitest";
import { plainBundle } from "../../../kernel/display/plain-values.js";

const text = (value: unknown): string => plainBundle(value)["text/plain"]!;
const html = (value: unknown): string | undefined => plainBundle(value)["text/html"];

describe("an array of records", () => {
  it("is a table, with a column for every key and six digits", () => {
    const rows = [
      { name: "conv1 <3×3>", share: 1 / 3 },
      { name: "fc", units: 10 },
    ];
    expect(html(rows)).toBe(
      "<table><thead><tr><th></th><th>name</th><th>share</th><th>units</th></tr></thead><tbody>" +
        '<tr><th>0</th><td>conv1 &lt;3×3&gt;</td><td style="text-align:right">0.333333</td><td></td></tr>' +
        '<tr><th>1</th><td>fc</td><td></td><td style="text-align:right">10</td></tr></tbody></table>',
    );
    expect(text(rows)).toBe(
      ["   name            share  units", "0  conv1 <3×3>  0.333333", "1  fc                        10"].join(
        "\n",
      ),
    );
  });

  it("says what it leaves out", () => {
    const wide = Array.from({ length: 1500 }, (_, i) =>
      Object.fromEntries(Array.from({ length: 13 }, (_, j) => [`column${j}`, i * j])),
    );
    expect(html(wide)).toContain("<p>… 1,480 more rows, … 1 more column</p>");
    expect(html(wide)!.match(/<tr>/g)).toHaveLength(21);
    expect(text(wide)).toMatch(/… 1,480 more rows\n… 1 more column$/);
    expect(text(wide)).not.toContain("column12");
  });

  it.each([
    ["an empty list", []],
    ["numbers", [1, 2]],
    ["records among others", [{ a: 1 }, 2]],
    ["empty objects", [{}]],
    ["objects of a class", [new (class Point {})()]],
    ["lists", [[1], [2]]],
    ["dates", [new Date(0)]],
  ])("is not %s", (_, value) => expect(html(value)).toBeUndefined());

  it("never runs a getter", () => {
    let ran = 0;
    expect(html([{ get a() { return ran++; } }])).toBeUndefined(); // prettier-ignore
    expect(ran).toBe(0);
  });
});

describe("a map", () => {
  it("is a table of its keys and values", () => {
    const map = new Map<unknown, unknown>([["a", 1], [{ k: 2 }, [1, 2]]]); // prettier-ignore
    expect(html(map)).toBe(
      "<table><thead><tr><th>key</th><th>value</th></tr></thead><tbody>" +
        '<tr><th>a</th><td style="text-align:right">1</td></tr>' +
        "<tr><th>{ k: 2 }</th><td>[ 1, 2 ]</td></tr></tbody></table>",
    );
    expect(text(map)).toBe("Map(2) { 'a' => 1, { k: 2 } => [ 1, 2 ] }");
    expect(html(new Map(Array.from({ length: 21 }, (_, i) => [i, i])))).toContain("<p>… 1 more entry</p>");
  });

  it("is Node's text when it is empty", () =>
    expect(plainBundle(new Map())).toEqual({ "text/plain": "Map(0) {}" }));
});

describe("a typed array", () => {
  it("is its ends and its extent when it is long", () => {
    expect(text(Float32Array.from({ length: 1000 }, (_, i) => i / 8))).toBe(
      "Float32Array(1000) [ 0, 0.125, 0.25, 0.375, 0.5, 0.625, …, 124.625, 124.75, 124.875 ]\n" +
        "min 0, mean 62.4375, max 124.875",
    );
  });

  it("counts what is not a number", () => {
    const broken = new Float64Array(101).fill(2);
    broken.set([NaN, NaN, Infinity, -Infinity]);
    expect(text(broken)).toMatch(/min 2, mean 2, max 2, 2 NaN, 2 infinite$/);
    expect(text(new Float32Array(101).fill(NaN))).toMatch(/\n101 NaN$/);
  });

  it("is Node's text when it is short, or has no numbers", () => {
    expect(text(new Int8Array(3))).toBe("Int8Array(3) [ 0, 0, 0 ]");
    expect(text(new BigInt64Array(101))).toContain("0n");
    expect(text(Buffer.alloc(101))).toContain("<Buffer");
    expect(text(new DataView(new ArrayBuffer(200)))).toContain("DataView");
  });
});

it("shows everything else as Node does", () => {
  expect(plainBundle({ a: [1, { b: null }] })).toEqual({ "text/plain": "{ a: [ 1, { b: null } ] }" });
  expect(plainBundle(Symbol("s"))).toEqual({ "text/plain": "Symbol(s)" });
});
