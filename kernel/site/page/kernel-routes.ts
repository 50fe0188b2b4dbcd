/** Jupyter's interfaces of kernels, of sessions, and of the one kernel that can be started. */
import { SPEC } from "./kernels.js";
import type { Kernels, SessionRequest } from "./kernels.js";
import { route } from "./routes.js";
import type { Call, Route } from "./routes.js";

/** @param icon address of the kernel's picture */
export function kernelRoutes(kernels: Kernels, icon: string): Route[] {
  const spec = {
    name: SPEC,
    spec: {
      argv: [],
      env: {},
      display_name: "TypeScript (chainrule)",
      language: "typescript",
      interrupt_mode: "message",
      metadata: {},
    },
    resources: { "logo-svg": icon },
  };
  return [
    route("GET", /api\/kernelspecs/, () => ({ json: { default: SPEC, kernelspecs: { [SPEC]: spec } } })),
    route("GET", /api\/kernels/, () => ({ json: kernels.all() })),
    route("POST", /api\/kernels/, async ({ json }) => ({
      status: 201,
      json: kernels.start(textOf((await json()).name)).model,
    })),
    route("GET", /api\/kernels\/([^/]+)/, ({ parts: [id] }) => ({ json: kernels.get(id!).model })),
    route("DELETE", /api\/kernels\/([^/]+)/, ({ parts: [id] }) => kernels.shutdown(kernels.get(id!))),
    route("POST", /api\/kernels\/([^/]+)\/interrupt/, ({ parts: [id] }) => kernels.get(id!).interrupt()),
    route("POST", /api\/kernels\/([^/]+)\/restart/, ({ parts: [id] }) => {
      const kernel = kernels.get(id!);
      kernel.restart();
      return { json: kernel.model };
    }),
    route("GET", /api\/sessions/, () => ({ json: kernels.sessions() })),
    route("POST", /api\/sessions/, async (call) => ({
      status: 201,
      json: kernels.open(await requestOf(call)),
    })),
    route("GET", /api\/sessions\/([^/]+)/, ({ parts: [id] }) => ({ json: kernels.session(id!) })),
    route("PATCH", /api\/sessions\/([^/]+)/, async (call) => ({
      json: kernels.change(call.parts[0]!, await requestOf(call)),
    })),
    route("DELETE", /api\/sessions\/([^/]+)/, ({ parts: [id] }) => kernels.close(id!)),
  ];
}

async function requestOf({ json }: Call): Promise<SessionRequest> {
  const { path, name, type, kernel } = await json();
  const { id, name: kernelName } = (kernel ?? {}) as Record<string, unknown>;
  return {
    path: textOf(path),
    name: textOf(name),
    type: textOf(type),
    kernel: { id: textOf(id), name: textOf(kernelName) },
  };
}

/** A text that says something. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
