/** Tables of columns: CSV as programs write it, records, and what is said when a file is not what it seems. */
import { describe, expect, it } from "vitest";
import { readCsv, tableOf, toNested } from "../../../lib/index.js";

describe("readCsv", () => {
  it("reads numbers as numbers and the rest as text", () => {
    const read = readCsv("name,loss\nfirst,0.5\nsecond,1e-3\n");
    expect(read.columns).toEqual(["name", "loss"]);
    expect(read.numbers("loss")).toEqual([0.5, 0.001]);
    expect(read.texts("name")).toEqual(["first", "second"]);
    expect(read.rows[0]).toEqual({ name: "first", loss: 0.5 });
  });

  it.each([
    ["quotes, with separators, quotes and line breaks in them", 'a,b\n"x, ""y""\nz",1\n', 'x, "y"\nz'],
    ["Windows' line ends", "a,b\r\nx,1\r\n", "x"],
    ["a byte order mark", "\uFEFFa,b\nx,1", "x"],
    ["semicolons", "a;b\nx;1", "x"],
    ["tabs", "a\tb\nx\t1", "x"],
    ["empty lines at the end", "a,b\nx,1\n\n\n", "x"],
  ])("reads %s", (_, text, first) => {
    const read = readCsv(text);
    expect([read.size, read.texts("a")[0], read.numbers("b")[0]]).toEqual([1, first, 1]);
  });

  it("reads bytes, missing numbers and infinities", () => {
    const read = readCsv(new TextEncoder().encode("v\n1\nnan\n-inf\n"));
    expect(read.numbers("v")).toEqual([1, NaN, -Infinity]);
    expect(readCsv("a,b\n1,\n2,3").numbers("b")).toEqual([NaN, 3]);
  });

  it("says what is wrong, and where", () => {
    expect(() => readCsv("")).toThrow("readCsv: the file is empty; its first line must name the columns.");
    expect(() => readCsv("a,b\n1,2\n3")).toThrow(
      'readCsv: row 2 has 1 cell and there are 2 columns; quote a cell that holds the separator ",".',
    );
    expect(() => readCsv("a,a\n1,2")).toThrow(
      'DataTable: two columns are called "a"; give each its own name.',
    );
    expect(() => readCsv("a\nx").numbers("a")).toThrow(
      'table: "a" is text: row 1 is "x"; read it with texts("a").',
    );
    expect(() => readCsv("a\n1").numbers("b")).toThrow('table: there is no column "b"; there are "a".');
  });
});

describe("a table", () => {
  const scores = tableOf([
    { name: "x", score: 1, seed: 0 },
    { name: "y", score: 2 },
    { name: "x", score: 4, seed: 2 },
  ]);

  it("comes from records, and gives tensors", () => {
    expect(scores.numbers("seed")).toEqual([0, NaN, 2]);
    expect(toNested(scores.tensor(["score"]))).toEqual([[1], [2], [4]]);
    expect(scores.filter(({ name }) => name === "x").numbers("score")).toEqual([1, 4]);
    expect(() => tableOf([{ a: [1] }])).toThrow(
      'tableOf: "a" of record 0 is an array; a cell is a number or text.',
    );
  });

  it("shows itself, and not all of many rows", () => {
    expect(String(scores)).toBe(
      [
        "3 rows, 3 columns",
        "name  score  seed",
        "─────────────────",
        "x         1     0",
        "y         2   NaN",
        "x         4     2",
      ].join("\n"),
    );
    const many = tableOf(Array.from({ length: 200 }, (_, i) => ({ i })));
    expect(String(many).split("\n").at(-1)).toBe("… and 190 more rows");
  });
});

it("a file's name in the place of what is in it is told", () => {
  expect(() => readCsv("measured/loss.csv")).toThrow('"measured/loss.csv" looks like the name of a file');
  expect(readCsv("name.csv\n1").columns).toEqual(["name.csv"]);
});
