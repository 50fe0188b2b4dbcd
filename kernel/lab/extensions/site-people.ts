/**
 * A website is read on phones and by screen readers: on a narrow page the notebook has the width for itself, and what
 * JupyterLab shows without a name gets one.
 */
import { ILabShell } from "@jupyterlab/application";
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";

/** The width below which a page is a phone's, in CSS pixels. */
const NARROW = 600;

const STYLE = `
/* JupyterLab's dark theme writes names that are declared in a blue with too little contrast (WCAG asks 4.5 to 1). */
[data-jp-theme-light="false"] { --jp-mirror-editor-def-color: #82b1ff; }
@media (max-width: ${NARROW}px) {
  #jp-single-document-mode { display: none !important; }
  .jp-Notebook { --jp-cell-prompt-width: 28px; --jp-notebook-padding: 2px; --jp-cell-padding: 2px; }
  .jp-Notebook .jp-InputPrompt, .jp-Notebook .jp-OutputPrompt { font-size: 9px; padding: 4px 1px; }
  .jp-Notebook .jp-Collapser { width: 4px; min-width: 4px; }
  .jp-Launcher-content { width: 100%; padding-left: 4px; padding-right: 4px; }
  .jp-LauncherCard { margin: 3px; width: calc((100% - 18px) / 3); min-width: 0; box-sizing: border-box; }
  .jp-LauncherCard .jp-LauncherCard-label p { font-size: 10.5px; }
}`;

function nameParts(root: ParentNode): void {
  for (const image of root.querySelectorAll(".jp-OutputArea-output img:not([alt])"))
    image.setAttribute("alt", "Figure of this cell");
  for (const button of root.querySelectorAll(".jp-collapseHeadingButton:not([aria-label])"))
    button.setAttribute("aria-label", "Fold this section");
  for (const editor of root.querySelectorAll(".jp-Cell .cm-content:not([aria-label])"))
    editor.setAttribute("aria-label", editor.closest(".jp-CodeCell") ? "Code of a cell" : "Text of a cell");
  // Its title says when it was saved last, and is no label.
  for (const name of root.querySelectorAll("#jp-title-panel-title input:not([aria-label])"))
    name.setAttribute("aria-label", "Name of this notebook");
  for (const menu of root.querySelectorAll(".vega-embed summary:not([aria-label])"))
    menu.setAttribute("aria-label", "Save or open this chart");
  // JupyterLab's notebook is a feed, and a feed has articles.
  for (const cell of root.querySelectorAll('[role="feed"] > .jp-Cell:not([role])'))
    cell.setAttribute("role", "article");
  // It stands on the element around the button, where it has no meaning.
  for (const button of root.querySelectorAll('jp-button[aria-pressed="false"]'))
    button.removeAttribute("aria-pressed");
}

/** What is wider than its place scrolls by itself: the keyboard reaches it, and its arrow keys move it. */
function reachScrolling(root: ParentNode): void {
  for (const part of root.querySelectorAll<HTMLElement>(".jp-MarkdownOutput, .jp-OutputArea-output")) {
    const scrolls = part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight;
    if (scrolls && !part.hasAttribute("tabindex")) {
      part.tabIndex = 0;
      part.dataset.reached = "";
    } else if (!scrolls && part.dataset.reached !== undefined) {
      part.removeAttribute("tabindex");
      delete part.dataset.reached;
    }
  }
}

/** Milliseconds without a change after which the page is measured: a live figure changes with every frame. */
const QUIET = 300;

function activate(app: JupyterFrontEnd, shell: ILabShell | null): void {
  const style = document.createElement("style");
  style.textContent = STYLE;
  document.head.append(style);
  void app.restored.then(() => {
    // Once for all that has changed before the page is drawn again.
    let coming: number | undefined;
    const look = (): void => {
      coming = undefined;
      nameParts(document);
    };
    look();
    let measuring: ReturnType<typeof setTimeout> | undefined;
    const measureSoon = (): void => {
      clearTimeout(measuring);
      measuring = setTimeout(() => reachScrolling(document), QUIET);
    };
    measureSoon();
    window.addEventListener("resize", measureSoon);
    const later = (): void => {
      coming ??= requestAnimationFrame(look);
      measureSoon();
    };
    new MutationObserver(later).observe(document.body, {
      childList: true,
      subtree: true,
      attributeFilter: ["aria-pressed"],
    });
    if (!shell || window.innerWidth > NARROW) return;
    shell.mode = "single-document";
    shell.collapseLeft();
    shell.collapseRight();
    if (shell.isSideTabBarVisible("right")) shell.toggleSideTabBarVisibility("right");
  });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:all-people",
  description: "Makes room on a phone, and names what has no name.",
  autoStart: true,
  optional: [ILabShell],
  activate,
};

export default plugin;
