/** Sorts what was handed in: whose it is, for which assignment, when it came, and which of several counts. */
import { hash } from "../record.js";
import { GradeError } from "../sources.js";
import type { FindSource, Source } from "../sources.js";
import { timeInWorksheet } from "./course.js";
import type { Course, CourseAssignment } from "./course.js";
import { notebookOf } from "./hand-ins.js";
import type { HandIn } from "./hand-ins.js";
import { identify, isInDownload } from "./identify.js";
import type { Student } from "./roster.js";
import { showTime, timeOf } from "./times.js";

/** A submission that counts. */
export interface Sorted {
  readonly handIn: HandIn;
  readonly hash: string;
  readonly student: Student;
  readonly assignment: CourseAssignment;
  readonly source: Source;
  readonly handedIn: Date | undefined;
  /** What says when it was handed in: "Moodle", "Blackboard", "timestamp.txt" or "the file". */
  readonly saidBy: string | undefined;
  /** Canvas calls it late. */
  readonly markedLate: boolean;
}

export interface SortedClass {
  readonly counting: readonly Sorted[];
  /** Submissions before those that count. */
  readonly earlier: readonly Sorted[];
  /** Files that belong to nobody or to no assignment, each with the reason. */
  readonly unknown: readonly string[];
  /** Earlier submissions of a student, each with the one that counts. */
  readonly replaced: readonly string[];
}

export function sort(handIns: readonly HandIn[], course: Course, findSource: FindSource): SortedClass {
  const unknown: string[] = [];
  const replaced: string[] = [];
  const counting = new Map<string, Sorted>();
  const before: Sorted[] = [];
  for (const handIn of handIns) {
    const found = look(handIn, course, findSource);
    if (typeof found === "string") {
      unknown.push(`${handIn.path}: ${found}`);
      continue;
    }
    const place = JSON.stringify([found.assignment.name, found.student.id]);
    if (course.counts === "best") {
      // One that was handed in twice as it is counts from the first time.
      const same = `${place}${found.hash}`;
      const twin = counting.get(same);
      if (twin === undefined || isLater(twin, found)) counting.set(same, found);
      continue;
    }
    const other = counting.get(place);
    const [last, earlier] = other && isLater(other, found) ? [other, found] : [found, other];
    counting.set(place, last);
    if (earlier && earlier.hash !== last.hash) {
      before.push(earlier);
      replaced.push(`${earlier.handIn.path}: ${found.student.name} handed in ${last.handIn.path} later`);
    }
  }
  return { counting: [...counting.values()], earlier: before, unknown, replaced };
}

/** @returns why it cannot be graded, if so */
function look(handIn: HandIn, course: Course, findSource: FindSource): Sorted | string {
  const found = identify(handIn.path, course.roster);
  if (found.student === undefined) return found.why;
  const { student, markedLate } = found;
  let source: Source;
  try {
    source = findSource(handIn.path, notebookOf(handIn));
  } catch (error) {
    if (error instanceof GradeError) return `of ${student.name}, but it cannot be graded: ${error.message}`;
    throw error;
  }
  const assignment = course.assignments.find(({ name }) => name === source.assignment);
  if (assignment === undefined)
    return `of ${student.name}, but the course file has no assignment "${source.assignment}"`;
  const time = timeHandedIn(handIn, assignment, student, course);
  return { handIn, hash: hash(handIn.content()), student, assignment, source, markedLate, ...time };
}

/** What the learning management system says goes before timestamp.txt, and that before the file's own time. */
function timeHandedIn(
  handIn: HandIn,
  assignment: CourseAssignment,
  student: Student,
  { roster, timeZone }: Course,
): Pick<Sorted, "handedIn" | "saidBy"> {
  const { timestamp, changed } = handIn;
  const byMoodle = timeInWorksheet(assignment, student.id, timeZone);
  if (byMoodle) return { handedIn: byMoodle, saidBy: "Moodle" };
  const attempt = /_attempt_(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)-(\d\d)(?:_|\.|\/|$)/.exec(handIn.path);
  const byName = attempt && timeOf(`${attempt[1]} ${attempt.slice(2).join(":")}`, timeZone);
  if (byName) return { handedIn: byName, saidBy: "Blackboard" };
  // In a bulk download, a file timestamp.txt is one that the student handed in.
  const isStamp = timestamp !== undefined && !isInDownload(handIn.path, roster);
  const byStamp = isStamp ? timeOf(timestamp, "UTC") : undefined;
  if (byStamp) return { handedIn: byStamp, saidBy: "timestamp.txt" };
  const byFile = typeof changed === "string" ? timeOf(changed, timeZone) : changed;
  return byFile ? { handedIn: byFile, saidBy: "the file" } : { handedIn: undefined, saidBy: undefined };
}

function isLater(one: Sorted, other: Sorted): boolean {
  return (one.handedIn?.getTime() ?? 0) > (other.handedIn?.getTime() ?? 0);
}

/** "handed in 2026-11-21 10:00 (timestamp.txt), due 2026-11-20 23:59" */
export function timesToText(
  handedIn: Date | undefined,
  saidBy: string | undefined,
  due: Date | undefined,
  timeZone: string,
): string {
  const came =
    handedIn === undefined
      ? "handed in at an unknown time"
      : `handed in ${showTime(handedIn, timeZone)} (${saidBy})`;
  return due === undefined ? came : `${came}, due ${showTime(due, timeZone)}`;
}
