/** What a late submission costs, by the rules of the course: data in the course file, not code. */

/** Without any of these, lateness is shown and costs nothing. */
export interface LatePolicy {
  /** Days of the term that a student may be late without a loss, used up in the order of the due dates. */
  readonly graceDays?: number;
  /** The part of the points that each further day begun costs, in percent of what was earned. */
  readonly percentPerDay?: number;
  /** After so many days late, grace days included, a submission earns nothing. */
  readonly closesAfterDays?: number;
}

/** How late one submission is, and what that costs. */
export interface Lateness {
  /** Days begun since it was due; 0 in time. */
  readonly days: number;
  /** Grace days that it uses. */
  readonly grace: number;
  /** Grace days that the student has left after it. */
  readonly graceLeft: number;
  /** Percent of the points earned that it loses, from 0 to 100. */
  readonly percent: number;
}

const DAY = 24 * 60 * 60 * 1000;

/** The days begun since a submission was due; 0 in time, and when one of the times is not known. */
export function daysLate(due: Date | undefined, handedIn: Date | undefined): number {
  if (due === undefined || handedIn === undefined) return 0;
  return Math.max(0, Math.ceil((handedIn.getTime() - due.getTime()) / DAY));
}

/**
 * What each of a student's submissions of the term costs.
 * @param days the days late, in the order of the due dates
 */
export function latenessOf(days: readonly number[], policy: LatePolicy): Lateness[] {
  const { graceDays = 0, percentPerDay = 0, closesAfterDays = Infinity } = policy;
  let left = graceDays;
  return days.map((late) => {
    const isClosed = late > closesAfterDays;
    // A submission that earns nothing uses up no grace days.
    const grace = isClosed ? 0 : Math.min(left, late);
    left -= grace;
    const percent = isClosed ? 100 : Math.min(100, (late - grace) * percentPerDay);
    return { days: late, grace, graceLeft: left, percent };
  });
}

/** The points that are left, rounded to hundredths. */
export function afterLateness(points: number, { percent }: Lateness): number {
  return Math.round(points * (100 - percent)) / 100;
}

/**
 * A sentence for the report; undefined in time.
 * @param points those earned
 * @param of what they are out of: "18 points by tests"
 */
export function latenessToText(
  lateness: Lateness,
  policy: LatePolicy,
  points: number,
  of: string,
): string | undefined {
  const { days, grace, graceLeft, percent } = lateness;
  if (days === 0) return undefined;
  const closed = policy.closesAfterDays !== undefined && days > policy.closesAfterDays;
  const parts = [
    `${plural(days, "day")} late`,
    grace > 0 && `${plural(grace, "grace day")} used, ${graceLeft} left`,
    closed
      ? `more than ${plural(policy.closesAfterDays, "day")}, so it earns nothing: ${points} become 0 of ${of}`
      : percent > 0
        ? `−${percent} %: ${points} become ${afterLateness(points, lateness)} of ${of}`
        : "no points lost",
  ];
  return `${parts.filter(Boolean).join("; ")}.`;
}

function plural(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}
