/** The kernel of the notebook or console in front: asked for its variables, and again after each cell. */
import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ISessionContext } from "@jupyterlab/apputils";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import type { Kernel } from "@jupyterlab/services";
import { KernelMessage } from "@jupyterlab/services";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Signal } from "@lumino/signaling";
import type { ISignal } from "@lumino/signaling";
import type { Widget } from "@lumino/widgets";

/** Milliseconds that cells which follow one another closely are waited for. */
const PAUSE = 150;
/** Milliseconds after which a kernel that was late with its answer is asked again. */
const LATER = 1000;

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly kind: "value" | "function" | "class" | "import";
  readonly text: string;
  readonly shape?: readonly number[];
  readonly bytes?: number;
  readonly length?: number;
  readonly thumbnail?: { readonly width: number; readonly height: number; readonly grey: string };
}

/** What the kernel answered: why there is no list, or the list; that of before while the kernel computes. */
export type Listing = { readonly none: string } | { readonly variables: readonly Variable[] };

export type ValueData = Pick<IRenderMime.IMimeModel, "data" | "metadata">;

/** A notebook or a console. */
interface WithKernel extends Widget {
  readonly sessionContext: ISessionContext;
  readonly content?: { readonly activeCell?: { readonly editor: CodeEditor.IEditor | null } | null };
  readonly console?: { readonly promptCell: { readonly editor: CodeEditor.IEditor | null } | null };
}

const NO_KERNEL = "Open a notebook to see its variables.";
const FOREIGN = "This kernel does not list its variables.";

function hasKernel(widget: Widget | null): widget is WithKernel {
  return widget !== null && "sessionContext" in widget;
}

export class WatchedKernel {
  readonly #changed = new Signal<this, Listing>(this);
  #widget: WithKernel | undefined;
  #timer: number | undefined;
  #isAsking = false;
  #askAgain = false;

  constructor(shell: JupyterFrontEnd.IShell) {
    const look = (): void => this.#watch(shell.currentWidget);
    shell.currentChanged?.connect(look);
    look();
  }

  /** What the kernel says now. */
  get changed(): ISignal<this, Listing> {
    return this.#changed;
  }

  /** Asks soon. */
  ask(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), PAUSE);
  }

  /** A variable's value as a cell that ends with its name would show it. */
  async valueOf(name: string): Promise<ValueData> {
    const kernel = this.#kernel;
    if (!kernel) throw new Error(NO_KERNEL);
    const { content } = await kernel.requestExecute({
      code: "",
      silent: true,
      store_history: false,
      user_expressions: { value: name },
    }).done;
    const value: unknown = content.status === "ok" ? content.user_expressions.value : content;
    const { status, data, metadata, evalue } = value as Partial<ValueData> & Record<string, unknown>;
    if (status !== "ok" || !data) throw new Error(String(evalue ?? "The kernel gave no answer."));
    return { data, metadata: metadata ?? {} };
  }

  /** Writes a name where the cursor is. */
  insert(name: string): void {
    const cell = this.#widget?.content?.activeCell ?? this.#widget?.console?.promptCell;
    cell?.editor?.replaceSelection?.(name);
    cell?.editor?.focus();
  }

  get #kernel(): Kernel.IKernelConnection | null | undefined {
    return this.#widget?.sessionContext.session?.kernel;
  }

  /** A widget without a kernel leaves the list of the one before. */
  #watch(widget: Widget | null): void {
    if (!hasKernel(widget) || widget === this.#widget) return;
    const { sessionContext } = widget;
    this.#release();
    this.#widget = widget;
    sessionContext.iopubMessage.connect(this.#hear, this);
    sessionContext.kernelChanged.connect(this.ask, this);
    sessionContext.statusChanged.connect(this.#status, this);
    widget.disposed.connect(this.#release, this);
    this.ask();
  }

  #release(): void {
    if (!this.#widget) return;
    const { sessionContext } = this.#widget;
    sessionContext.iopubMessage.disconnect(this.#hear, this);
    sessionContext.kernelChanged.disconnect(this.ask, this);
    sessionContext.statusChanged.disconnect(this.#status, this);
    this.#widget.disposed.disconnect(this.#release, this);
    this.#widget = undefined;
    this.ask();
  }

  #hear(_: ISessionContext, message: KernelMessage.IMessage): void {
    if (!KernelMessage.isStatusMsg(message) || message.content.execution_state !== "idle") return;
    const parent = "msg_type" in message.parent_header ? message.parent_header.msg_type : undefined;
    if (parent === "execute_request" || parent === "comm_msg") this.ask();
  }

  #status(_: ISessionContext, status: Kernel.Status): void {
    if (["restarting", "autorestarting", "dead"].includes(status)) this.#changed.emit({ none: NO_KERNEL });
    else if (status === "idle" || status === "starting") this.ask();
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) {
      this.#askAgain = true;
      return;
    }
    this.#isAsking = true;
    try {
      const answer = await this.#answer();
      if (answer) this.#changed.emit(answer);
    } catch {
      // The connection is lost: when it is there again, the status says so.
    }
    this.#isAsking = false;
    if (!this.#askAgain) return;
    this.#askAgain = false;
    this.ask();
  }

  /** Nothing while the kernel computes. */
  async #answer(): Promise<Listing | undefined> {
    const kernel = this.#kernel;
    if (!kernel) return { none: NO_KERNEL };
    if (kernel.connectionStatus !== "connected") return undefined;
    const { implementation } = await kernel.info;
    if (implementation !== "chainrule") return { none: FOREIGN };
    const message = KernelMessage.createMessage({
      channel: "shell",
      // A message of chainrule's own, which JupyterLab's types do not list.
      msgType: "chainrule_variables_request" as "is_complete_request",
      session: kernel.clientId,
      username: kernel.username,
      content: { code: "" },
    });
    const reply = await kernel.sendShellMessage(message, true).done;
    const content = (reply?.content ?? {}) as { busy?: boolean; variables?: readonly Variable[] };
    // It was late with its answer, though no cell runs whose end would ask again.
    if (content.busy && kernel.status === "idle") window.setTimeout(() => this.ask(), LATER);
    if (kernel !== this.#kernel || content.busy || !content.variables) return undefined;
    return { variables: content.variables };
  }
}
