/** Routes of the sections in which older front ends and extensions keep what they want to find again. */
import { HttpError } from "../http/http-error.js";
import { route } from "../http/router.js";
import type { Route } from "../http/router.js";
import type { StateFolder } from "../state-folder.js";

const DRAWER = "config";

type Section = Record<string, unknown>;

export function configRoutes(state: StateFolder): Route[] {
  const read = (name: string): Section => JSON.parse(state.read(DRAWER, name) ?? "{}") as Section;
  return [
    route("GET", "api/config/:section", ({ path }) => ({ json: read(path.section!) })),
    route("PUT", "api/config/:section", async ({ path, json }) => {
      state.write(DRAWER, path.section!, JSON.stringify(await json()));
    }),
    route("PATCH", "api/config/:section", async ({ path, json }) => {
      const section = merged(read(path.section!), await json());
      state.write(DRAWER, path.section!, JSON.stringify(section));
      return { json: section };
    }),
  ];
}

/** How deep sections are merged: more is nobody's settings. */
const DEPTH = 100;

/** Objects are merged, null takes away, anything else takes the place of what was there; of an object from which all
 * was taken away nothing is left. */
function merged(old: Section, change: Section, depth = 0): Section {
  if (depth > DEPTH) throw new HttpError(400, "The section is nested too deeply.");
  const result = new Map(Object.entries(old));
  for (const [key, value] of Object.entries(change)) {
    const before = result.get(key);
    const after = isSection(value) ? merged(isSection(before) ? before : {}, value, depth + 1) : value;
    if (after === null || (isSection(after) && Object.keys(after).length === 0)) result.delete(key);
    else result.set(key, after);
  }
  return Object.fromEntries(result);
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
