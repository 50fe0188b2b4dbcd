/**
 * Jupyter's messages: their parts, the channels they go over, and what this kernel says in them.
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html
 */
import { uniqueId } from "#host/bytes";
import type { CommType, StreamName } from "../cells/output.js";

export const PROTOCOL_VERSION = "5.3";

/** A channel that front ends send on. */
export type RequestChannel = "shell" | "control" | "stdin";

export const REQUEST_CHANNELS: readonly RequestChannel[] = ["shell", "control", "stdin"];

/** A channel; on iopub the kernel speaks to every front end. */
export type Channel = RequestChannel | "iopub";

/** A JSON object from the other side; its contents are not checked yet. */
export type Json = Record<string, unknown>;

export interface Header {
  readonly msg_id: string;
  readonly msg_type: string;
  readonly session?: unknown;
  readonly username?: unknown;
  readonly date?: unknown;
  readonly version?: unknown;
}

/** A message, independent of its transport. */
export interface Message {
  readonly header: Header;
  /** The header of the request that this answers; empty for none. */
  readonly parent_header: Json;
  readonly metadata: Json;
  readonly content: Json;
  /** Binary data in addition to the JSON. */
  readonly buffers: readonly Uint8Array[];
}

/** A MIME bundle and its metadata. */
export interface Bundle {
  readonly data: Json;
  readonly metadata: Json;
}

/** What the kernel publishes on iopub: the content of each type of message. */
export interface Published {
  status: { execution_state: "starting" | "busy" | "idle" };
  execute_input: { code: string; execution_count: number };
  execute_result: Bundle & { execution_count: number };
  stream: { name: StreamName; text: string };
  display_data: Bundle & { transient: { display_id?: string } };
  update_display_data: Bundle & { transient: { display_id?: string } };
  clear_output: { wait: boolean };
  error: { ename: string; evalue: string; traceback: readonly string[] };
  comm_open: Json;
  comm_msg: Json;
  comm_close: Json;
  debug_event: Json;
}

/** A request to run a cell, with defaults for the fields that it leaves out. */
export interface ExecuteRequest {
  readonly code: string;
  /** Publish nothing but the kernel's state, and do not count the cell. */
  readonly silent: boolean;
  /** Count the cell and remember it in the history. */
  readonly stored: boolean;
  readonly expressions: Readonly<Record<string, string>>;
  /** Whether the front end can be asked for input. */
  readonly allowsInput: boolean;
  /** Whether the cells that wait are refused when this one fails. */
  readonly stopsOnError: boolean;
}

export function readExecuteRequest(content: Json): ExecuteRequest {
  const silent = content.silent === true;
  const given = isJson(content.user_expressions) ? content.user_expressions : {};
  return {
    code: typeof content.code === "string" ? content.code : "",
    silent,
    stored: !silent && content.store_history !== false,
    expressions: Object.fromEntries(Object.entries(given).map(([name, one]) => [name, String(one)])),
    allowsInput: content.allow_stdin === true,
    stopsOnError: content.stop_on_error !== false,
  };
}

export function isComm(type: string): type is CommType {
  return type === "comm_open" || type === "comm_msg" || type === "comm_close";
}

export interface MessageOptions {
  /** The id of the sender, the same from its start to its end. */
  readonly session: string;
  readonly username?: string;
  /** The header of the request that the message answers. */
  readonly parent?: Header | undefined;
  readonly metadata?: Json | undefined;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

/** A new message with a new id. */
export function createMessage(type: string, content: Json, options: MessageOptions): Message {
  const { session, username = "kernel", parent, metadata = {}, buffers = [] } = options;
  const header = {
    msg_id: uniqueId(),
    session,
    username,
    date: new Date().toISOString(),
    msg_type: type,
    version: PROTOCOL_VERSION,
  };
  return { header, parent_header: { ...parent }, metadata, content, buffers };
}

/** A message that is malformed. */
export class MessageError extends Error {
  override readonly name: string = "MessageError";
}

/** Whether a value is a JSON object. */
export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Makes a message of parts that came from outside, after checking them.
 * @throws MessageError saying what is missing
 */
export function checkMessage(parts: { readonly [Part in keyof Message]?: unknown }): Message {
  const { header, parent_header = {}, metadata = {}, content, buffers = [] } = parts;
  if (![header, parent_header, metadata, content].every(isJson))
    throw new MessageError("a part is not a JSON object");
  const { msg_id: id, msg_type: type } = header as Json;
  if (typeof id !== "string" || typeof type !== "string")
    throw new MessageError("the header has no msg_id or no msg_type");
  if (!Array.isArray(buffers)) throw new MessageError("the buffers are not a list");
  return { header, parent_header, metadata, content, buffers } as Message;
}
