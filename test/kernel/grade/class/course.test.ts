/** The course file, times as others write them, and what lateness costs: every figure. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCourse, timeInWorksheet } from "../../../../kernel/grade/class/course.js";
import { afterLateness, daysLate, latenessOf, latenessToText } from "../../../../kernel/grade/class/late.js";
import { showTime, timeOf } from "../../../../kernel/grade/class/times.js";
import { GradeError } from "../../../../kernel/grade/sources.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-course-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "course.json");
writeFileSync(join(folder, "roster.csv"), "Student,ID,P1 (7)\nA,1,\n");
writeFileSync(
  join(folder, "work.csv"),
  'Identifier,Full name,Grade,Last modified (submission)\nParticipant 1,A,,"Friday, 20 November 2026, 11:59 PM"\nParticipant 2,B,,-\n',
);
const course = (fields: object | string) => {
  writeFileSync(
    file,
    typeof fields === "string"
      ? fields
      : JSON.stringify({ roster: "roster.csv", assignments: {}, ...fields }),
  );
  return readCourse(file);
};

describe("a course file", () => {
  it("gives roster, policy and assignments, in the order of their due dates", () => {
    const { name, roster, late, assignments, timeZone } = course({
      name: "CNN",
      timeZone: "Europe/Berlin",
      late: { graceDays: 2, percentPerDay: 12.5 },
      assignments: {
        open: {},
        p2: { due: "2026-12-01" },
        p1: { due: "2026-11-20 23:59", canvasColumn: "P1 (7)", moodleWorksheet: "work.csv" },
      },
    });
    expect([name, timeZone, roster.students.length]).toEqual(["CNN", "Europe/Berlin", 1]);
    expect(late).toEqual({ graceDays: 2, percentPerDay: 12.5 });
    expect(assignments.map((one) => one.name)).toEqual(["p1", "p2", "open"]);
    expect(assignments[0].due?.toISOString()).toBe("2026-11-20T22:59:00.000Z");
    expect(timeInWorksheet(assignments[0], "1", "UTC")?.toISOString()).toBe("2026-11-20T23:59:00.000Z");
    expect(timeInWorksheet(assignments[0], "2", "UTC")).toBeUndefined();
  });

  it.each([
    ["is not JSON", "{"],
    ["must be an object", "[]"],
    ["roster is missing", { roster: undefined }],
    ["it should be a table", { roster: "none.csv" }],
    ['"dueDates" is not known; there may be name, roster', { dueDates: 1 }],
    ['timeZone "Berlin" is not known', { timeZone: "Berlin" }],
    ["assignments must be an object", { assignments: [] }],
    ['assignments["p1"].due "tomorrow" is no time', { assignments: { p1: { due: "tomorrow" } } }],
    ['assignments["p1"].due "2026-02-30" is no time', { assignments: { p1: { due: "2026-02-30" } } }],
    ['assignments["p1"].canvasColumn "P2" is no column', { assignments: { p1: { canvasColumn: "P2" } } }],
    ["has no column Identifier", { assignments: { p1: { moodleWorksheet: "roster.csv" } } }],
    ["late.graceDays must be a whole number of days, and is 1.5", { late: { graceDays: 1.5 } }],
    ["late.percentPerDay must be a number from 0 to 100, and is 101", { late: { percentPerDay: 101 } }],
    ['late: "perDay" is not known', { late: { perDay: 1 } }],
  ])("is refused: %s", (words, fields) => {
    expect(() => course(fields)).toThrow(words);
    expect(() => course(fields)).toThrow(GradeError);
  });
});

it.each([
  ["2026-11-20T23:59:00+01:00", "2026-11-20T22:59:00.000Z"],
  ["2026-11-20T23:59Z", "2026-11-20T23:59:00.000Z"],
  // On the clock of Berlin: in winter, in summer, and a day alone until its end.
  ["2026-11-20 23:59", "2026-11-20T22:59:00.000Z"],
  ["2026-07-01 12:00:30", "2026-07-01T10:00:30.000Z"],
  ["2026-07-01", "2026-07-01T21:59:59.000Z"],
  // Beside the changes of the clock.
  ["2026-03-29 01:59", "2026-03-29T00:59:00.000Z"],
  ["2026-03-29 03:00", "2026-03-29T01:00:00.000Z"],
  ["2026-10-25 03:00", "2026-10-25T02:00:00.000Z"],
  // nbgrader's timestamp.txt.
  ["2015-02-02 15:58:23.948203 America/Los_Angeles", "2015-02-02T23:58:23.000Z"],
  ["2015-02-02 15:58:23.948203 UTC\n", "2015-02-02T15:58:23.000Z"],
  ["2015-02-02 15:58:23.948203 +0530", "2015-02-02T10:28:23.000Z"],
  // Moodle's worksheet.
  ["Friday, 20 November 2026, 11:59 PM", "2026-11-20T22:59:00.000Z"],
  ["1 July 2026, 12:05 AM", "2026-06-30T22:05:00.000Z"],
  ["1 July 2026, 14:05", "2026-07-01T12:05:00.000Z"],
])("reads the time %s", (text, expected) => {
  expect(timeOf(text, "Europe/Berlin")?.toISOString()).toBe(expected);
});

it.each([
  "",
  "-",
  "soon",
  "2026-13-01",
  "2026-11-20 25:00",
  "2026-11-20 10:00 Nowhere/City",
  "31 June 2026, 10:00",
])("takes %j for no time", (text) => expect(timeOf(text, "UTC")).toBeUndefined());

it("shows a time on the clock of the course", () => {
  expect(showTime(new Date("2026-07-01T22:30:00Z"), "Europe/Berlin")).toBe("2026-07-02 00:30");
});

describe("lateness", () => {
  it("counts days begun", () => {
    const due = new Date("2026-11-20T23:59:00Z");
    const after = (seconds: number) => daysLate(due, new Date(due.getTime() + 1000 * seconds));
    expect([-5, 0, 1, 86400, 86401].map(after)).toEqual([0, 0, 1, 1, 2]);
    expect([daysLate(undefined, due), daysLate(due, undefined)]).toEqual([0, 0]);
  });

  it("costs nothing without a policy", () => {
    expect(latenessOf([3], {})).toEqual([{ days: 3, grace: 0, graceLeft: 0, percent: 0 }]);
    expect(latenessToText(latenessOf([3], {})[0], {}, 9, "18 points by tests")).toBe(
      "3 days late; no points lost.",
    );
  });

  it("uses the grace days of the term in order, then costs by the day, and closes", () => {
    const policy = { graceDays: 3, percentPerDay: 10, closesAfterDays: 7 };
    const all = latenessOf([2, 0, 8, 3, 1], policy);
    expect(all.map(({ grace }) => grace)).toEqual([2, 0, 0, 1, 0]);
    expect(all.map(({ graceLeft }) => graceLeft)).toEqual([1, 1, 1, 0, 0]);
    expect(all.map(({ percent }) => percent)).toEqual([0, 0, 100, 20, 10]);
    expect(all.map((one) => afterLateness(17.5, one))).toEqual([17.5, 17.5, 0, 14, 15.75]);
    expect(all.map((one) => latenessToText(one, policy, 17.5, "18 points by tests"))).toEqual([
      "2 days late; 2 grace days used, 1 left; no points lost.",
      undefined,
      "8 days late; more than 7 days, so it earns nothing: 17.5 become 0 of 18 points by tests.",
      "3 days late; 1 grace day used, 0 left; −20 %: 17.5 become 14 of 18 points by tests.",
      "1 day late; −10 %: 17.5 become 15.75 of 18 points by tests.",
    ]);
  });

  it("takes no more than everything", () => {
    expect(latenessOf([5], { percentPerDay: 30 })[0].percent).toBe(100);
  });
});
