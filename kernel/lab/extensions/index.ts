/** The plugins that are ours. */
import anywidget from "./anywidget.js";
import cellExecutor from "./cell-executor.js";
import charts from "./charts.js";
import course from "./course.js";
import diagnostics from "./diagnostics.js";
import editing from "./editing.js";
import terminals from "./terminals.js";
import typescript from "./typescript.js";
import variables from "./variables/index.js";
import widgetStates from "./widget-states.js";

export default [
  anywidget,
  cellExecutor,
  course,
  diagnostics,
  editing,
  terminals,
  typescript,
  variables,
  widgetStates,
];

/** Renderers of outputs, which JupyterLab takes by themselves. */
export const ownMimes = [charts];
