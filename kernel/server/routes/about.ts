/** Routes about the server itself: who you are, what runs, and what it does not have. */
import { userInfo } from "node:os";
import { route } from "../http/router.js";
import type { Route } from "../http/router.js";

export interface AboutServices {
  /** How many kernels run, how many pages listen to them, and when one last did something. */
  readonly activity: () => { kernels: number; connections: number; last: Date };
  /** Ends the server. */
  readonly stop: () => void;
}

export function aboutRoutes({ activity, stop }: AboutServices): Route[] {
  const started = new Date();
  const name = userName();
  return [
    route("GET", "api", () => ({ json: { version: "2.14.0" } })),
    route("GET", "api/status", () => {
      const { kernels, connections, last } = activity();
      const latest = last > started ? last : started;
      return {
        json: { started: started.toISOString(), last_activity: latest.toISOString(), kernels, connections },
      };
    }),
    route("GET", "api/me", () => ({
      json: {
        identity: {
          username: name,
          name,
          display_name: name,
          initials: name.slice(0, 1).toUpperCase(),
          avatar_url: null,
          color: null,
        },
        permissions: {},
      },
    })),
    route("POST", "api/shutdown", () => {
      // The answer first.
      setTimeout(stop, 50);
    }),
    // The page asks whether a path of the machine is one of the server's; none is known to be.
    route("GET", "api/resolvePath", () => ({ json: {} })),
  ];
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "me";
  }
}
