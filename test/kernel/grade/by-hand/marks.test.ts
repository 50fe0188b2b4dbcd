/** Points by hand are kept with the answer that was read, follow the rubric, and come back from the table. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, it } from "vitest";
import { Answers, hashOf } from "../../../../kernel/grade/by-hand/answers.js";
import { HandMarks, pointsOf } from "../../../../kernel/grade/by-hand/marks.js";
import { readSheet, writeSheet } from "../../../../kernel/grade/by-hand/sheet.js";
import type { ManualAnswer } from "../../../../kernel/grade/plan.js";
import type { NotebookCell } from "../../../../kernel/notebook/format.js";
import { smallAssignment, withExplanation } from "../../../support/small-assignment.js";

const root = mkdtempSync(join(tmpdir(), "chainrule-by-hand-"));
afterAll(() => rmSync(root, { recursive: true }));
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(root, "graded-"))));

const answer = (text: string): ManualAnswer => {
  const cell: NotebookCell = { cell_type: "markdown", id: "e", metadata: {}, source: text };
  return { id: "explain", points: 4, text, answered: text !== "", cell };
};
const rubric = [
  { id: "a", text: "No chain rule", points: -2 },
  { id: "b", text: "A sign is wrong", points: -0.5 },
];

it("counts a mark by its rubric, within the part's points, unless points were written", () => {
  expect(pointsOf({ items: ["a", "b"] }, rubric, 4)).toEqual({
    points: 1.5,
    reasons: [
      { text: "No chain rule", points: -2 },
      { text: "A sign is wrong", points: -0.5 },
    ],
    comment: "",
  });
  expect(pointsOf({ items: ["a", "b"] }, rubric, 2)?.points).toBe(0);
  expect(pointsOf({ items: ["a"], own: 3, comment: "Nearly." }, rubric, 4)).toMatchObject({
    points: 3,
    comment: "Nearly.",
  });
  // Items that only add begin at nothing.
  const adds = [{ id: "a", text: "Names it", points: 3 }];
  expect(pointsOf({ items: ["a"] }, adds, 4)?.points).toBe(3);
  expect(pointsOf({ items: ["a"] }, adds, 2)?.points).toBe(2);
  // A comment alone gives no points, nor does an item that is gone.
  expect(pointsOf({ items: [], comment: "?" }, rubric, 4)).toBeUndefined();
  expect(pointsOf({ items: ["gone"] }, rubric, 4)).toBeUndefined();
});

it("keeps marks with the answer, and follows a rubric that changes", () => {
  const [first, second] = [answer("Because."), answer("Because of the chain rule.")].map(hashOf);
  const marks = new HandMarks(folder, "small");
  marks.change(({ setRubric, setMark }) => {
    setRubric("explain", rubric);
    setMark("explain", "__proto__", first, { items: ["a"] });
  });
  const again = new HandMarks(folder, "small");
  expect(again.given("explain", 4, "__proto__", first)?.points).toBe(2);
  expect(again.given("explain", 4, "__proto__", second)).toBeUndefined();
  expect(again.hasOther("explain", "__proto__", second)).toBe(true);
  expect(again.hasOther("explain", "__proto__", first)).toBe(false);
  // Two who mark at a time lose nothing of each other's.
  again.change(({ setRubric }) => setRubric("explain", [{ ...rubric[0], points: -3 }]));
  marks.change(({ setMark }) => setMark("explain", "ben", second, { items: ["a"] }));
  expect(marks.given("explain", 4, "__proto__", first)?.points).toBe(1);
  marks.change(({ setMark }) => setMark("explain", "ben", second, { items: [] }));
  expect(new HandMarks(folder, "small").markOf("explain", "ben", second)).toBeUndefined();
});

it("throws nothing away that was given by hand", () => {
  const place = join(folder, "record", "small");
  mkdirSync(place, { recursive: true });
  for (const text of ["{", "[]", '{"explain": 3}']) {
    writeFileSync(join(place, "by-hand.json"), text);
    expect(() => new HandMarks(folder, "small")).toThrow("is damaged. It holds the points given by hand");
  }
});

it("hashes what an answer says and shows, and not how often it ran", () => {
  const cell: NotebookCell = {
    ...{ cell_type: "code", id: "p", metadata: {}, source: "plot();", execution_count: 1 },
    outputs: [{ output_type: "display_data", data: { "image/png": "AAAA" }, metadata: {} }],
  };
  const plot: ManualAnswer = { id: "plot", points: 1, text: cell.source, answered: true, cell };
  expect(hashOf({ ...plot, cell: { ...cell, execution_count: 2 } })).toBe(hashOf(plot));
  const other = { ...cell, outputs: [{ ...cell.outputs[0], data: { "image/png": "BBBB" } }] };
  expect(hashOf({ ...plot, cell: other as NotebookCell })).not.toBe(hashOf(plot));
  expect(hashOf({ ...plot, text: "plot(1);" })).not.toBe(hashOf(plot));
});

const hand = (who: string, name: string, text: string) =>
  new Answers(folder, "small").put(who, name, [answer(text)]);

it("writes a table, and reads back the points and comments that somebody changed in it", () => {
  new Answers(folder, "small").ask("small", withExplanation(smallAssignment));
  hand("1", "Ada", "=Because");
  hand("2", "Ben", "It does, as\n“the rule” says.");
  hand("3", "Cleo", "No.");
  hand("4", "Dan", "");
  const [ada, ben, cleo] = ["=Because", "It does, as\n“the rule” says.", "No."].map((t) => hashOf(answer(t)));
  const marks = new HandMarks(folder, "small");
  marks.change(({ setRubric, setMark }) => {
    setRubric("explain", rubric);
    setMark("explain", "2", ben, { items: ["a"] });
    setMark("explain", "3", cleo, { items: ["b"], comment: "Why not?" });
  });
  writeSheet(folder);
  const file = join(folder, "by-hand.csv");
  const text = readFileSync(file, "utf8");
  expect(text.split("\n")).toEqual([
    "assignment,id,name,part,of,answer,points,comment,hash",
    `small,1,Ada,explain,4,'=Because,,,${ada}`,
    `small,2,Ben,explain,4,"It does, as`,
    `“the rule” says.",2,,${ben}`,
    `small,3,Cleo,explain,4,No.,3.5,Why not?,${cleo}`,
    "",
  ]);
  expect(readSheet(folder)).toBe(0);
  // A spreadsheet saves with semicolons and decimal commas; the page changed Ben's mark meanwhile.
  marks.change(({ setMark }) => setMark("explain", "2", ben, { items: ["a", "b"] }));
  const rows = [
    "assignment;id;name;part;of;answer;points;comment;hash",
    `small;3;Cleo;explain;4;No.;3,5;Say why.;${cleo}`,
    `small;2;Ben;explain;4;It;2;;${ben}`,
    `small;1;Ada;explain;4;Be;2,5;'-1 for the sign;${ada}`,
  ];
  writeFileSync(file, `${rows.join("\r\n")}\r\n`);
  expect(readSheet(folder)).toBe(2);
  const now = new HandMarks(folder, "small");
  expect(now.given("explain", 4, "1", ada)).toEqual({ points: 2.5, reasons: [], comment: "-1 for the sign" });
  expect(now.given("explain", 4, "2", ben)?.points).toBe(1.5);
  // Only her comment was changed: her points still follow the rubric.
  expect(now.markOf("explain", "3", cleo)).toEqual({ items: ["b"], comment: "Say why." });
  writeSheet(folder);
  expect(readSheet(folder)).toBe(0);
});

it("names the row of the table that cannot be read back, and takes nothing", () => {
  new Answers(folder, "small").ask("small", withExplanation(smallAssignment));
  hand("1", "Ada", "Yes.");
  writeSheet(folder);
  const file = join(folder, "by-hand.csv");
  const text = readFileSync(file, "utf8");
  const put = (row: string) => writeFileSync(file, text.replace(/^small.*$/m, row));
  const seal = hashOf(answer("Yes."));
  put(`small,1,Ada,explain,4,Yes.,5,,${seal}`);
  expect(() => readSheet(folder)).toThrow('row 2 (1, explain) has "5" points; write a number from 0 to 4');
  put(`small,1,Ada,explain,4,Yes.,good,,${seal}`);
  expect(() => readSheet(folder)).toThrow('has "good" points');
  put(`small,9,Eve,explain,4,Yes.,3,,${seal}`);
  expect(() => readSheet(folder)).toThrow("row 2 (9, explain) was not in the table");
  writeFileSync(file, text.replace(",points,", ",score,"));
  expect(() => readSheet(folder)).toThrow("has no column points");
  expect(existsSync(join(folder, "record", "small", "by-hand.json"))).toBe(false);
});
