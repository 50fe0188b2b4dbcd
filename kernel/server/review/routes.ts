/** What the review page asks for: itself, its script, an answer in a frame, and to keep a mark or a rubric. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { notebookToHtml } from "../../notebook/html.js";
import { HttpError } from "../http/http-error.js";
import { route } from "../http/router.js";
import type { Answer, Call, Route } from "../http/router.js";
import type { Desk } from "./desk.js";
import { POLICY, reviewPage } from "./page.js";

/** @param built the package's folder `dist` */
export function reviewRoutes(desk: Desk, built: string): Route[] {
  return [
    route("GET", "", ({ query }) => html(pageOf(desk, query), POLICY)),
    route("GET", "review.js", () => ({
      headers: { "Content-Type": "text/javascript; charset=utf-8", "Cache-Control": "no-store" },
      body: readFileSync(join(built, "kernel", "server", "review", "front.js")),
    })),
    route("GET", "answer", ({ query }) => html(answerOf(desk, query), FRAME_POLICY)),
    route("PUT", "api/mark", async (call) => {
      const { assignment, part, key, mark } = await fieldsOf(call);
      const given = typeof mark === "object" && mark !== null ? (mark as Record<string, unknown>) : {};
      const points = desk.setMark(words(assignment), words(part), words(key), given);
      return { json: { points: points ?? null } };
    }),
    route("PUT", "api/rubric", async (call) => {
      const { assignment, part, items } = await fieldsOf(call);
      desk.setRubric(words(assignment), words(part), items);
      return { json: {} };
    }),
  ];
}

/** In a frame nothing runs and nothing is fetched, whatever a student has written. */
const FRAME_POLICY =
  "sandbox allow-same-origin; default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; " +
  "form-action 'none'; frame-ancestors 'self'";

function pageOf(desk: Desk, query: URLSearchParams): string {
  const parts = desk.parts();
  const [assignment, part] = [query.get("assignment"), query.get("part")];
  const first = parts.find(({ open }) => open > 0) ?? parts[0];
  if (assignment !== null && part !== null) return reviewPage(parts, desk.part(assignment, part));
  return reviewPage(parts, first && desk.part(first.assignment, first.id));
}

function answerOf(desk: Desk, query: URLSearchParams): string {
  const { papers } = desk.part(query.get("assignment") ?? "", query.get("part") ?? "");
  const cell = papers.find(({ key }) => key === query.get("key"))?.answer.cell;
  if (cell === undefined) throw new HttpError(404, "There is no such answer; load the page again.");
  const page = notebookToHtml(
    { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] },
    { name: "answer", allowErrors: true },
  );
  return page.replace("</style>", "main { padding: 0.25rem 0.75rem; } footer { display: none; }</style>");
}

function html(body: string, policy: string): Answer {
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": policy,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
  };
  return { headers, body };
}

async function fieldsOf({ json }: Call): Promise<Record<string, unknown>> {
  return await json();
}

function words(value: unknown): string {
  if (typeof value !== "string") throw new HttpError(400, "The request does not say which part or answer.");
  return value;
}
