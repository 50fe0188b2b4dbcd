/**
 * Where an address leads in a notebook of a website: `#cell-5` is the fifth cell, as on exported pages; else what follows `#`
 * is a cell's id, or a heading's words with hyphens between.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import { INotebookTracker } from "@jupyterlab/notebook";
import type { Notebook, NotebookPanel } from "@jupyterlab/notebook";

const slug = (words: string): string =>
  words
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");

/** The index of the cell that an anchor names; -1 for none. */
function cellAt({ widgets }: Notebook, anchor: string): number {
  const byId = widgets.findIndex(({ model }) => model.id === anchor);
  if (byId >= 0) return byId;
  const number = /^cell-(\d+)$/.exec(anchor)?.[1];
  if (number !== undefined) return Number(number) <= widgets.length ? Number(number) - 1 : -1;
  const wanted = slug(anchor);
  return widgets.findIndex(
    ({ model }) =>
      model.type === "markdown" &&
      [...model.sharedModel.getSource().matchAll(/^#{1,6} +(.+)$/gm)].some(
        ([, words]) => slug(words!) === wanted,
      ),
  );
}

async function goTo({ content, context }: NotebookPanel, hash: string): Promise<void> {
  await context.ready;
  let anchor = hash.slice(1);
  try {
    anchor = decodeURIComponent(anchor);
  } catch {
    // It is meant as it stands.
  }
  const index = anchor === "" ? -1 : cellAt(content, anchor);
  if (index < 0) return;
  content.activeCellIndex = index;
  content.deselectAll();
  await reach(content, index);
}

/** Milliseconds between two looks at where the notebook stands, and how many looks there are at most. */
const OFTEN = 300;
const LOOKS = 30;
/** Looks that must find the cell in view: cells above it get their heights one after the other. */
const STILL = 3;

/** Scrolls to a cell until it stays in view, or the reader goes elsewhere: a list that is laid out meanwhile forgets where it was to go. */
async function reach(content: Notebook, index: number): Promise<void> {
  const own = new AbortController();
  for (const event of ["wheel", "pointerdown", "keydown", "touchstart"])
    content.node.addEventListener(event, () => own.abort(), { signal: own.signal, passive: true });
  for (let looks = 0, seen = 0; looks < LOOKS && seen < STILL; looks++) {
    if (own.signal.aborted || content.isDisposed) break;
    if (isInView(content, index)) seen++;
    else {
      seen = 0;
      await content.scrollToItem(index, "start");
    }
    await new Promise((resolve) => setTimeout(resolve, OFTEN));
  }
  own.abort();
}

/** Whether the cell's beginning is in view. */
function isInView({ node, widgets }: Notebook, index: number): boolean {
  const cell = widgets[index]?.node;
  if (!cell?.isConnected) return false;
  const [{ top, height }, room] = [cell.getBoundingClientRect(), node.getBoundingClientRect()];
  return height > 0 && top >= room.top - 1 && top + Math.min(height, room.height) <= room.bottom + 1;
}

function activate(app: JupyterFrontEnd, tracker: INotebookTracker): void {
  // JupyterLab writes its own address before it has opened anything.
  const { hash } = window.location;
  const path = PageConfig.getOption("treePath");
  const first = (): void => {
    const panel = tracker.find(({ context }) => context.path === path);
    if (!panel) return;
    tracker.widgetAdded.disconnect(first);
    void app.restored.then(() => panel.revealed).then(() => goTo(panel, hash));
  };
  if (hash.length > 1 && path !== "") {
    tracker.widgetAdded.connect(first);
    void app.restored.then(first);
  }
  window.addEventListener("hashchange", () => {
    const panel = tracker.currentWidget;
    if (panel) void goTo(panel, window.location.hash);
  });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:anchors",
  description: "Goes to the cell that the address names.",
  autoStart: true,
  requires: [INotebookTracker],
  activate,
};

export default plugin;
