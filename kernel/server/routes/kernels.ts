/** Routes of kernels, of the sessions that tie them to notebooks, and of the kernels that can be started. */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RootFolder } from "../files/root-folder.js";
import { HttpError } from "../http/http-error.js";
import { route } from "../http/router.js";
import type { Answer, Call, Route } from "../http/router.js";
import { sendFile } from "../http/send-file.js";
import type { KnownKernel } from "../kernels/kernel-specs.js";
import type { KernelRequest, Kernels } from "../kernels/kernels.js";
import type { RunningKernel } from "../kernels/running-kernel.js";
import type { SessionModel, SessionRequest, Sessions } from "../kernels/sessions.js";

export interface KernelServices {
  readonly base: string;
  readonly root: RootFolder;
  readonly kernels: Kernels;
  readonly sessions: Sessions;
}

const LOGOS: readonly string[] = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

export function kernelRoutes({ base, root, kernels, sessions }: KernelServices): Route[] {
  const specOf = ({ name, spec }: KnownKernel): object => ({
    name,
    spec: { env: {}, metadata: {}, interrupt_mode: "signal", ...spec },
    resources: Object.fromEntries(
      LOGOS.map((logo) => [
        logo.replace(/\.\w+$/, ""),
        `${base}kernelspecs/${encodeURIComponent(name)}/${logo}`,
      ]),
    ),
  });
  const known = (name: string): KnownKernel => {
    const found = kernels.known().get(name);
    if (!found) throw new HttpError(404, `There is no kernel ${JSON.stringify(name)}.`);
    return found;
  };
  const started = (kernel: RunningKernel): Answer => ({
    status: 201,
    json: kernel.model,
    headers: { Location: `${base}api/kernels/${kernel.id}` },
  });
  const opened = (json: SessionModel): Answer => ({
    status: 201,
    json,
    headers: { Location: `${base}api/sessions/${json.id}` },
  });
  return [
    route("GET", "api/kernelspecs", () => {
      const all = [...kernels.known().values()];
      return {
        json: {
          default: all[0]?.name ?? null,
          kernelspecs: Object.fromEntries(all.map((one) => [one.name, specOf(one)])),
        },
      };
    }),
    route("GET", "api/kernelspecs/:name", ({ path }) => ({ json: specOf(known(path.name!)) })),
    route("GET", "kernelspecs/:name/:file", ({ path, request }) => {
      const { folder } = known(path.name!);
      if (!LOGOS.includes(path.file!)) throw new HttpError(404, "A kernel has no such picture.");
      return sendFile(join(folder, path.file!), { asked: request.headers, name: path.file! });
    }),

    route("GET", "api/kernels", () => ({ json: kernels.all().map(({ model }) => model) })),
    route("POST", "api/kernels", async ({ json }) => {
      const { name, path, kernel_id: id } = await json();
      const place = await placeOfKernel(root, textOf(path) ?? "");
      return started(await kernels.start({ ...place, name: textOf(name), id: textOf(id) }));
    }),
    route("GET", "api/kernels/:id", ({ path }) => ({ json: kernels.get(path.id!).model })),
    route("DELETE", "api/kernels/:id", ({ path }) => kernels.shutdown(kernels.get(path.id!))),
    route("POST", "api/kernels/:id/interrupt", ({ path }) => kernels.interrupt(path.id!)),
    route("POST", "api/kernels/:id/restart", async ({ path }) => ({
      json: (await kernels.restart(path.id!)).model,
    })),

    route("GET", "api/sessions", () => ({ json: sessions.all() })),
    route("POST", "api/sessions", async (call) => opened(await sessions.open(await requestOf(call)))),
    route("GET", "api/sessions/:id", ({ path }) => ({ json: sessions.get(path.id!) })),
    route("PATCH", "api/sessions/:id", async (call) => ({
      json: await sessions.change(call.path.id!, await requestOf(call)),
    })),
    route("DELETE", "api/sessions/:id", ({ path }) => sessions.close(path.id!)),
  ];
}

/**
 * Where the kernel of a notebook starts: in the notebook's folder, or in the nearest one above that is there.
 * @param path in the folder that is served; one that is not of a file is taken for a name in the folder itself
 */
export async function placeOfKernel(root: RootFolder, path: string): Promise<KernelRequest> {
  const file = await root.locate(path).catch(() => undefined);
  if (file === undefined) return { cwd: root.path };
  const isFolder = (one: string): Promise<boolean> =>
    stat(one).then(
      (found) => found.isDirectory(),
      () => false,
    );
  let cwd = file;
  while (cwd !== root.path && !(await isFolder(cwd))) cwd = dirname(cwd);
  return { cwd, ...(cwd !== file && { notebook: file }) };
}

async function requestOf({ json }: Call): Promise<SessionRequest> {
  const { path, name, type, kernel, notebook } = await json();
  // The older form of a session names its notebook.
  const older = (notebook ?? {}) as Record<string, unknown>;
  const { id, name: kernelName } = (kernel ?? {}) as Record<string, unknown>;
  return {
    path: textOf(path) ?? textOf(older.path),
    name: textOf(name) ?? textOf(older.name),
    type: textOf(type),
    kernel: { id: textOf(id), name: textOf(kernelName) },
  };
}

/** A text that says something. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
