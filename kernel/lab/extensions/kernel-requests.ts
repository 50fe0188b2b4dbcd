/** What the page asks chainrule's kernel beside Jupyter's own requests; kernel/jupyter/README.md lists the messages. */
import type { CodeEditor } from "@jupyterlab/codeeditor";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import { KernelMessage } from "@jupyterlab/services";

/** As the Language Server Protocol has it: from zero, in UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

/**
 * Asks the kernel. @returns undefined where the kernel is somebody else's or away. @throws with the kernel's own words
 * where it refuses
 */
export async function askKernel<Reply>(
  kernel: Kernel.IKernelConnection | null | undefined,
  type: string,
  content: Readonly<Record<string, unknown>>,
): Promise<Reply | undefined> {
  if (!kernel || kernel.connectionStatus !== "connected") return undefined;
  const { implementation } = await kernel.info;
  if (implementation !== "chainrule") return undefined;
  const message = KernelMessage.createMessage({
    channel: "shell",
    // A message of chainrule's own, which JupyterLab's types do not list.
    msgType: `chainrule_${type}_request` as "is_complete_request",
    session: kernel.clientId,
    username: kernel.username,
    content: content as unknown as { code: string },
  });
  const reply = await kernel.sendShellMessage(message, true).done;
  const answer = (reply?.content ?? {}) as unknown as { status: string; evalue?: string };
  if (answer.status === "error") throw new Error(answer.evalue);
  return answer as unknown as Reply;
}

/** A cell in a notebook: the notebook, and how many cells stand before it. */
export interface Place {
  readonly panel: NotebookPanel;
  readonly index: number;
}

export function placeOf(notebooks: INotebookTracker, model: CodeEditor.IModel): Place | undefined {
  let found: Place | undefined;
  notebooks.forEach((panel) => {
    const index = panel.content.widgets.findIndex((cell) => cell.model === model);
    if (index >= 0) found = { panel, index };
  });
  return found;
}
