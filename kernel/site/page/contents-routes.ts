/** Jupyter's contents interface over the user's files. */
import type { Contents, Model } from "./contents.js";
import { route } from "./routes.js";
import type { Answer, Route } from "./routes.js";

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const made = (json: Model): Answer => ({ status: 201, json });

export function contentsRoutes(contents: Contents): Route[] {
  return [
    route("GET", /api\/contents\/(.+)\/checkpoints/, async ({ parts: [path] }) => ({
      json: await contents.checkpoints(path!),
    })),
    route("POST", /api\/contents\/(.+)\/checkpoints/, async ({ parts: [path] }) => ({
      status: 201,
      json: await contents.makeCheckpoint(path!),
    })),
    route("POST", /api\/contents\/(.+)\/checkpoints\/([^/]+)/, ({ parts: [path, id] }) =>
      contents.restoreCheckpoint(path!, id!),
    ),
    route("DELETE", /api\/contents\/(.+)\/checkpoints\/([^/]+)/, ({ parts: [path, id] }) =>
      contents.removeCheckpoint(path!, id!),
    ),
    route("POST", /api\/contents\/(.+)\/trust/, () => ({ status: 201, json: {} })),
    route("GET", /api\/contents\/?(.*)/, async ({ parts: [path], query }) => ({
      json: await contents.get(path!, {
        type: query.get("type") ?? undefined,
        format: query.get("format") ?? undefined,
        content: query.get("content") !== "0",
      }),
    })),
    route("POST", /api\/contents\/?(.*)/, async ({ parts: [path], json }) => {
      const { copy_from: from, type, ext } = await json();
      if (typeof from === "string") return made(await contents.copy(from, path!));
      return made(await contents.create(path!, textOf(type), textOf(ext)));
    }),
    route("PUT", /api\/contents\/(.+)/, async ({ parts: [path], json }) => {
      const { model, isNew } = await contents.save(path!, await json());
      return isNew ? made(model) : { json: model };
    }),
    route("PATCH", /api\/contents\/(.+)/, async ({ parts: [path], json }) => ({
      json: await contents.rename(path!, (await json()).path),
    })),
    route("DELETE", /api\/contents\/(.+)/, ({ parts: [path] }) => contents.remove(path!)),
  ];
}
