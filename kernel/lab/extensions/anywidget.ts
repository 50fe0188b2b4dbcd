/**
 * Widgets whose front end is a module of their own, by the convention of anywidget: the package's classes for models and
 * views, loaded when a notebook first shows one.
 */
import { IJupyterWidgetRegistry } from "@jupyter-widgets/base";
import * as base from "@jupyter-widgets/base";
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";

type Classes = Record<string, typeof base.WidgetModel | typeof base.WidgetView>;
type MakeClasses = (base: unknown) => Classes;

/** The package is an AMD module: it hands its factory to a global function `define`. */
async function load(): Promise<Classes> {
  const place = globalThis as { define?: unknown };
  const before = place.define;
  let make: MakeClasses | undefined;
  place.define = (_names: readonly string[], factory: MakeClasses): void => void (make = factory);
  try {
    await import("anywidget");
  } finally {
    if (before === undefined) delete place.define;
    else place.define = before;
  }
  if (!make) throw new Error("The package anywidget has defined nothing.");
  return make(base);
}

let classes: Promise<Classes> | undefined;

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:anywidget",
  description: "Shows widgets that bring a front end of their own.",
  autoStart: true,
  requires: [IJupyterWidgetRegistry],
  activate: (_app: JupyterFrontEnd, registry: base.IJupyterWidgetRegistry): void => {
    // Kernels ask for the version that they were made with, "~0.9.3" for example, and old notebooks still do.
    for (const version of ["0.11.0", "0.9.21"])
      registry.registerWidget({ name: "anywidget", version, exports: () => (classes ??= load()) });
  },
};

export default plugin;
