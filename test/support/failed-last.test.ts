/** What failed is told at the end of a run, by name and by the first lines of why. */
import type { TestModule } from "vitest/node";
import { expect, it } from "vitest";
import { FailedLast } from "./failed-last.js";

/** As much of vitest's record of a file as the reporter reads. */
const file = (errors: string[], failed: { fullName: string; errors: string[] }[]) =>
  ({
    project: { name: "unit" },
    relativeModuleId: "test/a.test.ts",
    errors: () => errors.map((message) => ({ message })),
    children: {
      allTests: (state: string) =>
        state === "failed"
          ? failed.map((test) => ({
              fullName: test.fullName,
              result: () => ({ state: "failed", errors: test.errors.map((message) => ({ message })) }),
            }))
          : [],
    },
  }) as unknown as TestModule;

it("names each failed test, and each file that could not be read, with the first six lines of why", () => {
  const lines: string[] = [];
  const reporter = new FailedLast((line) => lines.push(line));
  reporter.onTestRunEnd([
    file([], []),
    file(["no such module"], []),
    file([], [{ fullName: "adds > 1 and 1", errors: ["expected 3 to be 2", "1\n2\n3\n4\n5\n6\n7"] }]),
  ]);
  expect(lines).toEqual([
    "FAILED unit test/a.test.ts",
    "       no such module",
    "FAILED unit test/a.test.ts > adds > 1 and 1",
    "       expected 3 to be 2",
    ...["1", "2", "3", "4", "5"].map((line) => `       ${line}`),
  ]);
});
