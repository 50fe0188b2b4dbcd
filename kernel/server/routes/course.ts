/** Routes of the course, for the launcher; kernel/lab/README.md has what they answer. */
import type { Course } from "../course/course.js";
import { route } from "../http/router.js";
import type { Route } from "../http/router.js";

export function courseRoutes(course: Course): Route[] {
  if (!course.isThere) return [];
  return [
    route("GET", "api/chainrule/course", async () => ({ json: await course.model() })),
    route("POST", "api/chainrule/course/open", async ({ json }) => ({
      json: await course.open((await json()).path),
    })),
    route("POST", "api/chainrule/course/reset", async ({ json }) => ({
      json: await course.reset((await json()).path),
    })),
  ];
}
