/** Routes of the course, for the launcher. */
import type { Course } from "../course.js";
import { route } from "../http/router.js";
import type { Route } from "../http/router.js";

export function courseRoutes(course: Course): Route[] {
  return [
    route("GET", "api/chainrule/course", async () => ({ json: { sections: await course.sections() } })),
    route("POST", "api/chainrule/course/open", async ({ json }) => ({
      json: await course.open((await json()).path),
    })),
    route("POST", "api/chainrule/course/reset", async ({ json }) => ({
      json: await course.reset((await json()).path),
    })),
  ];
}
