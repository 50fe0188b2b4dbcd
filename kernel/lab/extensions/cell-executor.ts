/**
 * Runs cells as JupyterLab does, but for one thing: a cell that is run while the notebook's kernel is still starting waits
 * for it. JupyterLab gives it to a connection that is replaced a moment later, and the run is lost without a word.
 */
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { CodeCell } from "@jupyterlab/cells";
import { INotebookCellExecutor, runCell } from "@jupyterlab/notebook";

const plugin: JupyterFrontEndPlugin<INotebookCellExecutor> = {
  id: "chainrule:cell-executor",
  description: "Runs cells, those of a moment too early as well.",
  autoStart: true,
  provides: INotebookCellExecutor,
  activate: () => ({
    runCell: async (options) => {
      const { cell, sessionContext } = options;
      if (cell instanceof CodeCell && sessionContext && !sessionContext.isReady) {
        cell.setPrompt("*");
        await sessionContext.ready;
      }
      return runCell(options);
    },
  }),
};

export default plugin;
