/** The course as it comes with the package, notebooks and texts: which there are, what they are called, what is in them. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { assign } from "../../grade/assign.js";
import { roleOf } from "../../grade/nbgrader.js";
import { formatNotebook, parseNotebook } from "../../notebook/format.js";

/** A notebook of the course, or a text. */
export interface Volume {
  /** Its name in the course: "lectures/20-first-convnet.ipynb", "REFERENCES.md". */
  readonly path: string;
  /** Its first heading. */
  readonly title: string;
  /** The file that a user gets. */
  read(): Buffer;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly notebooks: readonly Volume[];
}

/** The sections and where their notebooks lie. */
const SECTIONS = [
  { id: "lectures", title: "Lectures", folder: ["lectures"] },
  { id: "psets", title: "Problem sets", folder: ["psets", "source"] },
  { id: "experiments", title: "Experiments", folder: ["experiments"] },
  { id: "talks", title: "Talks", folder: ["talks"] },
] as const;

/** The texts that notebooks lead to, and those that these lead to in turn. */
const TEXTS = ["README.md", "PLAN.md", "GLOSSARY.md", "REFERENCES.md", "instructor.md", "psets/README.md"];

/** The package on npm has no instructors' notebooks, but what `npm run build:psets` has made of them. */
const STUDENTS = ["..", "dist", "psets"];

/** The sections of notebooks, without those that are empty. @param folder the package's folder of notebooks */
export function readShelf(folder: string): Section[] {
  return SECTIONS.map(({ id, title, folder: names }) => {
    const source = join(folder, ...names);
    const isReleased = id === "psets" && !existsSync(source);
    const place = isReleased ? join(folder, ...STUDENTS) : source;
    const files = existsSync(place) ? readdirSync(place).filter((name) => name.endsWith(".ipynb")) : [];
    const notebooks = files.sort().map((name): Volume => {
      const file = join(place, name);
      const read = id === "psets" ? () => problemSet(file, { isReleased, folder }) : () => readFileSync(file);
      return { path: `${id}/${name}`, title: titleOf(file) ?? name, read };
    });
    return { id, title, notebooks };
  }).filter(({ notebooks }) => notebooks.length > 0);
}

/** The texts that are there. @param folder the package's folder of notebooks */
export function readTexts(folder: string): Section {
  const files = TEXTS.filter((name) => existsSync(join(folder, name)));
  const notebooks = files.map((path): Volume => {
    const file = join(folder, path);
    const heading = /^# (.+)$/m.exec(readFileSync(file, "utf8"))?.[1];
    return { path, title: heading?.trim() ?? path, read: () => readFileSync(file) };
  });
  return { id: "texts", title: "To look things up", notebooks };
}

/** What a student gets: stubs in place of solutions, no hidden tests, and links to the lectures. */
function problemSet(file: string, { isReleased, folder }: { isReleased: boolean; folder: string }): Buffer {
  const notebook = parseNotebook(readFileSync(file, "utf8"), file);
  const students = isReleased ? notebook : assign(notebook);
  for (const cell of students.cells)
    // The assignment's own cells are compared with the source when they come back.
    if (cell.cell_type === "markdown" && roleOf(cell) === undefined)
      cell.source = withLectures(cell.source, folder);
  return Buffer.from(formatNotebook(students));
}

/** Handed out alone, a problem set only names the files of lectures; the copies of both lie side by side. */
function withLectures(source: string, folder: string): string {
  return source.replace(/\(`(lectures\/[^`/]+\.ipynb)`\)/g, (named: string, path: string) =>
    existsSync(join(folder, path)) ? `([${path}](../${encodeURI(path)}))` : named,
  );
}

/** How much of a file is looked through for its title: the first cell is the first thing in it. */
const BEGINNING = 8192;

/** The first heading of a notebook, without reading its pictures. */
function titleOf(file: string): string | undefined {
  const bytes = Buffer.alloc(BEGINNING);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  // A line of a cell as JSON writes it.
  const line = /"# (?:[^"\\]|\\.)*"/.exec(bytes.toString("utf8"))?.[0];
  return line === undefined ? undefined : (JSON.parse(line) as string).slice(1).trim();
}
