/**
 * Whose submission a file is. Its path says it: by the names of a learning management system's bulk download, by the
 * folder that nbgrader keeps for each student, or by a login, an e-mail address or a name in a folder's or the file's own
 * name.
 */
import type { Roster, Student } from "./roster.js";

/** The student, or why there is none. */
export type Identified =
  | { readonly student: Student; /** Canvas says that it was late. */ readonly markedLate: boolean }
  | { readonly student: undefined; readonly why: string };

/**
 * The name of a learning management system's download says it alone: what follows in it was chosen by the student. Else
 * every part of the path is asked, and those that name somebody must agree.
 * @param file the path, with / between folders; an archive is a folder
 */
export function identify(file: string, { kind, students }: Roster): Identified {
  const parts = file.split("/").map(withoutEnding);
  const download = parts.map((part) => inDownload(part, kind)).find((one) => one !== undefined);
  if (download !== undefined) {
    const { number, name, username, markedLate } = download;
    if (username !== undefined) {
      const fits = students.filter(({ id }) => `_${username}`.toLowerCase().endsWith(`_${id.toLowerCase()}`));
      // "ann_lee" ends with "lee" too, and is longer.
      const longest = Math.max(...fits.map(({ id }) => id.length));
      return oneOf(
        fits.filter(({ id }) => id.length === longest),
        markedLate,
      );
    }
    const byNumber = number === undefined ? [] : students.filter(({ id }) => id === number);
    return oneOf(byNumber.length > 0 || name === undefined ? byNumber : byName(name, students), markedLate);
  }
  const named = parts.map((part) => inPart(part, students)).filter((list) => list.length > 0);
  const [first = [], ...others] = named;
  const agreed = first.filter((student) => others.every((list) => list.includes(student)));
  return oneOf(agreed.length > 0 ? agreed : [...new Set(named.flat())], false);
}

/** Whether a file is from a bulk download of a learning management system, so that what lies beside it is the student's. */
export function isInDownload(file: string, { kind }: Roster): boolean {
  return file.split("/").some((part) => inDownload(withoutEnding(part), kind) !== undefined);
}

/**
 * The name under which Canvas or Moodle takes a report on a submission: as its download called the submission.
 * @param report the report's own name
 * @returns undefined for a file from elsewhere
 */
export function nameToTakeBack(file: string, { kind }: Roster, report: string): string | undefined {
  // Blackboard takes none back.
  if (kind === "blackboard") return undefined;
  const part = file.split("/").find((one) => inDownload(withoutEnding(one), kind) !== undefined);
  if (part === undefined) return undefined;
  const stem = withoutEnding(part);
  return stem === part ? `${part}/${report}` : `${stem}.html`;
}

function withoutEnding(part: string): string {
  return part.replace(/\.(ipynb|zip)$/i, "");
}

function oneOf(found: readonly Student[], markedLate: boolean): Identified {
  if (found.length === 1) return { student: found[0], markedLate };
  const why =
    found.length > 1
      ? `its name fits ${found.map(({ name, id }) => `${name} (${id})`).join(" and ")}`
      : "no student of the roster fits its name";
  return { student: undefined, why };
}

/** What the beginning of a download's name says: `hoppergrace_LATE_102_9001_…`, `Grace Hopper_42_assignsubmission_file_…`, `P1_ghopper_attempt_2026-11-20-23-59-00_…`. */
function inDownload(
  part: string,
  kind: Roster["kind"],
):
  | {
      number?: string;
      name?: string;
      /** It follows the assignment's name. */ username?: string;
      markedLate: boolean;
    }
  | undefined {
  if (kind === "blackboard") {
    const attempt = /^(.+)_attempt_\d{4}(?:-\d\d){5}(?:_|$)/.exec(part);
    return attempt ? { username: attempt[1], markedLate: false } : undefined;
  }
  const moodle = /^(.*?)_(\d+)_assignsubmission_/.exec(part);
  if (moodle)
    return { number: kind === "moodle" ? moodle[2] : undefined, name: moodle[1], markedLate: false };
  const canvas = kind === "canvas" ? /^[^_]+_(LATE_)?(\d+)_\d+_/.exec(part) : null;
  return canvas ? { number: canvas[2], markedLate: canvas[1] !== undefined } : undefined;
}

/** Whom one part of a path names: by a key that it is, by a name, or by a key that it begins or ends with. */
function inPart(part: string, students: readonly Student[]): Student[] {
  const lower = part.toLowerCase();
  const exact = students.filter(({ keys }) => keys.some((key) => key.toLowerCase() === lower));
  if (exact.length > 0) return exact;
  const named = byName(part, students);
  if (named.length > 0) return named;
  const fits = students.flatMap((student) => {
    const lengths = student.keys
      .filter((key) => standsIn(key.toLowerCase(), lower))
      .map(({ length }) => length);
    return lengths.length > 0 ? [{ student, length: Math.max(...lengths) }] : [];
  });
  // "s-1" also begins "s-1_2", which is longer.
  const longest = Math.max(...fits.map(({ length }) => length));
  return fits.filter(({ length }) => length === longest).map(({ student }) => student);
}

/**
 * Whether a key stands at the beginning or the end of a part. One of letters alone does not count there: "ann" is not
 * the student of ann_smith.ipynb.
 */
function standsIn(key: string, part: string): boolean {
  const at = part.startsWith(key) ? 0 : part.endsWith(key) ? part.length - key.length : -1;
  if (at < 0 || !/[\d@]/.test(key)) return false;
  const [before, after] = [part[at - 1], part[at + key.length]];
  return [before, after].every((letter) => letter === undefined || /[\s_.-]/.test(letter));
}

/** By the name, in either order, without accents, spaces and signs; it stands before the first _ or is the whole. */
function byName(part: string, students: readonly Student[]): Student[] {
  const said = [part, part.split("_")[0]].map(letters);
  return students.filter(({ name }) => ordersOf(name).some((one) => one !== "" && said.includes(one)));
}

/** "Lovelace, Ada" and "Ada Lovelace" → "lovelaceada" and "adalovelace". */
function ordersOf(name: string): string[] {
  const words = name.split(/[\s,]+/).filter(Boolean);
  return words.map((_, i) => letters([...words.slice(i), ...words.slice(0, i)].join("")));
}

function letters(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}
