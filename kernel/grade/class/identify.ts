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

/** @param file the path, with / between folders; an archive is a folder */
export function identify(file: string, { kind, students }: Roster): Identified {
  const parts = file.split("/").map((part) => part.replace(/\.(ipynb|zip)$/i, ""));
  const markedLate = kind === "canvas" && parts.some((part) => /^[^_]+_LATE_\d+_/.test(part));
  const candidates = [
    byNumber(parts, kind, students),
    byKey(parts, students, (key, part) => key === part),
    byName(parts, students),
    byKey(parts, students, standsIn),
  ];
  const found = candidates.find((list) => list.length > 0) ?? [];
  if (found.length === 1) return { student: found[0], markedLate };
  const why =
    found.length > 1
      ? `its name fits ${found.map(({ name, id }) => `${name} (${id})`).join(" and ")}`
      : "no student of the roster fits its name";
  return { student: undefined, why };
}

/** By the number that the system puts into the names of its downloads. */
function byNumber(parts: readonly string[], kind: Roster["kind"], students: readonly Student[]): Student[] {
  const pattern =
    kind === "canvas"
      ? /^[^_]+_(?:LATE_)?(\d+)_\d+_/
      : kind === "moodle"
        ? /_(\d+)_assignsubmission_/
        : undefined;
  const numbers = parts.flatMap((part) => pattern?.exec(part)?.[1] ?? []);
  return students.filter(({ id }) => numbers.includes(id));
}

/** By a key that fits a part, the longest that does, in the innermost part. */
function byKey(
  parts: readonly string[],
  students: readonly Student[],
  isIn: (key: string, part: string) => boolean,
): Student[] {
  for (const part of parts.toReversed().map((one) => one.toLowerCase())) {
    const fits = students.flatMap((student) => {
      const lengths = student.keys.filter((key) => isIn(key.toLowerCase(), part)).map(({ length }) => length);
      return lengths.length > 0 ? [{ student, length: Math.max(...lengths) }] : [];
    });
    const longest = Math.max(...fits.map(({ length }) => length));
    if (fits.length > 0) return fits.filter(({ length }) => length === longest).map(({ student }) => student);
  }
  return [];
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
function byName(parts: readonly string[], students: readonly Student[]): Student[] {
  for (const part of parts.toReversed()) {
    const said = [part, part.split("_")[0]].map(letters);
    const fits = students.filter(({ name }) =>
      ordersOf(name).some((one) => one !== "" && said.includes(one)),
    );
    if (fits.length > 0) return fits;
  }
  return [];
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
