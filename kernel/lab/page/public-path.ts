/** Where the page loads its later parts from: the server says it, whatever address the page has. */
import { PageConfig } from "@jupyterlab/coreutils";

declare global {
  /** Read by the bundler's code. */
  var __webpack_public_path__: string;
}

__webpack_public_path__ = `${PageConfig.getOption("fullStaticUrl").replace(/\/$/, "")}/`;
