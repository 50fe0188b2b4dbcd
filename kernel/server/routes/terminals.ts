/** Routes of terminals. What is typed and printed goes over `terminals/websocket/NAME`. */
import { stat } from "node:fs/promises";
import type { RootFolder } from "../files/root-folder.js";
import { HttpError } from "../http/http-error.js";
import { route } from "../http/router.js";
import type { Route } from "../http/router.js";
import type { Terminals } from "../terminals/terminals.js";

export function terminalRoutes(root: RootFolder, terminals: Terminals): Route[] {
  return [
    route("GET", "api/terminals", () => ({ json: terminals.all().map(({ model }) => model) })),
    route("POST", "api/terminals", async ({ json }) => {
      const { name, cwd } = await json();
      const folder = await placeOf(root, cwd);
      return { json: terminals.open({ name: textOf(name), cwd: folder }).model };
    }),
    route("GET", "api/terminals/:name", ({ path }) => ({ json: terminals.get(path.name!).model })),
    route("DELETE", "api/terminals/:name", ({ path }) => terminals.end(path.name!)),
  ];
}

/** The folder that a path of the interface means. @throws HttpError */
async function placeOf(root: RootFolder, path: unknown): Promise<string> {
  const given = textOf(path);
  if (given === undefined) return root.path;
  const folder = await root.locate(given);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new HttpError(400, `${given} is no folder for a terminal to start in.`);
  return folder;
}

/** A text that says something. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
