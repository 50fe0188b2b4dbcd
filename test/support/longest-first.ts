/**
 * The order of the test files: those that are known to take minutes begin first, so that the end of a run does not wait for one that began
 * last. A fresh clone has no times of an earlier run, and a file's size, by which vitest goes then, says little.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** @param longest the names of the files from the project's root on, the longest first */
export const longestFirst = (longest: readonly string[]): typeof BaseSequencer =>
  class LongestFirst extends BaseSequencer {
    override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
      const rank = ({ moduleId }: TestSpecification): number => {
        const place = longest.findIndex((name) => moduleId.endsWith(`/${name}`));
        return place < 0 ? longest.length : place;
      };
      return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
    }
  };
