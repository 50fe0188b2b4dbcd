/** A class from its course file to its tables, by the command: an archive from Canvas with the sample submissions. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, unzipSync, zipSync } from "fflate";
import { afterAll, expect, it } from "vitest";
import { readTable } from "../../../../kernel/grade/class/table.js";
import { hash } from "../../../../kernel/grade/record.js";
import { formatNotebook } from "../../../../kernel/notebook/format.js";
import { projectRoot } from "../../../support/shared.js";
import { smallAssignment, withCell } from "../../../support/small-assignment.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-class-"));
afterAll(() => rmSync(folder, { recursive: true }));
const put = (name: string, content: string | Uint8Array) => writeFileSync(join(folder, name), content);

it("grades whom it knows, takes off what lateness costs, and lists the rest", () => {
  put(
    "roster.csv",
    `Student,ID,SIS User ID,SIS Login ID,Section,P1 (7),Small (8)
    Points Possible,,,,,18,4
"Lovelace, Ada",101,s1,ada,A,,
"Hopper, Grace",102,s2,grace,A,,
"Turing, Alan",103,s3,alan,A,,
`,
  );
  put(
    "course.json",
    JSON.stringify({
      ...{ roster: "roster.csv", timeZone: "Europe/Berlin", late: { percentPerDay: 10 } },
      assignments: {
        "p1-convolution-1d": { due: "2026-11-20 23:59", canvasColumn: "P1 (7)" },
        small: { due: "2026-11-27 23:59", canvasColumn: "Small (8)" },
      },
    }),
  );
  const half = readFileSync(join(projectRoot, "notebooks/psets/samples/half-right.ipynb"));
  const small = formatNotebook(smallAssignment);
  const wrong = formatNotebook(withCell("double", "function double(x: number) { return x; }"));
  const on = (day: number) => ({ mtime: new Date(2026, 10, day, 12) });
  put(
    "bulk.zip",
    zipSync({
      // A day and a half late.
      "hoppergrace_LATE_102_9001_p1.ipynb": [new Uint8Array(half), on(22)],
      "lovelaceada_101_9002_small.ipynb": [strToU8(wrong), on(21)],
      "lovelaceada_101_9003_small-1.ipynb": [strToU8(small), on(22)],
      "nobodyelse_999_9004_small.ipynb": [strToU8(small), on(21)],
      "turingalan_103_9005_small.ipynb": [strToU8("{ no"), on(21)],
    }),
  );
  // The samples are of P1, and "small" has a source of its own.
  const sources = mkdtempSync(join(folder, "sources-"));
  writeFileSync(join(sources, "small.ipynb"), small);
  writeFileSync(
    join(sources, "p1-convolution-1d.ipynb"),
    readFileSync(join(projectRoot, "notebooks/psets/source/p1-convolution-1d.ipynb")),
  );
  const cli = join(projectRoot, "dist", "kernel", "cli.js");
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      cli,
      "grade",
      "bulk.zip",
      "--course",
      "course.json",
      "--source",
      sources,
      "--report",
      "html",
      "--json",
      "--seed",
      "5",
    ],
    { cwd: folder, encoding: "utf8" },
  );
  const { submissions, refused } = JSON.parse(stdout) as {
    submissions: { name: string; points: number; notes: string[] }[];
    refused: string[];
  };
  expect(status, stderr).toBe(1);
  expect(submissions.map(({ name }) => name)).toEqual([
    "Hopper, Grace, p1-convolution-1d",
    "Lovelace, Ada, small",
  ]);
  const [grace, ada] = submissions;
  expect(grace.notes).toContain(
    `It was handed in 2026-11-22 12:00 (the file), due 2026-11-20 23:59: 2 days late; −20 %: ${grace.points} become ${Math.round(80 * grace.points) / 100} of 18 points by tests.`,
  );
  expect(ada.notes).toContain("It was handed in 2026-11-22 12:00 (the file), due 2026-11-27 23:59.");
  expect(ada.notes).toContain(`The SHA-256 of the file is ${hash(small)}.`);
  expect(ada.points).toBe(4);
  expect(refused).toEqual([
    "bulk.zip/nobodyelse_999_9004_small.ipynb: no student of the roster fits its name",
    expect.stringContaining("turingalan_103_9005_small.ipynb: of Turing, Alan, but it cannot be graded"),
  ]);
  expect(stderr).toContain("lovelaceada_101_9002_small.ipynb: Lovelace, Ada handed in");
  expect(stderr).toContain("small: 2 of 3 have no graded notebook: Hopper, Grace; Turing, Alan");

  const out = join(folder, "graded");
  expect(readdirSync(out).sort()).toEqual([
    ...["by-hand.csv", "canvas.csv", "class.csv", "class.html"],
    ...["feedback-p1-convolution-1d.zip", "feedback-small.zip", "grades.csv"],
    ...["p1-convolution-1d-102.html", "record", "small-101.html"],
  ]);
  // Canvas takes the reports back by the names of its own download.
  for (const [archive, name, report] of [
    ["feedback-small.zip", "lovelaceada_101_9003_small-1.html", "small-101.html"],
    ["feedback-p1-convolution-1d.zip", "hoppergrace_LATE_102_9001_p1.html", "p1-convolution-1d-102.html"],
  ]) {
    const entries = unzipSync(readFileSync(join(out, archive)));
    expect(Object.keys(entries)).toEqual([name]);
    expect(Buffer.from(entries[name]).equals(readFileSync(join(out, report)))).toBe(true);
  }
  const rows = readTable("canvas.csv", readFileSync(join(out, "canvas.csv"), "utf8")).rows;
  expect(rows.map((row) => [row["P1 (7)"], row["Small (8)"]])).toEqual([
    ["18", "4"],
    ["", "4"],
    [String(Math.round(80 * grace.points) / 100), ""],
    ["", ""],
  ]);
  const page = readFileSync(join(out, "class.html"), "utf8");
  expect(page).toContain("the filter read in the wrong direction");
  expect(readFileSync(join(out, "p1-convolution-1d-102.html"), "utf8")).toContain("2 days late");
}, 3_600_000);
