/**
 * How `npm run docs` makes the reference of the public doors: a page a door, by the name that it is imported by. Names
 * are described on the page of their room; the page of "chainrule" leads there.
 */
import { readFileSync } from "node:fs";
import { Comment, Converter } from "typedoc";

const read = (file) => readFileSync(new URL(file, import.meta.url), "utf8");
const { exports } = JSON.parse(read("package.json"));

/** By the name that it is imported by, the source file of each door. */
const doors = new Map(
  Object.entries(exports)
    .filter(([subpath, { types }]) => types !== undefined && subpath !== "./plugin")
    .map(([subpath, { types }]) => [
      `chainrule${subpath.slice(1)}`,
      types.replace("./dist/", "").replace(/\.d\.ts$/, ".ts"),
    ]),
);

// A name is described on the first page that has it.
const first = ["chainrule/functions", "chainrule/onnx"];
const last = ["chainrule/exchange", "chainrule"];
const rank = (name) => (first.includes(name) ? -1 : last.indexOf(name) + 1);
const inOrder = [...doors].sort(([a], [b]) => rank(a) - rank(b));

const moved = new Set([...read("lib/moved.ts").matchAll(/^ {2}(?:type )?(\w+),$/gm)].map(([, name]) => name));

/** What a file's first lines say that it is. */
function firstComment(file) {
  const [, text] = /^\/\*\*(.*?)\*\//s.exec(read(file));
  return text.replace(/^\s*\* ?/gm, "").trim();
}

/** @param {import("typedoc").Application} app */
function nameDoors(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const page of project.children ?? []) {
      const door = inOrder.find(([, file]) => file.replace(/(\/index)?\.ts$/, "") === page.name);
      if (!door) throw new Error(`docs: no door is called "${page.name}".`);
      page.name = door[0];
      page.comment = new Comment([{ kind: "text", text: firstComment(door[1]) }]);
    }
    const root = project.children?.find(({ name }) => name === "chainrule");
    for (const name of [...(root?.children ?? [])])
      if (name.isReference() && moved.has(name.name)) project.removeReflection(name);
  });
}

/** @type {import("typedoc").TypeDocOptions} */
export default {
  name: "chainrule",
  entryPoints: inOrder.map(([, file]) => file),
  sortEntryPoints: false,
  tsconfig: "tsconfig.json",
  out: "build/docs",
  readme: "none",
  githubPages: false,
  excludePrivate: true,
  disableGit: true,
  sourceLinkTemplate: "../../../{path}#L{line}",
  plugin: [nameDoors],
  // That every name is described is held by test/door.test.ts, which also knows what is inherited.
  validation: { notExported: true, invalidLink: true, notDocumented: false },
  treatValidationWarningsAsErrors: true,
  // Types that others are computed from; see test/door.test.ts.
  intentionallyNotExported: ["operations", "KindOf"],
};
