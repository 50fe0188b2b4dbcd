/**
 * What a plugin may add to the kernel: the public contract. A plugin is a module whose default export, or whose
 * named export `activate`, fits `Plugin`; the kernel loads it by specifier or path and knows nothing else of it.
 *
 * Plugins run on the main thread, beside the user's cells. Each addition returns a disposer that undoes it; unloading a
 * plugin undoes all of them. A plugin that throws is reported by name and harms nothing else.
 */

import type { Formatter, MimeBundle } from "../display/bundle.js";

export type { Formatter, MimeBundle } from "../display/bundle.js";

/** Undoes one addition; calling it twice is harmless. */
export type Disposer = () => void;

/** One use of a magic: `%name argument` on a line of its own, or `%%name argument` above a cell. */
export interface MagicCall {
  /** The name without its percent signs. */
  readonly name: string;
  /** The rest of the line, trimmed. */
  readonly argument: string;
  /** For `%%name`: the lines below it. Undefined for `%name`. */
  readonly body: string | undefined;
  /**
   * Compiles and runs code as part of this cell; its variables are kept.
   * @returns the value of its last expression
   * @throws what the code throws
   */
  run(code: string): Promise<unknown>;
  /** Writes to the cell's standard output. */
  print(text: string): void;
}

/** What a magic does; a value other than undefined becomes the cell's result when the magic is its last line. */
export type MagicHandler = (call: MagicCall) => unknown | Promise<unknown>;

/** One completion of the text before the cursor. */
export interface CompletionItem {
  /** The text that replaces `start…end`. */
  readonly text: string;
  /** The kind of name, for the front end's icon: function, class, property, keyword, magic … */
  readonly type?: string;
  /** Start of the replaced text, in UTF-16 units of the code; default: the start of the word before the cursor. */
  readonly start?: number;
  /** End of the replaced text; default: the cursor. */
  readonly end?: number;
}

/** Takes a message's data and its binary buffers. The front end waits until the returned promise has settled. */
export type CommHandler = (data: unknown, buffers: readonly Uint8Array[]) => unknown;

/** One open conversation with a front end's widget. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Sends JSON data, the message's metadata, and binary buffers. */
  send(data: unknown, metadata?: Record<string, unknown>, buffers?: readonly Uint8Array[]): void;
  /** Ends the conversation; both sides forget it. */
  close(data?: unknown): void;
  /** Calls the handler for every message that the widget sends. */
  onMessage(handler: CommHandler): void;
  /** Calls the handler when the widget ends the conversation. */
  onClose(handler: CommHandler): void;
}

/** The kernel as a plugin sees it. Every `add…` returns a disposer that undoes that one addition. */
export interface KernelApi {
  /** The folder the notebook runs in. */
  readonly cwd: string;
  /** The value that a name has in the user's cells now; undefined for a name that no cell has bound. */
  lookup(name: string): unknown;
  /**
   * Shows the values that `test` accepts and that have no `Symbol.for("Jupyter.display")` of their own.
   * @param format  returns a bundle, a promise of one, or a value that has `Symbol.for("Jupyter.display")`
   */
  addFormatter(test: (value: unknown) => boolean, format: Formatter["format"]): Disposer;
  /** Adds `%name` and `%%name`; throws for a name that is taken or is not a word. */
  addMagic(name: string, handler: MagicHandler): Disposer;
  /**
   * Answers inspection (Shift-Tab) before the compiler does.
   * @param inspect gets the word under the cursor, the cell and the cursor in UTF-16 units; it returns undefined to leave
   *   the answer to the next plugin or the compiler
   */
  addInspection(
    inspect: (
      word: string,
      code: string,
      cursor: number,
    ) => MimeBundle | undefined | Promise<MimeBundle | undefined>,
  ): Disposer;
  /** Adds completions in front of the compiler's. */
  addCompletion(
    complete: (
      code: string,
      cursor: number,
    ) => readonly CompletionItem[] | Promise<readonly CompletionItem[]>,
  ): Disposer;
  /** Accepts conversations that a front end opens under this target name. */
  addCommTarget(target: string, open: (comm: Comm, data: unknown) => unknown): Disposer;
  /**
   * Opens a conversation with a front end that knows this target name.
   * @param metadata the metadata of the opening message
   * @param buffers its binary buffers
   * @throws where there is no front end
   */
  openComm(
    target: string,
    data?: unknown,
    metadata?: Record<string, unknown>,
    buffers?: readonly Uint8Array[],
  ): Comm;
  /** Calls a function at each interrupt, after which what the interrupted code awaited may never come. */
  onInterrupt(call: () => void): Disposer;
  /** Shows a value as the value of a cell would be shown. @throws what its display method throws */
  render(value: unknown): Promise<{ data: MimeBundle; metadata: Record<string, unknown> }>;
  /** Declares globals or modules for every cell, as the text of a `.d.ts` file. */
  addAmbientTypes(declarations: string): Disposer;
  /**
   * Adds a hint to the compiler's error for `value[0]` on a type that has no index: what to write instead.
   * @param type the name of the type, as in `interface NdArray`
   * @param hint a sentence
   */
  addIndexHint(type: string, hint: string): Disposer;
  /** The same for operators, `a + b` and `a > b`, which TypeScript has for numbers alone. */
  addOperatorHint(type: string, hint: string): Disposer;
  /** The same for a property or a method that the type has not, `value.name`. */
  addPropertyHint(type: string, hint: string): Disposer;
  /** Runs code as a silent cell before the user's first one; every cell can use its variables. */
  addStartup(code: string): Disposer;
}

/** What a plugin's module exports. */
export interface Plugin {
  /** The name in messages; default: the specifier that it was loaded by. */
  name?: string;
  /** Called when the plugin is loaded; adds the plugin's parts to the kernel. */
  activate(kernel: KernelApi): void | Promise<void>;
  /** Called before the plugin is unloaded; afterwards the kernel undoes the plugin's additions. */
  deactivate?(): void | Promise<void>;
}
