/**
 * The states of widgets as a run leaves them: the other side of the widgets' conversations where there is no front end. What
 * it gathers goes into the notebook's metadata, from which a front end shows the widgets without a kernel.
 */
import { toBase64 } from "#host/bytes";
import type { CommMessage } from "../cells/output.js";
import { asObject } from "./format.js";

/** Where a notebook keeps the states. */
export const STATE_MIME = "application/vnd.jupyter.widget-state+json";

/** The MIME type of an output that is a widget. */
export const VIEW_MIME = "application/vnd.jupyter.widget-view+json";

/** One model as a notebook keeps it. */
export interface KeptModel {
  model_name: string;
  model_module: string;
  model_module_version: string;
  state: Record<string, unknown>;
  /** Bytes in the state, as base64, with the path to each. */
  buffers?: { path: (string | number)[]; encoding: "base64"; data: string }[];
}

/** The models of a notebook, by identifier. */
export type KeptModels = Readonly<Record<string, KeptModel>>;

/** The widgets that a notebook keeps. */
export function keptModels(metadata: Readonly<Record<string, unknown>>): KeptModels {
  const { state } = asObject(asObject(metadata.widgets)[STATE_MIME]);
  return asObject(state) as unknown as KeptModels;
}

/** Listens to conversations and keeps the last state of each widget. */
export class WidgetStates {
  readonly #models = new Map<string, KeptModel>();

  /** Takes a message of the kernel's side. */
  take({ type, content, buffers }: CommMessage): void {
    const id = String(content.comm_id);
    const { state, buffer_paths } = asObject(content.data);
    const paths = Array.isArray(buffer_paths) ? (buffer_paths as (string | number)[][]) : [];
    if (type === "comm_close") this.#models.delete(id);
    else if (type === "comm_open") {
      if (content.target_name !== "jupyter.widget") return;
      const own = asObject(state);
      this.#models.set(id, {
        model_name: String(own._model_name),
        model_module: String(own._model_module),
        model_module_version: String(own._model_module_version),
        state: {},
      });
      this.#update(id, own, paths, buffers);
    } else if (asObject(content.data).method === "update") this.#update(id, asObject(state), paths, buffers);
  }

  /** What the notebook's metadata hold under "widgets"; undefined when no widget is open. */
  get metadata(): Record<string, unknown> | undefined {
    if (this.#models.size === 0) return undefined;
    const state = Object.fromEntries(this.#models);
    return { [STATE_MIME]: { version_major: 2, version_minor: 0, state } };
  }

  #update(
    id: string,
    state: Record<string, unknown>,
    paths: readonly (string | number)[][],
    buffers: readonly Uint8Array[],
  ): void {
    const model = this.#models.get(id);
    if (!model) return;
    Object.assign(model.state, structuredClone(state));
    const changed = new Set([...Object.keys(state), ...paths.map(([name]) => String(name))]);
    const kept = (model.buffers ?? []).filter(({ path: [name] }) => !changed.has(String(name)));
    const fresh = paths.map((path, i) => ({
      path,
      encoding: "base64" as const,
      data: toBase64(buffers[i] ?? new Uint8Array()),
    }));
    if (kept.length + fresh.length > 0) model.buffers = [...kept, ...fresh];
    else delete model.buffers;
  }
}
