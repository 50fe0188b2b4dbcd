/**
 * What a test may need and a machine may lack: the shared data bundle, PyTorch, Jupyter, Chromium,
 * the notebook's front end.
 *
 * `withData`, `withTool`, `withFrontEnd` and `withFrontEndPackages` declare a suite that runs where the thing is there. Where it is not, the suite
 * is one skipped test whose name says what is missing, and one line on stderr says the same; with CI=true
 * it is one failing test instead, so that nothing is skipped where everything ought to be installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";

/** The project's root folder. */
export const projectRoot: string = fileURLToPath(new URL("../../", import.meta.url));

/**
 * A file or folder of the data bundle: `CHAINRULE_TEST_DATA`, else `../shared/data` beside the project.
 * @param name  path inside the bundle, such as "mnist" or "golden/cs231n.json"
 * @returns an absolute path that exists, or undefined
 */
export function sharedData(name: string): string | undefined {
  const path = resolve(process.env.CHAINRULE_TEST_DATA ?? resolve(projectRoot, "../shared/data"), name);
  return existsSync(path) ? path : undefined;
}

/** Declares a suite that needs a part of the data bundle; `body` is given its absolute path. */
export function withData(name: string, title: string, body: (path: string) => void): void {
  declare(title, `the shared data ${name} (set CHAINRULE_TEST_DATA to the bundle)`, sharedData(name), body);
}

/** How to start an external program: `spawnSync(tool.command, [...tool.args, …])`. */
export interface Tool {
  readonly command: string;
  readonly args: readonly string[];
  /** What it says of its version. */
  readonly version: string;
}

/** The programs that tests use, each with the Debian package that has it. */
export type ToolName =
  | "python3-torch"
  | "python3-numpy"
  | "jupyter"
  | "chromium"
  | "firefox-esr"
  | "webkit2gtk-driver"
  | "redis-server"
  | "slurm-wlm";

// Debian's own Python: another `python3` on the PATH would not see Debian's packages.
const python = { command: "/usr/bin/python3", args: ["-Xfrozen_modules=off"] };
/** Prints the module's version and does not import it, which takes seconds; fails where it is absent. */
const versionOf = (name: string): string[] => [
  "-c",
  `import importlib.metadata as modules; print(modules.version('${name}'))`,
];

const tools: Record<ToolName, Omit<Tool, "version"> & { probe: readonly string[] }> = {
  "python3-torch": { ...python, probe: versionOf("torch") },
  "python3-numpy": { ...python, probe: versionOf("numpy") },
  jupyter: { command: "/usr/bin/jupyter", args: [], probe: ["--version"] },
  chromium: { command: "/usr/bin/chromium", args: [], probe: ["--version"] },
  "firefox-esr": { command: "/usr/bin/firefox-esr", args: [], probe: ["--version"] },
  "webkit2gtk-driver": { command: "/usr/bin/WebKitWebDriver", args: [], probe: ["--help"] },
  "slurm-wlm": { command: "/usr/sbin/slurmctld", args: [], probe: ["-V"] },
  "redis-server": { command: "/usr/bin/redis-server", args: [], probe: ["--version"] },
};

const found = new Map<ToolName, Tool | undefined>();

/** The tool when it is installed and starts, else undefined; asked once in each test file. */
export function findTool(name: ToolName): Tool | undefined {
  if (!found.has(name)) {
    const { command, args, probe } = tools[name];
    const probed = existsSync(command)
      ? spawnSync(command, [...args, ...probe], { encoding: "utf8" })
      : undefined;
    found.set(name, probed?.status === 0 ? { command, args, version: probed.stdout.trim() } : undefined);
  }
  return found.get(name);
}

/** Declares a suite that needs an external program; `body` is told how to start it. */
export function withTool(name: ToolName, title: string, body: (tool: Tool) => void): void {
  declare(title, `${name} (Debian's package of that name)`, findTool(name), body);
}

/** Declares a suite that needs the notebook's front end; `body` is given its folder. */
export function withFrontEnd(title: string, body: (folder: string) => void): void {
  const folder = resolve(projectRoot, "dist/lab");
  const value = existsSync(resolve(folder, "manifest.json")) ? folder : undefined;
  declare(title, "dist/lab (npm run build:lab)", value, body);
}

/** Declares a suite that needs the packages of the notebook's front end; `body` is given the file that they are required from. */
export function withFrontEndPackages(title: string, body: (from: string) => void): void {
  const folder = resolve(projectRoot, "kernel/lab");
  const value = existsSync(resolve(folder, "node_modules/@jupyterlab/services"))
    ? resolve(folder, "package.json")
    : undefined;
  declare(title, "kernel/lab/node_modules (npm run build:lab)", value, body);
}

function declare<T>(title: string, need: string, value: T | undefined, body: (value: T) => void): void {
  if (value !== undefined) {
    describe(title, () => body(value));
  } else if (process.env.CI === "true") {
    it(title, () => {
      throw new Error(`${title}: needs ${need}, which must be here when CI=true.`);
    });
  } else {
    process.stderr.write(`skipped: ${title}: needs ${need}\n`);
    it.skip(`${title}: needs ${need}`, () => {});
  }
}
