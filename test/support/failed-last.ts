/**
 * A reporter that prints which tests failed, and the first lines of why, as the very last lines of a run: a log that was cut to its end
 * still tells them. The default reporter prints them in full, before it counts. A test that passed only when it was tried again is told
 * too, with what failed the first time.
 */
import type { Reporter, TestModule } from "vitest/node";

/** How many lines of an error are printed, and of each how many characters; the whole error stands further up. */
const SHORT = { lines: 6, width: 200 };

/** Of an error that a second try passed, which is printed nowhere else. */
const ONLY_HERE = { lines: 60, width: 700 };

export class FailedLast implements Reporter {
  /** @param print where the lines go; standard output if not given, where the counts go too */
  constructor(private readonly print: (line: string) => void = console.log) {}

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      const named = `${module.project.name} ${module.relativeModuleId}`;
      for (const error of module.errors()) this.tell(`FAILED ${named}`, error.message);
      for (const test of module.children.allTests()) {
        const { state, errors = [] } = test.result();
        const why = errors.map((error) => error.message).join("\n");
        if (state === "failed") this.tell(`FAILED ${named} > ${test.fullName}`, why);
        else if (test.diagnostic()?.flaky)
          this.tell(`PASSED THE SECOND TIME ${named} > ${test.fullName}`, why, ONLY_HERE);
      }
    }
  }

  private tell(what: string, why: string, { lines, width } = SHORT): void {
    this.print(what);
    for (const line of why.split("\n").slice(0, lines)) this.print(`       ${line.slice(0, width)}`);
  }
}
