/** What failed is told at the end of a run, by name and by the first lines of why; so is what passed only the second time. */
import type { TestModule } from "vitest/node";
import { expect, it } from "vitest";
import { FailedLast } from "./failed-last.js";

interface Test {
  fullName: string;
  state: "passed" | "failed";
  flaky: boolean;
  errors: string[];
}

/** As much of vitest's record of a file as the reporter reads. */
const file = (errors: string[], tests: Test[]) =>
  ({
    project: { name: "unit" },
    relativeModuleId: "test/a.test.ts",
    errors: () => errors.map((message) => ({ message })),
    children: {
      allTests: () =>
        tests.map(({ fullName, state, flaky, errors: messages }) => ({
          fullName,
          result: () => ({ state, errors: messages.map((message) => ({ message })) }),
          diagnostic: () => ({ flaky }),
        })),
    },
  }) as unknown as TestModule;

const told = (...files: TestModule[]): string[] => {
  const lines: string[] = [];
  new FailedLast((line) => lines.push(line)).onTestRunEnd(files);
  return lines;
};

it("names each failed test, and each file that could not be read, with the first six lines of why", () => {
  const errors = ["expected 3 to be 2", "1\n2\n3\n4\n5\n6\n7"];
  expect(
    told(
      file([], [{ fullName: "adds > 2 and 2", state: "passed", flaky: false, errors: [] }]),
      file(["no such module"], []),
      file([], [{ fullName: "adds > 1 and 1", state: "failed", flaky: false, errors }]),
    ),
  ).toEqual([
    "FAILED unit test/a.test.ts",
    "       no such module",
    "FAILED unit test/a.test.ts > adds > 1 and 1",
    "       expected 3 to be 2",
    ...["1", "2", "3", "4", "5"].map((line) => `       ${line}`),
  ]);
});

it("names a test that failed first and passed when it was tried again, with all that is said of why", () => {
  const errors = ["no list. The page: {\n1\n2\n3\n4\n5\n6\n}"];
  expect(told(file([], [{ fullName: "pops up", state: "passed", flaky: true, errors }]))).toEqual([
    "PASSED THE SECOND TIME unit test/a.test.ts > pops up",
    "       no list. The page: {",
    ...["1", "2", "3", "4", "5", "6", "}"].map((line) => `       ${line}`),
  ]);
});
