/** Blackboard's files as they are: the Grade Center's download in UTF-16 as the roster, attempts by their names, the upload. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readCourse } from "../../../../kernel/grade/class/course.js";
import { toBlackboard } from "../../../../kernel/grade/class/exports.js";
import { Gradebook } from "../../../../kernel/grade/class/gradebook.js";
import { identify } from "../../../../kernel/grade/class/identify.js";
import { sort } from "../../../../kernel/grade/class/sort.js";
import { formatNotebook } from "../../../../kernel/notebook/format.js";
import { smallAssignment } from "../../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-blackboard-"));
afterAll(() => rmSync(folder, { recursive: true }));
const COLUMN = "Small [Total Pts: 6 Score] |4711";
const rows = [
  ["Last Name", "First Name", "Username", "Student ID", "Last Access", "Availability", COLUMN],
  ["Lee", "Ann", "lee", "s1", "", "Yes", ""],
  ["Lee", "Ann B.", "ann_lee", "s2", "", "Yes", ""],
  ["Hopper", "Grace", "ghopper", "s3", "", "Yes", ""],
].map((row) => row.map((cell) => `"${cell}"`).join("\t"));
writeFileSync(join(folder, "gc.xls"), Buffer.from(`\uFEFF${rows.join("\r\n")}\r\n`, "utf16le"));
const put = (assignments: object) =>
  writeFileSync(
    join(folder, "course.json"),
    JSON.stringify({ roster: "gc.xls", timeZone: "Europe/Berlin", assignments }),
  );
put({ small: { due: "2026-11-20", blackboardColumn: COLUMN } });
const course = readCourse(join(folder, "course.json"));

it("reads the roster, and knows whose an attempt is and when it came", () => {
  expect(course.roster.kind).toBe("blackboard");
  expect(course.roster.students.map(({ id, name }) => [id, name])).toEqual([
    ["lee", "Lee, Ann"],
    ["ann_lee", "Lee, Ann B."],
    ["ghopper", "Hopper, Grace"],
  ]);
  const whose = (file: string) => identify(`gradebook.zip/${file}`, course.roster).student?.id;
  expect(whose("Small_lee_attempt_2026-11-20-23-59-58_small.ipynb")).toBe("lee");
  expect(whose("Small_ann_lee_attempt_2026-11-20-23-59-58_ghopper.ipynb")).toBe("ann_lee");
  expect(whose("Small_nobody_attempt_2026-11-20-23-59-58_ghopper.ipynb")).toBeUndefined();
  const handIn = {
    path: "gradebook.zip/Small_ghopper_attempt_2026-11-20-23-59-58_small.ipynb",
    content: () => new TextEncoder().encode(formatNotebook(smallAssignment)),
    ...{ timestamp: undefined, changed: new Date() },
  };
  const found = sort([handIn], course, () => ({ assignment: "small", notebook: smallAssignment }));
  expect(found.unknown).toEqual([]);
  expect(found.counting).toMatchObject([
    { student: { id: "ghopper" }, saidBy: "Blackboard", handedIn: new Date("2026-11-20T22:59:58Z") },
  ]);
});

it("takes timestamp.txt for nbgrader's only where no system's download is: there it is the student's", () => {
  const found = (file: string) => {
    const own = mkdtempSync(join(folder, "own-"));
    writeFileSync(join(own, "roster.csv"), "name,id\nAda Lovelace,ada\n");
    writeFileSync(
      join(own, "course.json"),
      JSON.stringify({ roster: "roster.csv", assignments: { small: {} } }),
    );
    const handIn = {
      path: file,
      content: () => new TextEncoder().encode(formatNotebook(smallAssignment)),
      ...{ timestamp: "2026-11-01 09:00:00 UTC", changed: "2026-11-20 10:00:00" },
    };
    const source = { assignment: "small", notebook: smallAssignment };
    return sort([handIn], readCourse(join(own, "course.json")), () => source).counting[0];
  };
  expect(found("submitted/ada/small/small.ipynb")).toMatchObject({ saidBy: "timestamp.txt" });
  expect(found("m.zip/Ada Lovelace_41_assignsubmission_file/small.ipynb")).toMatchObject({
    ...{ saidBy: "the file", handedIn: new Date("2026-11-20T10:00:00Z") },
  });
});

it("writes the upload: an empty cell for who handed in nothing, and a warning about another maximum", () => {
  const gradebook = new Gradebook(folder, course);
  gradebook.set("small", "ghopper", {
    ...{
      path: "x",
      hash: "h",
      key: "k",
      points: 3,
      outOf: 4,
      byHand: 0,
      given: 1.5,
      marked: 4,
      handOutOf: 4,
    },
    parts: [],
  });
  const { csv, warnings } = toBlackboard(course, gradebook)!;
  expect(csv.split("\n")).toEqual([
    `Last Name,First Name,Username,${COLUMN}`,
    "Lee,Ann,lee,",
    "Lee,Ann B.,ann_lee,",
    "Hopper,Grace,ghopper,4.5",
    "",
  ]);
  expect(warnings).toEqual([
    `Blackboard's ${COLUMN} counts up to 6 points, and the tests give up to 4 and people up to 4; points go out as they are.`,
  ]);
});

it("names a column that is not there", () => {
  put({ small: { blackboardColumn: "Small" } });
  expect(() => readCourse(join(folder, "course.json"))).toThrow(
    'blackboardColumn "Small" is no column of the roster',
  );
});
