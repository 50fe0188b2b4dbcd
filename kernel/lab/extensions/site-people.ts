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
}`;

function nameParts(root: ParentNode): void {
  for (const image of root.querySelectorAll(".jp-OutputArea-output img:not([alt])"))
    image.setAttribute("alt", "Figure of this cell");
  for (const button of root.querySelectorAll(".jp-collapseHeadingButton:not([aria-label])"))
    button.setAttribute("aria-label", "Fold this section");
  for (const editor of root.querySelectorAll(".jp-Cell .cm-content:not([aria-label])"))
    editor.setAttribute("aria-label", editor.closest(".jp-CodeCell") ? "Code of a cell" : "Text of a cell");
}

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
    const later = (): void => void (coming ??= requestAnimationFrame(look));
    new MutationObserver(later).observe(document.body, { childList: true, subtree: true });
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
