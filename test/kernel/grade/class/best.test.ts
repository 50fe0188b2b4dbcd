/** Of several submissions the one counts that earns most after what lateness costs, decided in the order of the due dates. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readCourse } from "../../../../kernel/grade/class/course.js";
import { Gradebook } from "../../../../kernel/grade/class/gradebook.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-best-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "roster.csv"), "name,id\nAda Lovelace,ada\n");
const put = (counts: unknown) =>
  writeFileSync(
    join(folder, "course.json"),
    JSON.stringify({
      ...{ roster: "roster.csv", counts, late: { graceDays: 1, percentPerDay: 10 } },
      assignments: { second: { due: "2026-11-20 12:00" }, first: { due: "2026-11-10 12:00" } },
    }),
  );
put("best");
const course = readCourse(join(folder, "course.json"));
const entry = (hash: string, day: number, points: number, given = 0) => ({
  ...{ path: hash, hash, key: "k", outOf: 10, byHand: 0, parts: [], points, given },
  handedIn: `2026-11-${day}T11:00:00.000Z`,
});
const book = (...entries: [string, ReturnType<typeof entry>][]) => {
  const gradebook = new Gradebook(mkdtempSync(join(folder, "g-")), course);
  for (const [assignment, one] of entries) gradebook.add(assignment, "ada", one);
  gradebook.chooseBest();
  return gradebook;
};
const chosen = (gradebook: Gradebook) =>
  ["first", "second"].map((name) => gradebook.entryOf(name, "ada")?.hash);

it("takes the most points, by tests and by hand, after what lateness costs", () => {
  expect(chosen(book(["first", entry("a", 10, 5)], ["first", entry("b", 12, 9)]))).toEqual(["b", undefined]);
  // Two days late, one of them a grace day: 9 become 8.1.
  expect(chosen(book(["first", entry("a", 10, 8, 0.2)], ["first", entry("b", 12, 9)]))[0]).toBe("a");
  expect(chosen(book(["first", entry("a", 10, 8)], ["first", entry("b", 12, 8, 1)]))[0]).toBe("b");
  // Of equals the earlier.
  expect(chosen(book(["first", entry("b", 11, 8)], ["first", entry("a", 10, 8)]))[0]).toBe("a");
});

it("leaves grace days to later assignments only when an earlier one did not use them", () => {
  const late = ["second", entry("late", 21, 10)] as [string, ReturnType<typeof entry>];
  const inTime = ["second", entry("in time", 20, 9.5)] as [string, ReturnType<typeof entry>];
  expect(chosen(book(["first", entry("a", 10, 8)], late, inTime))).toEqual(["a", "late"]);
  expect(chosen(book(["first", entry("a", 11, 8)], late, inTime))).toEqual(["a", "in time"]);
});

it("keeps every submission, each once, through saving and grading again", () => {
  const place = mkdtempSync(join(folder, "g-"));
  const gradebook = new Gradebook(place, course);
  for (const one of [entry("a", 10, 5), entry("b", 10, 9), entry("c", 10, 7)])
    gradebook.add("first", "ada", one);
  gradebook.chooseBest();
  gradebook.save();
  const again = new Gradebook(place, course);
  // A corrected key gives the last more.
  for (const one of [entry("a", 10, 5), entry("b", 10, 8), entry("c", 10, 10)])
    again.add("first", "ada", one);
  again.chooseBest();
  const best = again.entryOf("first", "ada")!;
  expect(best).toMatchObject({ hash: "c", points: 10 });
  expect(best.others?.map(({ hash, points }) => [hash, points])).toEqual([
    ["b", 8],
    ["a", 5],
  ]);
});

it("refuses another word", () => {
  put("first");
  expect(() => readCourse(join(folder, "course.json"))).toThrow(
    'counts must be "last" or "best", and is "first".',
  );
});
