/** What a corrected key, another test or another seed would change in the grades of a class. */
import type { SubmissionGrade } from "./grade.js";

/** A submission before and after. */
export interface Regraded {
  /** Undefined for a submission that was not graded before. */
  readonly before: SubmissionGrade | undefined;
  readonly after: SubmissionGrade;
}

/**
 * Lines that say what would change: each submission whose points differ, with its parts.
 * @param what what has changed, in words
 */
export function changesToText(assignment: string, what: string, regraded: readonly Regraded[]): string {
  const changed = regraded.filter(
    ({ before, after }) => before !== undefined && linesOf(before, after).length > 0,
  );
  const unknown = regraded.filter(({ before }) => before === undefined).length;
  const known = regraded.length - unknown;
  return [
    `${assignment}: changed since it was graded: ${what}. ${changed.length} of ${known} submissions would get other points.`,
    ...changed.flatMap(({ before, after }) => [
      `  ${after.name}: ${of(before!)} → ${of(after)}`,
      ...linesOf(before!, after).map((line) => `    ${line}`),
    ]),
    ...(unknown > 0 ? [`  ${unknown} more had not been graded before.`] : []),
    "",
  ].join("\n");
}

/** A line for each part whose points differ, that is new, or that is gone. */
function linesOf(before: SubmissionGrade, after: SubmissionGrade): string[] {
  const ids = new Set([...before.parts, ...after.parts].map(({ id }) => id));
  return [...ids].flatMap((id) => {
    const [old, now] = [before, after].map(({ parts }) => parts.find((part) => part.id === id));
    if (old?.points === now?.points && old?.outOf === now?.outOf) return [];
    return [`${id}: ${old ? of(old) : "none"} → ${now ? of(now) : "none"}`];
  });
}

const of = ({ points, outOf }: { points: number; outOf: number }): string => `${points} of ${outOf}`;
