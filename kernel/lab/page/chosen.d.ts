/** The module that the build writes: JupyterLab's packages, as `packages.mjs` names them. */
declare module "chosen" {
  import type { JupyterLab } from "@jupyterlab/application";
  import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
  import type { IPlugin } from "@lumino/coreutils";

  export interface PackageModule<T> {
    readonly default: T | readonly T[];
  }
  export const plugins: readonly PackageModule<IPlugin<JupyterLab, unknown>>[];
  export const mimes: readonly PackageModule<IRenderMime.IExtension>[];
  /** Plugins that never start. */
  export const disabled: readonly string[];
}

/** A style sheet that the bundler puts onto the page. */
declare module "*.css";
