/** Routes of the contents interface: files, folders, checkpoints, trust, and files as they are. */
import type { Course } from "../course/course.js";
import type { Checkpoints } from "../files/checkpoints.js";
import type { Contents } from "../files/contents.js";
import type { ContentsAction, Events } from "../events.js";
import { cleaned } from "../files/models.js";
import type { Model, Models } from "../files/models.js";
import { resolvedPath } from "../files/resolved-path.js";
import type { RootFolder } from "../files/root-folder.js";
import { HttpError } from "../http/http-error.js";
import { route } from "../http/router.js";
import type { Answer, Route } from "../http/router.js";
import { sendFile } from "../http/send-file.js";

export interface ContentsServices {
  /** The path that everything is below. */
  readonly base: string;
  readonly root: RootFolder;
  readonly models: Models;
  readonly contents: Contents;
  readonly checkpoints: Checkpoints;
  readonly course: Course;
  readonly events: Events;
}

/** What a file of the user's, opened as a page, may do: run as a page of nowhere, which has no cookie of ours. */
const SANDBOX = "sandbox allow-scripts; frame-ancestors 'self'";

export function contentsRoutes({
  base,
  root,
  models,
  contents,
  checkpoints,
  course,
  events,
}: ContentsServices): Route[] {
  const at = (path: string): string =>
    `${base}api/contents/${cleaned(path).split("/").map(encodeURIComponent).join("/")}`;
  /** Tells what was done, and answers with what it was done to. */
  const made = (action: ContentsAction, model: Model, status = 201, from?: string): Answer => {
    events.contents(action, model.path, from);
    return { status, json: model, headers: { Location: at(model.path) } };
  };
  return [
    route("GET", "api/contents/*path/checkpoints", async ({ path }) => ({
      json: await checkpoints.list(path.path!),
    })),
    route("POST", "api/contents/*path/checkpoints", async ({ path }) => {
      const json = await checkpoints.make(path.path!);
      return { status: 201, json, headers: { Location: `${at(path.path!)}/checkpoints/${json.id}` } };
    }),
    route("POST", "api/contents/*path/checkpoints/:id", ({ path }) =>
      checkpoints.restore(path.path!, path.id!),
    ),
    route("DELETE", "api/contents/*path/checkpoints/:id", ({ path }) =>
      checkpoints.remove(path.path!, path.id!),
    ),
    route("POST", "api/contents/*path/trust", async ({ path }) => {
      await contents.trust(path.path!);
      return { status: 201 };
    }),

    route("GET", "api/contents/*path", async ({ path, query }) => {
      if (query.get("type") === "notebook" && query.get("content") !== "0")
        await course.provide(cleaned(path.path!));
      const json = await models.get(path.path!, {
        type: query.get("type") ?? undefined,
        format: query.get("format") ?? undefined,
        content: query.get("content") !== "0",
        hash: query.get("hash") === "1",
      });
      return { json };
    }),
    route("POST", "api/contents/*path", async ({ path, json }) => {
      const body = await json();
      if (typeof body.copy_from === "string")
        return made("copy", await contents.copy(body.copy_from, path.path!), 201, cleaned(body.copy_from));
      const { type, ext } = body;
      return made("create", await contents.create(path.path!, textOf(type), textOf(ext)));
    }),
    route("PUT", "api/contents/*path", async ({ path, json }) => {
      const body = await json();
      const { model, isNew } = await contents.save(path.path!, body);
      return made(body.chunk === undefined ? "save" : "upload", model, isNew ? 201 : 200);
    }),
    route("PATCH", "api/contents/*path", async ({ path, json }) =>
      made("rename", await contents.rename(path.path!, (await json()).path), 200, cleaned(path.path!)),
    ),
    route("DELETE", "api/contents/*path", async ({ path }) => {
      await contents.remove(path.path!);
      events.contents("delete", cleaned(path.path!));
    }),

    // The page asks which file of the interface a name in an output means.
    route("GET", "api/resolvePath", async ({ query }) => {
      const name = query.get("path");
      if (!name) throw new HttpError(400, "Which path? The address says no `path`.");
      const path = await resolvedPath(root, name);
      return { json: { resolved: path === undefined ? [] : [{ scope: "server", path }], unresolved: [] } };
    }),

    route("GET", "files/*path", async ({ path, query, request }) => {
      const name = cleaned(path.path!);
      const isDownload = /^(1|true)$/i.test(query.get("download") ?? "");
      const saveAs = `attachment; filename*=UTF-8''${encodeURIComponent(name.slice(name.lastIndexOf("/") + 1))}`;
      return sendFile(await root.locate(name), {
        asked: request.headers,
        name,
        headers: {
          "Content-Security-Policy": SANDBOX,
          ...((isDownload || name.endsWith(".ipynb")) && { "Content-Disposition": saveAs }),
        },
      });
    }),
  ];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
