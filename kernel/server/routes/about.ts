/** Routes about the server itself: who you are, what runs, and what it does not have. */
import { userInfo } from "node:os";
import type { Events } from "../events.js";
import { HttpError } from "../http/http-error.js";
import { route } from "../http/router.js";
import type { Route } from "../http/router.js";

export interface AboutServices {
  /** How many kernels run, how many pages listen to them, and when one last did something. */
  readonly activity: () => { kernels: number; connections: number; last: Date };
  /** Ends the server. */
  readonly stop: () => void;
  readonly events: Events;
  /** Whose server this is; whoever started it unless given. */
  readonly user?: string | undefined;
}

export function aboutRoutes({ activity, stop, events, user }: AboutServices): Route[] {
  const started = new Date();
  const name = user ?? userName();
  return [
    route("GET", "api", () => ({ json: { version: "2.14.0" } })),
    route("GET", "api/status", () => {
      const { kernels, connections, last } = activity();
      const latest = last > started ? last : started;
      return {
        json: { started: started.toISOString(), last_activity: latest.toISOString(), kernels, connections },
      };
    }),
    route("GET", "api/me", ({ query }) => ({
      json: {
        identity: {
          username: name,
          name,
          display_name: name,
          initials: name.slice(0, 1).toUpperCase(),
          avatar_url: null,
          color: null,
        },
        permissions: allowed(query.get("permissions") ?? ""),
      },
    })),
    route("POST", "api/shutdown", () => {
      // The answer first.
      setTimeout(stop, 50);
    }),
    route("POST", "api/events", async ({ json }) => events.post(await json())),
  ];
}

/**
 * Whoever is in may do everything, but for changing who they are.
 * @param asked resources and the actions on each, as JSON
 */
function allowed(asked: string): Record<string, readonly string[]> {
  const isAnswerable = (given: unknown): given is Record<string, string[]> =>
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every(
      (actions) => Array.isArray(actions) && actions.every((one) => typeof one === "string"),
    );
  let resources: unknown;
  try {
    resources = JSON.parse(asked === "" ? "{}" : asked);
  } catch {
    resources = undefined;
  }
  if (!isAnswerable(resources))
    throw new HttpError(
      400,
      `permissions should be a JSON dict of {"resource": ["action"]}, and is ${JSON.stringify(asked)}.`,
    );
  return { ...resources, updatable_fields: [] };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "me";
  }
}
