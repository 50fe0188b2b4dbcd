/** The kernels that can be started: chainrule's own, and those that Jupyter's folders name. */
import { join } from "node:path";
import { DISPLAY_NAME, KERNEL_NAME } from "../../language/info.js";
import { foundKernels, NODE_FLAGS, packageRoot, packageVersion } from "../../setup/install.js";
import type { KernelSpec } from "../../setup/install.js";

/** A kernel that can be started. */
export interface KnownKernel {
  readonly name: string;
  readonly spec: KernelSpec;
  /** The folder of its logos. */
  readonly folder: string;
  /** Whether it is chainrule's own, which can speak over a pipe. */
  readonly isOwn: boolean;
}

/** All of them by name, looked for anew each time: one may have been installed meanwhile. */
export function knownKernels(): Map<string, KnownKernel> {
  const own = ownKernel();
  const others = foundKernels()
    .filter(({ name }) => name !== own.name)
    .map((one): [string, KnownKernel] => [one.name, { ...one, isOwn: false }]);
  return new Map([[own.name, own], ...others]);
}

function ownKernel(): KnownKernel {
  const root = packageRoot();
  return {
    name: KERNEL_NAME,
    folder: join(root, "kernel", "logos"),
    isOwn: true,
    spec: {
      argv: [process.execPath, ...NODE_FLAGS, join(root, "dist", "kernel", "jupyter", "main.js")],
      display_name: DISPLAY_NAME,
      language: "typescript",
      interrupt_mode: "message",
      metadata: { debugger: true, chainrule: { version: packageVersion() } },
    },
  };
}
