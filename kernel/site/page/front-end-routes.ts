/** What the front end asks for itself: settings, layouts, translations, who the user is. */
import { Refusal, route } from "./routes.js";
import type { Route } from "./routes.js";
import type { Shelf } from "./shelf.js";
import type { Keeper } from "./store.js";

/** `lab/settings.json`: a plugin's settings as the front end was built with them. */
interface Plugin {
  readonly id: string;
  readonly version: string;
  readonly schema: unknown;
}

interface KeptSetting {
  readonly raw: string;
  readonly created: string;
  readonly modified: string;
}

const SETTING = "setting:";
const WORKSPACE = "workspace:";
const SECTION = "section:";

const me = { username: "me", name: "Me", display_name: "Me", initials: "M", avatar_url: null, color: null };

export function frontEndRoutes(shelf: Shelf, store: Keeper): Route[] {
  let read: Promise<Map<string, Plugin>> | undefined;
  const plugins = (): Promise<Map<string, Plugin>> =>
    (read ??= shelf
      .json("lab/settings.json")
      .then((all) => new Map((all as Plugin[]).map((one) => [one.id, one]))));
  const known = async (id: string): Promise<Plugin> => {
    const found = (await plugins()).get(id);
    if (!found) throw new Refusal(404, `No plugin ${JSON.stringify(id)} has settings.`);
    return found;
  };
  const setting = async (id: string): Promise<object> => {
    const { schema, version } = await known(id);
    const kept = await store.get<KeptSetting>(SETTING + id);
    const { raw = "{}", created = null, modified = null } = kept ?? {};
    return { id, schema, version, settings: {}, raw, created, last_modified: modified, warning: null };
  };
  const workspace = async (id: string): Promise<object> =>
    (await store.get<object>(WORKSPACE + id)) ?? { data: {}, metadata: { id } };
  return [
    route("GET", /lab\/api\/settings/, async ({ query }) => {
      const ids = [...(await plugins()).keys()].sort();
      const isShort = query.get("ids_only") === "true";
      return {
        json: { settings: isShort ? ids.map((id) => ({ id })) : await Promise.all(ids.map(setting)) },
      };
    }),
    route("GET", /lab\/api\/settings\/(.+)/, async ({ parts: [id] }) => ({ json: await setting(id!) })),
    route("PUT", /lab\/api\/settings\/(.+)/, async ({ parts: [id], json }) => {
      await known(id!);
      const { raw } = await json();
      if (typeof raw !== "string")
        throw new Refusal(400, `The settings of ${id} were not saved: they are no text.`);
      const modified = new Date().toISOString();
      const { created = modified } = (await store.get<KeptSetting>(SETTING + id)) ?? {};
      await store.set(SETTING + id, { raw, created, modified } satisfies KeptSetting);
    }),
    route("GET", /lab\/api\/workspaces/, async () => {
      const ids = await store.names(WORKSPACE);
      return { json: { workspaces: { ids, values: await Promise.all(ids.map(workspace)) } } };
    }),
    route("GET", /lab\/api\/workspaces\/(.+)/, async ({ parts: [id] }) => ({ json: await workspace(id!) })),
    route("PUT", /lab\/api\/workspaces\/(.+)/, async ({ parts: [id], json }) =>
      store.set(WORKSPACE + id, await json()),
    ),
    route("DELETE", /lab\/api\/workspaces\/(.+)/, ({ parts: [id] }) => store.remove(WORKSPACE + id)),
    route("GET", /lab\/api\/translations/, () => ({
      json: { data: { en: { displayName: "English", nativeName: "English" } }, message: "" },
    })),
    route("GET", /lab\/api\/translations\/(.+)/, () => ({ json: { data: {}, message: "" } })),
    route("GET", /api\/config\/(.+)/, async ({ parts: [name] }) => ({
      json: (await store.get(SECTION + name)) ?? {},
    })),
    route("PATCH", /api\/config\/(.+)/, async ({ parts: [name], json }) => {
      const section = { ...(await store.get<object>(SECTION + name)), ...(await json()) };
      await store.set(SECTION + name, section);
      return { json: section };
    }),
    route("GET", /api\/me/, () => ({ json: { identity: me, permissions: {} } })),
    route("GET", /api\/status/, () => ({ json: { kernels: 0, connections: 0 } })),
    route("GET", /api\/terminals/, () => ({ json: [] })),
    route("GET", /api\/nbconvert/, () => ({ json: {} })),
    route("GET", /api\/resolvePath/, () => ({ json: {} })),
    route("GET", /api/, () => ({ json: { version: "2.14.0" } })),
  ];
}
