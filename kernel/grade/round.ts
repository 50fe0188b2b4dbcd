/** The grading of one assignment's submissions: all on the same terms, and none twice. */
import { randomInt } from "node:crypto";
import type { Runs } from "../../lib/host/place-contract.js";
import type { Notebook } from "../notebook/format.js";
import { changesToText } from "./changes.js";
import type { Regraded } from "./changes.js";
import { grade, LIMITS } from "./grade.js";
import type { SubmissionGrade } from "./grade.js";
import { areSame, keyOf, whatDiffers } from "./record.js";
import type { Records, Terms } from "./record.js";
import { GradeError } from "./sources.js";
import type { Source } from "./sources.js";
import { makeStage, removeStage } from "./stage.js";
import type { Stage } from "./stage.js";

export interface RoundOptions {
  /** The seed of the tests; default: the one of before, else a new one. */
  readonly seed?: number | undefined;
  /** Seconds for one call; default: as before, else `LIMITS.call`. */
  readonly timeout?: number | undefined;
  /** Terms that differ from those of before replace them. */
  readonly accept?: boolean | undefined;
  /** Other machines that grade; this one unless given. */
  readonly runs?: Runs | undefined;
}

/** What a place needs to grade an assignment: the same for all its submissions. */
export interface GradeProgram {
  readonly source: Notebook;
  readonly seed: number;
  readonly timeout: number;
}

export interface GradeTask {
  readonly name: string;
  readonly submission: Notebook;
}

/** How often a submission is graded anew whose machine gave no grade. */
const RETRIES = 1;

export class Round {
  readonly #source: Source;
  readonly #records: Records | undefined;
  readonly #before: Terms | undefined;
  readonly #terms: Terms;
  readonly #regraded: Regraded[] = [];
  readonly #runs: Runs | undefined;
  #program: GradeProgram | undefined;
  #stage: Promise<Stage> | undefined;
  /** Whether the terms differ from those that the grades stand on, and were not accepted: no grade may be written. */
  readonly isProposed: boolean;

  /** @param records the grades of before, and where new ones are kept; without them every submission runs */
  constructor(source: Source, { seed, timeout, accept, runs }: RoundOptions, records?: Records) {
    this.#runs = runs;
    this.#source = source;
    this.#records = records;
    const before = (this.#before = records?.termsOf(source.assignment));
    this.#terms = {
      key: keyOf(source.notebook),
      seed: seed ?? before?.seed ?? randomInt(1, 2 ** 31),
      timeout: timeout ?? before?.timeout ?? LIMITS.call,
    };
    this.isProposed = before !== undefined && !areSame(before, this.#terms) && !accept;
    // The seed is kept before the first submission runs, so that it outlives a crash.
    if (!this.isProposed) records?.accept(source.assignment, this.#terms);
  }

  /**
   * The grade of a submission, from the records or by running it.
   * @param hash the submission's
   */
  async grade(
    name: string,
    hash: string,
    submission: Notebook,
  ): Promise<{ result: SubmissionGrade; wasKnown: boolean }> {
    const { assignment } = this.#source;
    const known = this.#records?.find(assignment, hash, this.#terms);
    const result = known === undefined ? await this.#run(name, submission) : { ...known, name };
    if (known === undefined) this.#records?.keep(assignment, hash, this.#terms, result);
    if (this.isProposed) {
      const before = this.#records!.find(assignment, hash, this.#before!);
      // Only points are compared.
      this.#regraded.push({ before: before && { ...before, tested: [] }, after: { ...result, tested: [] } });
    }
    return { result, wasKnown: known !== undefined };
  }

  /** What would change, in lines. */
  changes(): string {
    return changesToText(this.#source.assignment, whatDiffers(this.#before!, this.#terms), this.#regraded);
  }

  /** Removes the folders that the submissions ran in. */
  async end(): Promise<void> {
    if (this.#stage) removeStage(await this.#stage);
  }

  async #run(name: string, submission: Notebook): Promise<SubmissionGrade> {
    const { notebook } = this.#source;
    if (this.#runs) return this.#runElsewhere(this.#runs, name, submission);
    const stage = await (this.#stage ??= makeStage(notebook));
    const { seed, timeout } = this.#terms;
    return grade(name, notebook, submission, { stage, seed, limits: { ...LIMITS, call: timeout } });
  }

  async #runElsewhere(runs: Runs, name: string, submission: Notebook): Promise<SubmissionGrade> {
    const { seed, timeout } = this.#terms;
    const program = (this.#program ??= { source: this.#source.notebook, seed, timeout });
    for (let tried = 0; ; tried++) {
      const ran = await runs.run(program, { name, submission } satisfies GradeTask);
      if (ran.ended === undefined) return ran.answer as SubmissionGrade;
      if (tried === RETRIES)
        throw new GradeError(`${name}: ${ran.ended}${ran.host ? ` (on ${ran.host})` : ""}.`);
    }
  }
}
