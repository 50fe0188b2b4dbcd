/**
 * The way from widgets to a front end: a kernel that loads the library's plugin says here how a conversation ("comm") is
 * opened. Without one, in a plain Node program, widgets keep their values and show themselves as words.
 */
import { splitBuffers } from "./buffers.js";

/** One open conversation with a front end: Jupyter's comm. */
export interface Conversation {
  /** The identifier by which both sides know it. */
  readonly id: string;
  /** Sends JSON data, the message's metadata, and binary buffers. */
  send(data: unknown, metadata?: Record<string, unknown>, buffers?: readonly Uint8Array[]): void;
  /** Ends the conversation. */
  close(data?: unknown): void;
  /** Calls the handler for every message of the front end. */
  onMessage(handler: (data: unknown, buffers: readonly Uint8Array[]) => unknown): void;
  /** Calls the handler when the front end ends the conversation. */
  onClose(handler: () => unknown): void;
}

/** What widgets need of a kernel; the contract of the kernel's plugins has all of it. */
export interface WidgetKernel {
  /** Opens a conversation with the front end's part of this name. @throws where there is no front end */
  openComm(
    target: string,
    data?: unknown,
    metadata?: Record<string, unknown>,
    buffers?: readonly Uint8Array[],
  ): Conversation;
  /** Accepts conversations that a front end opens under this name. */
  addCommTarget(target: string, open: (comm: Conversation, data: unknown) => unknown): unknown;
  /** Calls a function at each interrupt. @returns a function that ends it */
  onInterrupt?(call: () => void): () => void;
  /** Shows a value as the value of a cell would be shown. */
  render?(value: unknown): Promise<{
    readonly data: Readonly<Record<string, unknown>>;
    readonly metadata: Readonly<Record<string, unknown>>;
  }>;
}

/** A model that a front end knows, as the control conversation lists it. */
export interface OpenModel {
  /** The state by its names in the protocol, with other models as references. */
  wireState(): Record<string, unknown>;
}

interface Meeting {
  kernel: WidgetKernel;
  /** The models that are open, by identifier. */
  readonly models: Map<string, OpenModel>;
  /** Whether a front end has asked for models: it shows widgets and sends what the hand does. */
  listens: boolean;
}

/** Two copies of the library in one process, a project's and the kernel's, meet under this name. */
const MEETING = Symbol.for("chainrule.widgets");
const place = globalThis as unknown as { [MEETING]?: Meeting };

/** Connects widgets with the front end of a kernel, which may ask for the states of all models at once. */
export function connectWidgets(kernel: WidgetKernel): void {
  const models = new Map<string, OpenModel>();
  const here: Meeting = (place[MEETING] = { kernel, models, listens: false });
  kernel.addCommTarget("jupyter.widget.control", (comm) => {
    here.listens = true;
    comm.onMessage((data) => {
      if ((data as { method?: unknown }).method !== "request_states") return;
      const all = [...models].map(([id, model]) => {
        const state = model.wireState();
        const { _model_name, _model_module, _model_module_version } = state;
        const names = {
          model_name: _model_name,
          model_module: _model_module,
          model_module_version: _model_module_version,
        };
        return [id, { ...names, state }];
      });
      const { state, paths, buffers } = splitBuffers(Object.fromEntries(all) as Record<string, unknown>);
      comm.send({ method: "update_states", states: state, buffer_paths: paths }, {}, buffers);
    });
  });
}

/** The kernel and the models that its front end knows; undefined outside a notebook. */
export function meeting(): Meeting | undefined {
  return place[MEETING];
}
