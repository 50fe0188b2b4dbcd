/** The course for the launcher (kernel/lab/README.md): the notebooks of the site, by their folders, and the course's texts. */
import type { Contents } from "./contents.js";
import { Refusal, route } from "./routes.js";
import type { Route } from "./routes.js";
import type { Shelf } from "./shelf.js";

const TITLES: Readonly<Record<string, string>> = {
  "": "Notebooks",
  lectures: "Lectures",
  psets: "Problem sets",
  experiments: "Experiments",
  talks: "Talks",
  texts: "To look things up",
};

export function courseRoutes(shelf: Shelf, contents: Contents): Route[] {
  return [
    route("GET", /api\/chainrule\/course/, async () => {
      const { files } = await shelf.contents();
      const sections = new Map<string, { path: string; title: string; copy: string }[]>();
      for (const { path, title } of files) {
        // Files that lie beside the notebooks have no title.
        if (title === undefined) continue;
        const folder = path.endsWith(".ipynb") ? path.slice(0, Math.max(0, path.lastIndexOf("/"))) : "texts";
        const notebooks = sections.get(folder) ?? [];
        sections.set(folder, notebooks);
        // A copy is made by itself, when the notebook is saved.
        notebooks.push({ path, title, copy: path });
      }
      return {
        json: {
          sections: [...sections].map(([id, notebooks]) => ({ id, title: TITLES[id] ?? id, notebooks })),
        },
      };
    }),
    route("POST", /api\/chainrule\/course\/open/, async ({ json }) => ({
      json: { path: await known(shelf, (await json()).path), isNew: false },
    })),
    route("POST", /api\/chainrule\/course\/reset/, async ({ json }) => {
      const path = await known(shelf, (await json()).path);
      return { json: { path, kept: await contents.reset(path) } };
    }),
  ];
}

async function known(shelf: Shelf, path: unknown): Promise<string> {
  const found = typeof path === "string" ? await shelf.find(path) : undefined;
  if (!found) throw new Refusal(404, `The course has no notebook or text ${JSON.stringify(path)}.`);
  return found.path;
}
