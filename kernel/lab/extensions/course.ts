/**
 * The course in the launcher: lectures, problem sets, experiments, talks and texts, which open as copies in the user's
 * folder. Only where the server offers a course.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Dialog, ICommandPalette, Notification, showDialog } from "@jupyterlab/apputils";
import { PageConfig, URLExt } from "@jupyterlab/coreutils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { ILauncher } from "@jupyterlab/launcher";
import { IMainMenu } from "@jupyterlab/mainmenu";
import { ServerConnection } from "@jupyterlab/services";
import { LabIcon } from "@jupyterlab/ui-components";

const openCommand = "chainrule:open-course-notebook";
const resetCommand = "chainrule:reset-course-notebook";
/** JupyterLab's own, for a link to a file. */
const linkCommand = "rendermime:handle-local-link";

/** The folder of the user's copies, as the server has it; a website has none. */
const FOLDER = "course/";

interface CourseNotebook {
  /** Its name in the course. */
  readonly path: string;
  readonly title: string;
  /** Where the user's copy lies. */
  readonly copy: string | null;
}

interface Course {
  readonly sections: readonly {
    readonly id: string;
    readonly title: string;
    readonly notebooks: readonly CourseNotebook[];
  }[];
}

/** Asks the server. @throws with the server's own words */
async function askBy<T>(
  settings: ServerConnection.ISettings,
  path: string,
  body?: Readonly<Record<string, unknown>>,
): Promise<T> {
  const init = body ? { method: "POST", body: JSON.stringify(body) } : {};
  const response = await ServerConnection.makeRequest(
    URLExt.join(settings.baseUrl, "api/chainrule", path),
    init,
    settings,
  );
  if (!response.ok) throw await ServerConnection.ResponseError.create(response);
  return (await response.json()) as T;
}

/** A page with the number or the letter that the notebook's name begins with, or with a mark. */
function iconOf({ path }: CourseNotebook, section: string): LabIcon {
  const number = /(?:^|\/)\D{0,5}?(\d+)[^/]*$/.exec(path)?.[1];
  const letter = /(?:^|\/)([A-Z])-[^/]*$/.exec(path)?.[1] ?? (path.endsWith(".md") ? "¶" : "∂");
  const text = number === undefined ? letter : String(Number(number));
  // JupyterLab's styles fill what has a fill and draw what has a stroke, in the colours of the theme.
  const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
    <rect class="jp-icon3" style="fill: none" x="3.5" y="1.5" width="17" height="21" rx="2" stroke="#616161"/>
    <text class="jp-icon3" x="12" y="16" text-anchor="middle" font-size="10" font-family="sans-serif" fill="#616161">${text}</text>
  </svg>`;
  return new LabIcon({ name: `chainrule:${section}-${text}`, svgstr });
}

/** The title without its number, which the icon has. */
function nameOf(notebook: CourseNotebook | undefined): string | undefined {
  return notebook?.title.replace(/^P?\d+\s*·\s*/, "");
}

function activate(
  app: JupyterFrontEnd,
  documents: IDocumentManager,
  launcher: ILauncher | null,
  palette: ICommandPalette | null,
  menu: IMainMenu | null,
): void {
  if (PageConfig.getOption("courseAvailable") !== "true") return;
  const { commands, shell } = app;
  const ask = <T>(path: string, body?: Readonly<Record<string, unknown>>): Promise<T> =>
    askBy<T>(app.serviceManager.serverSettings, path, body);
  /** By their names in the course. */
  const notebooks = new Map<string, CourseNotebook>();
  const icons = new Map<string, LabIcon>();
  const named = (path: unknown): CourseNotebook | undefined => notebooks.get(String(path));
  const isOpen = (path: string | null): boolean => path !== null && documents.findWidget(path) !== undefined;
  const say = (error: unknown): void => {
    Notification.error(error instanceof Error ? error.message : String(error), { autoClose: false });
  };

  /** The course's notebook whose copy is the document in front. */
  function current(): CourseNotebook | undefined {
    const widget = shell.currentWidget;
    const path = widget ? documents.contextForWidget(widget)?.path : undefined;
    return path === undefined ? undefined : [...notebooks.values()].find(({ copy }) => copy === path);
  }

  commands.addCommand(openCommand, {
    label: ({ path }) => nameOf(named(path)) ?? "Open a Notebook of the Course",
    caption: ({ path }) => {
      const notebook = named(path);
      if (!notebook) return "";
      return notebook.copy === null
        ? `${notebook.title}\nOpens as a copy in your folder.`
        : `${notebook.title}\nOpens your copy, ${notebook.copy}.`;
    },
    icon: ({ path }) => icons.get(String(path)),
    isEnabled: ({ path }) => named(path) !== undefined,
    describedBy: {
      args: {
        type: "object",
        properties: { path: { type: "string", description: "The notebook's name in the course" } },
        required: ["path"],
      },
    },
    execute: async ({ path }) => {
      const notebook = named(path);
      if (!notebook) return undefined;
      try {
        const opened = await ask<{ path: string }>("course/open", { path: notebook.path });
        notebooks.set(notebook.path, { ...notebook, copy: opened.path });
        // A text is shown, and not its Markdown.
        const factory = documents.registry.defaultRenderedWidgetFactory(opened.path).name;
        return (await commands.execute("docmanager:open", { path: opened.path, factory })) as unknown;
      } catch (error) {
        say(error);
        return undefined;
      }
    },
  });

  commands.addCommand(resetCommand, {
    label: "Reset to the Course's Version…",
    caption: "Replace this copy by a fresh one; yours is kept beside it",
    isEnabled: () => current() !== undefined,
    describedBy: { args: { type: "object", properties: {} } },
    execute: async () => {
      const notebook = current();
      if (!notebook) return;
      const { button } = await showDialog({
        title: "Reset to the course's version?",
        body: `${notebook.copy ?? ""} becomes as it came with the course. Your version is kept beside it under another name.`,
        buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: "Reset" })],
      });
      if (!button.accept) return;
      try {
        // What is not saved yet is the user's version too.
        const context = notebook.copy ? documents.findWidget(notebook.copy)?.context : undefined;
        if (context?.model.dirty) await context.save();
        const { kept } = await ask<{ kept: string | null }>("course/reset", { path: notebook.path });
        if (isOpen(notebook.copy)) await context?.revert();
        if (kept !== null) Notification.info(`Your version is kept as ${kept}.`);
      } catch (error) {
        say(error);
      }
    },
  });
  /** A link to what was not opened yet: JupyterLab asks whether the file is there and, without a word, opens nothing. */
  function follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const copies = URLExt.join(PageConfig.getBaseUrl(), "files", FOLDER);
    if (!link?.href.startsWith(copies) || link.hasAttribute("download")) return;
    const { hash: id, href } = new URL(link.href);
    const notebook = named(decodeURIComponent(href.slice(copies.length).replace(/[?#].*$/, "")));
    if (!notebook) return;
    event.preventDefault();
    event.stopPropagation();
    void ask<{ path: string }>("course/open", { path: notebook.path }).then(({ path }) => {
      notebooks.set(notebook.path, { ...notebook, copy: path });
      void commands.execute(linkCommand, { path, id });
    }, say);
  }
  document.addEventListener("click", follow, { capture: true });

  palette?.addItem({ command: resetCommand, category: "Course" });
  menu?.fileMenu.addGroup([{ command: resetCommand }], 5);

  void ask<Course>("course").then(({ sections }) => {
    for (const [place, section] of sections.entries()) {
      for (const [rank, notebook] of section.notebooks.entries()) {
        notebooks.set(notebook.path, notebook);
        icons.set(notebook.path, iconOf(notebook, section.id));
        const args = { path: notebook.path };
        // Above notebooks and editors: a student comes for the course.
        launcher?.add({
          command: openCommand,
          args,
          category: section.title,
          categoryRank: place - sections.length,
          rank,
        });
        palette?.addItem({ command: openCommand, args, category: `Course: ${section.title}` });
      }
    }
    commands.notifyCommandChanged();
  }, say);
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:course",
  description: "Offers the course's notebooks in the launcher.",
  autoStart: true,
  requires: [IDocumentManager],
  optional: [ILauncher, ICommandPalette, IMainMenu],
  activate,
};

export default plugin;
