/**
 * Jupyter's events: what happens to files and kernels is told to whoever listens, and a client may tell something of
 * these kinds itself. The kinds are the two of Jupyter's server that have a meaning here; reading is not told.
 */
import type { WebSocket } from "ws";
import { HttpError } from "./http/http-error.js";

export type ContentsAction = "create" | "save" | "upload" | "rename" | "copy" | "delete";
export type KernelAction = "start" | "interrupt" | "shutdown" | "restart";

interface Kind {
  readonly version: string;
  readonly actions: readonly string[];
  /** What must be there besides, as texts. */
  readonly texts: readonly string[];
}

const CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1";
const KERNELS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1";

const KINDS: Readonly<Record<string, Kind>> = {
  [CONTENTS]: {
    version: "1",
    actions: ["get", "create", "save", "upload", "rename", "copy", "delete"],
    texts: ["path"],
  },
  [KERNELS]: {
    version: "1",
    actions: ["start", "interrupt", "shutdown", "restart"],
    texts: ["msg", "kernel_id"],
  },
};

/** What one listener may leave unread, in bytes, before it is let go: it does not read. */
const UNREAD_LIMIT = 2 ** 20;

export class Events {
  readonly #listeners = new Set<WebSocket>();
  #last = new Date();

  /** When something last happened to a file or a kernel; at first, when the server started. */
  get last(): Date {
    return this.#last;
  }

  listen(socket: WebSocket): void {
    this.#listeners.add(socket);
    socket.on("close", () => this.#listeners.delete(socket));
  }

  /** Something has happened to a file. @param from where it was, or what it was copied from */
  contents(action: ContentsAction, path: string, from?: string): void {
    this.#last = new Date();
    this.#tell(CONTENTS, { action, path, ...(from !== undefined && { source_path: from }) });
  }

  /** Something has happened to a kernel. */
  kernel(action: KernelAction, { id, name }: { readonly id: string; readonly name: string }): void {
    this.#last = new Date();
    const msg = `Kernel ${id}: ${action}`;
    this.#tell(KERNELS, {
      action,
      msg,
      kernel_id: id,
      kernel_name: name,
      status: "success",
      status_code: 200,
    });
  }

  /**
   * A client tells something.
   * @param event schema_id, version, data, and perhaps timestamp
   * @throws HttpError 400
   */
  post(event: Readonly<Record<string, unknown>>): void {
    const { schema_id: id, version, data, timestamp } = event;
    for (const name of ["schema_id", "version", "data"])
      if (!(name in event)) throw new HttpError(400, `The event was not told: it has no ${name}.`);
    const kind = typeof id === "string" && Object.hasOwn(KINDS, id) ? KINDS[id] : undefined;
    if (!kind)
      throw new HttpError(
        400,
        `There are no events of the kind ${JSON.stringify(id)}; the kinds are ${Object.keys(KINDS).join(" and ")}.`,
      );
    if (typeof version !== "string" && typeof version !== "number")
      throw new HttpError(400, "The event was not told: its version is neither a text nor a number.");
    if (String(version) !== kind.version)
      throw new HttpError(400, `${String(id)} has the version ${kind.version}, not ${version}.`);
    this.#tell(String(id), checked(data, kind), timeOf(timestamp));
  }

  #tell(id: string, data: Readonly<Record<string, unknown>>, time = new Date().toISOString()): void {
    if (this.#listeners.size === 0) return;
    const text = JSON.stringify({
      schema_id: id,
      ...data,
      __timestamp__: time,
      __schema__: id,
      __schema_version__: KINDS[id]!.version,
      __metadata_version__: 1,
    });
    for (const socket of this.#listeners) {
      if (socket.bufferedAmount > UNREAD_LIMIT) socket.terminate();
      else socket.send(text);
    }
  }
}

function checked(data: unknown, { actions, texts }: Kind): Record<string, unknown> {
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw new HttpError(400, "The event was not told: its data is not an object.");
  const given = data as Record<string, unknown>;
  if (!actions.includes(String(given.action)))
    throw new HttpError(
      400,
      `There is no action ${JSON.stringify(given.action)}; the actions are ${actions.join(", ")}.`,
    );
  for (const name of texts)
    if (typeof given[name] !== "string")
      throw new HttpError(400, `The event was not told: its data has no text ${name}.`);
  return given;
}

/** As Jupyter writes it: ISO 8601 with an offset, and a Z after that. */
function timeOf(timestamp: unknown): string | undefined {
  if (timestamp === undefined) return undefined;
  const isTime =
    typeof timestamp === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:?\d\d)Z?$|^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(
      timestamp,
    );
  if (!isTime)
    throw new HttpError(
      400,
      `The event was not told: its timestamp ${JSON.stringify(timestamp)} is not of the form 2022-05-26T13:50:00+05:00.`,
    );
  return timestamp;
}
