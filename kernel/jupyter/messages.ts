/** What the sockets' thread and the main thread say to each other. A cell is named by its request's msg_id. */
import type { Port } from "../../lib/host/kernel-contract.js";
import type { CompletionItem, MimeBundle } from "../plugins/contract.js";
import type { DisplayData, ErrorReport } from "../cells/output.js";
import type { ExecuteResult } from "../cells/session.js";

/** The sockets' thread starts with these. */
export interface ChannelsData {
  connection: ConnectionInfo;
  /** Two Int32: state (see InputState) and length; then the text. */
  input: SharedArrayBuffer;
  language: Port;
  /** Whether the main thread may be terminated; see interrupt-state.ts. */
  safety: Int32Array;
}

/** Jupyter's connection file. */
export interface ConnectionInfo {
  transport: string;
  ip: string;
  key: string;
  signature_scheme?: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
}

/** The state of a `prompt()` that the main thread waits in. */
export const InputState = { waiting: 0, answered: 1, interrupted: 2, refused: 3, tooLong: 4 } as const;
export const INPUT_HEAD = 8;
export const INPUT_BYTES: number = 2 ** 20;

export type ExpressionResult =
  | { status: "ok"; data: Record<string, unknown>; metadata: Record<string, unknown> }
  | Extract<ExecuteResult, { status: "error" }>;

export type CommType = "comm_open" | "comm_msg" | "comm_close";

export type ToMain =
  | { type: "execute"; cell: string; name: string; code: string; expressions: Record<string, string> }
  | { type: "interrupt"; ping: number; cell: string }
  | { type: "inspect"; ask: number; word: string; code: string; cursor: number }
  | { type: "complete"; ask: number; code: string; cursor: number }
  | { type: "comm"; kind: CommType; content: Record<string, unknown>; cell: string }
  | { type: "shutdown" };

export type ToChannels =
  | { type: "stream"; cell: string | undefined; name: "stdout" | "stderr"; text: string }
  | { type: "display"; cell: string | undefined; display: DisplayData }
  | { type: "clear"; cell: string | undefined; wait: boolean }
  | { type: "error"; cell: string | undefined; report: ErrorReport }
  | { type: "input"; cell: string | undefined; prompt: string; password: boolean }
  | { type: "comm"; cell: string | undefined; kind: CommType; content: Record<string, unknown> }
  | { type: "done"; cell: string; result: ExecuteResult; expressions: Record<string, ExpressionResult> }
  | { type: "pong"; ping: number }
  | { type: "answer"; ask: number; value: MimeBundle | CompletionItem[] | undefined }
  | { type: "signal" };
