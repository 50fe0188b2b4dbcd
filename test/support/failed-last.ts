/**
 * A reporter that prints which tests failed, and the first lines of why, as the very last lines of a run: a log that was cut to its end
 * still tells them. The default reporter prints them in full, before it counts.
 */
import type { Reporter, TestModule } from "vitest/node";

/** Lines of an error that are printed; the whole error stands further up. */
const LINES = 6;

export class FailedLast implements Reporter {
  /** @param print where the lines go; standard output if not given, where the counts go too */
  constructor(private readonly print: (line: string) => void = console.log) {}

  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      const named = `${module.project.name} ${module.relativeModuleId}`;
      for (const error of module.errors()) this.tell(named, error.message);
      for (const test of module.children.allTests("failed")) {
        this.tell(
          `${named} > ${test.fullName}`,
          test
            .result()
            .errors?.map((error) => error.message)
            .join("\n") ?? "",
        );
      }
    }
  }

  private tell(what: string, why: string): void {
    this.print(`FAILED ${what}`);
    for (const line of why.split("\n").slice(0, LINES)) this.print(`       ${line.slice(0, 200)}`);
  }
}
