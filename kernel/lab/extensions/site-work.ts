/**
 * Keeps a reader's work safe on a website, where it is in the browser alone: it is saved when the page goes out of sight, and noted
 * when the page is left, the browser is asked to keep it, and who has not downloaded a changed notebook for a day is told so. What she only opened is not her
 * work, and stays the lecturer's.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Notification } from "@jupyterlab/apputils";
import { PageConfig } from "@jupyterlab/coreutils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import { INotebookTracker } from "@jupyterlab/notebook";
import type { NotebookPanel } from "@jupyterlab/notebook";
import type { Contents } from "@jupyterlab/services";
import { ownContent } from "../../notebook/own-content.js";
import { LeftBehind } from "../../site/page/left-behind.js";

const DAY = 24 * 3_600_000;

/** How often the days are counted while the page is open, in milliseconds. */
const OFTEN = 15 * 60_000;

/** Notes that the user knows that the browser may delete what it keeps. */
const SAID = `chainrule told ${PageConfig.getBaseUrl()}`;

/** Since when a notebook has changes that were not downloaded, in milliseconds since 1970, by its path. */
const since = {
  key: (path: string) => `chainrule changed ${PageConfig.getBaseUrl()}${path}`,
  note(path: string): void {
    if (localStorage.getItem(this.key(path)) === null)
      localStorage.setItem(this.key(path), String(Date.now()));
  },
  forget(path: string): void {
    localStorage.removeItem(this.key(path));
  },
  isLong(path: string): boolean {
    const time = localStorage.getItem(this.key(path));
    return time !== null && Date.now() - Number(time) > DAY;
  },
};

function bytesOf({ type, format, content }: Contents.IModel): BlobPart {
  if (type === "notebook") return `${JSON.stringify(content, null, 1)}\n`;
  if (format === "base64") return Uint8Array.from(atob(String(content)), (one) => one.charCodeAt(0));
  return String(content);
}

const contentOf = ({ contentsModel, model }: DocumentRegistry.Context): unknown =>
  contentsModel?.type === "notebook" ? model.toJSON() : model.toString();

/** How a context notes of which version it is; JupyterLab does so when it saves and reverts. */
interface WithModel {
  _updateContentsModel(model: Contents.IModel): void;
}

/** What counts of a content. */
const essence = (content: unknown): string => (typeof content === "string" ? content : ownContent(content));

/** Takes the mark of a change from notebooks in which the kernel's name and language alone have changed, which the front end writes. */
class Unchanged {
  /** What each notebook was when it had no change. */
  readonly #clean = new WeakMap<DocumentRegistry.IModel, string>();

  constructor(notebooks: INotebookTracker) {
    notebooks.forEach((one) => this.#watch(one));
    notebooks.widgetAdded.connect((_, one) => this.#watch(one));
  }

  #watch({ context: { model, ready } }: NotebookPanel): void {
    const note = (): void => void this.#clean.set(model, ownContent(model.sharedModel.toJSON()));
    void ready.then(() => {
      if (!this.#clean.has(model)) note();
      this.settle(model);
    });
    model.stateChanged.connect((_, { name, newValue }) => {
      if (name !== "dirty") return;
      if (newValue === false) note();
      // The change itself comes after its mark.
      else setTimeout(() => this.settle(model));
    });
  }

  settle(model: DocumentRegistry.IModel): void {
    const clean = this.#clean.get(model);
    if (clean === undefined || model.isDisposed || !model.dirty) return;
    if (ownContent(model.toJSON()) === clean) model.dirty = false;
  }
}

function activate(app: JupyterFrontEnd, documents: IDocumentManager, notebooks: INotebookTracker): void {
  const { contents } = app.serviceManager;
  const unchanged = new Unchanged(notebooks);
  const base = new URL(PageConfig.getBaseUrl(), location.href);
  const files = new URL("files/", base).href;
  const left = new LeftBehind(base.pathname);

  async function download(path: string): Promise<void> {
    const model = await contents.get(path, { content: true });
    const address = URL.createObjectURL(new Blob([bytesOf(model)], { type: "application/octet-stream" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = model.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
    since.forget(path);
  }

  // JupyterLab downloads by a link to the host, which has the lecturer's version.
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target;
      if (!(link instanceof HTMLAnchorElement) || !link.hasAttribute("download")) return;
      if (!link.href.startsWith(files)) return;
      event.preventDefault();
      const path = decodeURIComponent(link.href.slice(files.length).replace(/[?#].*$/, ""));
      download(path).catch((error: unknown) => Notification.error(String(error), { autoClose: false }));
    },
    true,
  );

  const told = new Set<string>();
  const watched = new WeakSet<DocumentRegistry.Context>();
  const open = new Set<DocumentRegistry.Context>();
  const saving = new Set<DocumentRegistry.Context>();
  const remind = (): void => {
    for (const { path } of open) {
      if (!since.isLong(path) || told.has(path)) continue;
      told.add(path);
      Notification.warning(
        `Your changes of ${path} are in this browser alone, and have not been downloaded for a day.`,
        { autoClose: false, actions: [{ label: "Download", callback: () => void download(path) }] },
      );
    }
  };
  let isPersistent: Promise<boolean> | undefined;
  const askToKeep = async (): Promise<boolean> => {
    const isKept = (await navigator.storage?.persist?.()) ?? false;
    if (isKept || localStorage.getItem(SAID) !== null) return isKept;
    localStorage.setItem(SAID, "1");
    Notification.info(
      // JupyterLab cuts a notice at 140 characters.
      "Your changes are saved in this browser, which may delete them. When you stop: File, Download.",
      { autoClose: 20_000 },
    );
    return isKept;
  };
  const watch = (context: DocumentRegistry.Context): void => {
    if (watched.has(context)) return;
    watched.add(context);
    open.add(context);
    context.disposed.connect(() => open.delete(context));
    context.saveState.connect((_, state) => {
      if (state === "started") saving.add(context);
      else saving.delete(context);
      if (state !== "completed") return;
      left.forget(context.path);
      // What equals the lecturer's version is not kept (kernel/site/page/contents.ts).
      if (context.contentsModel?.hash_algorithm !== "revision") return since.forget(context.path);
      since.note(context.path);
      isPersistent ??= askToKeep().catch(() => false);
    });
    remind();
  };
  const look = (): void => {
    for (const widget of app.shell.widgets("main")) {
      const context = documents.contextForWidget(widget);
      if (context) watch(context);
    }
  };
  void app.restored.then(look);
  app.shell.currentChanged?.connect(look);
  setInterval(remind, OFTEN);

  const isChanged = (context: DocumentRegistry.Context): boolean => {
    unchanged.settle(context.model);
    return context.model.dirty && !context.isDisposed;
  };
  const noted = new Set<DocumentRegistry.Context>();
  const note = (context: DocumentRegistry.Context): void => {
    const content = contentOf(context);
    const [type, format] =
      typeof content === "string" ? (["file", "text"] as const) : (["notebook", "json"] as const);
    left.note(context.path, { type, format, hash: context.contentsModel?.hash ?? null, content });
    noted.add(context);
  };
  /** Saves what the page noted when it was left, unless another page has done so. */
  const comeBack = async (context: DocumentRegistry.Context): Promise<void> => {
    // One that was under way goes on by itself.
    if (context.isDisposed || saving.has(context)) return;
    if (left.find(context.path)) return context.save();
    const was = essence(contentOf(context));
    const stored = await contents.get(context.path, { content: true });
    if (context.isDisposed || essence(stored.content) !== was) return;
    // Not revert(): that would take what she has written meanwhile.
    (context as unknown as WithModel)._updateContentsModel(stored);
    if (essence(contentOf(context)) === was) context.model.dirty = false;
  };
  let isLeft = false;
  addEventListener("pagehide", () => {
    isLeft = true;
    look();
    for (const context of open) if (isChanged(context)) note(context);
  });
  addEventListener("pageshow", () => {
    isLeft = false;
    for (const context of noted) comeBack(context).catch(() => {});
    noted.clear();
  });
  // A page that is left comes here too, but may not finish what it begins.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || isLeft) return;
    for (const context of open) if (isChanged(context)) void context.save();
  });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:work-in-the-browser",
  description: "Keeps what is in the browser alone safe.",
  autoStart: true,
  requires: [IDocumentManager, INotebookTracker],
  activate,
};

export default plugin;
