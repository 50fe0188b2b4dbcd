/**
 * Makes the kernel known to Jupyter, VS Code and every other program that reads kernelspecs, without Python: it writes a
 * folder with `kernel.json` and logos into one of Jupyter's data folders.
 * Where those are: https://jupyter.readthedocs.io/en/latest/use/jupyter-directories.html
 * What is in them: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs
 */
import { copyFileSync, existsSync, readFileSync, readdirSync, renameSync } from "node:fs";
import { rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, posix, resolve, win32 } from "node:path";
import { fileURLToPath } from "node:url";
import { DISPLAY_NAME, KERNEL_NAME } from "../language/info.js";
import { makeFolder } from "#host/folders";

/** What the folders depend on; default: this process's values. */
export interface Environment {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

/** Where a kernelspec is written; default: the user's own folder. */
export interface Place {
  /** Into the folder of the active Python environment (venv or conda). */
  readonly sysPrefix?: boolean | undefined;
  /** Into any folder, such as /usr/local for every user of a machine. */
  readonly prefix?: string | undefined;
}

export interface InstallOptions extends Place {
  /** The folder's name, by which Jupyter knows the kernel; default: "chainrule". */
  readonly name?: string | undefined;
  /** The name that people see. */
  readonly displayName?: string | undefined;
  /** Replace a kernel of the same name that is not chainrule's. */
  readonly force?: boolean | undefined;
  /** Modules that the kernel loads as plugins. */
  readonly plugins?: readonly string[] | undefined;
  /** The compiler to use instead of TypeScript 6.0. */
  readonly typescript?: "tslab" | undefined;
}

/** The content of kernel.json. */
export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode?: string;
  env?: Record<string, string>;
  metadata?: Record<string, unknown>;
}

/** An error that the user can mend. */
export class InstallError extends Error {
  override readonly name = "InstallError";
}

/**
 * Node's flags for the kernel. An interrupt cuts off the stack, and Node must not take that for a fault; Node 22 must
 * keep async contexts without async hooks, because with them an interrupt would make it abort.
 */
export const NODE_FLAGS: readonly string[] = [
  "--no-force-async-hooks-checks",
  ...(process.versions.node.startsWith("22.") ? ["--experimental-async-context-frame"] : []),
];

const LOGOS = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

/** The folder of this package, which holds its package.json. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) throw new Error(`chainrule: there is no package.json above ${import.meta.url}.`);
    folder = above;
  }
  return folder;
}

/** The version of this package. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return manifest.version;
}

/**
 * Writes the kernelspec, replacing an older one of this program.
 * @param root the package's folder, which the kernelspec will point to
 * @returns its folder, and whether there was one before
 * @throws InstallError
 */
export function installKernel(
  options: InstallOptions = {},
  environment: Environment = processEnvironment(),
  root: string = packageRoot(),
): { folder: string; isNew: boolean } {
  const name = checkName(options.name);
  refuseEphemeral(root);
  const main = join(root, "dist", "kernel", "jupyter", "main.js");
  if (!existsSync(main))
    throw new InstallError(`${main} is missing; run \`npm run build\` in ${root} first.`);
  const folder = join(kernelsFolder(options, environment), name);
  const isNew = !existsSync(folder);
  if (!isNew && !isOurs(folder) && !options.force)
    throw new InstallError(
      `${folder} is a kernel of another program; give --name for another name, or --force to replace it.`,
    );
  const spec: KernelSpec = {
    argv: [
      process.execPath,
      ...NODE_FLAGS,
      main,
      ...pluginArguments(options.plugins),
      ...(options.typescript === undefined ? [] : ["--typescript", options.typescript]),
      "{connection_file}",
    ],
    display_name: options.displayName ?? DISPLAY_NAME,
    language: "typescript",
    interrupt_mode: "message",
    metadata: { debugger: true, chainrule: { version: packageVersion() } },
  };
  try {
    if (!isNew && !isOurs(folder)) rmSync(folder, { recursive: true });
    makeFolder(folder);
    for (const logo of LOGOS) copyFileSync(join(root, "kernel", "logos", logo), join(folder, logo));
    // Last, by a rename: a front end that reads meanwhile sees the old kernel or the new one.
    const temporary = join(folder, `kernel.json.${process.pid}`);
    writeFileSync(temporary, `${JSON.stringify(spec, undefined, 2)}\n`);
    renameSync(temporary, join(folder, "kernel.json"));
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  return { folder, isNew };
}

/**
 * Removes the kernelspec.
 * @returns its folder, and whether there was one
 * @throws InstallError for a kernel of another program, unless `force`
 */
export function uninstallKernel(
  options: InstallOptions = {},
  environment: Environment = processEnvironment(),
): { folder: string; wasThere: boolean } {
  const folder = join(kernelsFolder(options, environment), checkName(options.name));
  if (!existsSync(folder)) return { folder, wasThere: false };
  if (!isOurs(folder) && !options.force)
    throw new InstallError(
      `${folder} is a kernel of another program; give --force if you want to remove it.`,
    );
  try {
    rmSync(folder, { recursive: true });
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  return { folder, wasThere: true };
}

/**
 * The folder of the kernelspecs at a place.
 * @throws InstallError when --sys-prefix is asked for outside a Python environment
 */
export function kernelsFolder(place: Place, environment: Environment = processEnvironment()): string {
  const { join: joinPath } = environment.platform === "win32" ? win32 : posix;
  if (place.prefix !== undefined) return joinPath(resolve(place.prefix), "share", "jupyter", "kernels");
  if (place.sysPrefix) {
    const prefix = pythonPrefixes(environment)[0];
    if (prefix === undefined)
      throw new InstallError(
        "--sys-prefix needs an active Python environment (neither VIRTUAL_ENV nor CONDA_PREFIX is set); activate one or give --prefix.",
      );
    return joinPath(prefix, "share", "jupyter", "kernels");
  }
  return joinPath(userDataFolder(environment), "kernels");
}

/** Every folder in which Jupyter looks for kernelspecs, the first one wins. */
export function kernelsFolders(environment: Environment = processEnvironment()): string[] {
  const { platform, env } = environment;
  const { join: joinPath, delimiter } = platform === "win32" ? win32 : posix;
  const shared =
    platform === "win32"
      ? [joinPath(env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  const data = [
    ...(env.JUPYTER_PATH ?? "").split(delimiter).filter((folder) => folder !== ""),
    userDataFolder(environment),
    ...pythonPrefixes(environment).map((prefix) => joinPath(prefix, "share", "jupyter")),
    ...shared,
  ];
  return [...new Set(data.map((folder) => joinPath(folder, "kernels")))];
}

/** A kernel that Jupyter can see. */
export interface FoundKernel {
  readonly name: string;
  readonly folder: string;
  readonly spec: KernelSpec;
}

/** The kernels that Jupyter can see, without those that another kernel of the same name hides. */
export function foundKernels(environment: Environment = processEnvironment()): FoundKernel[] {
  const found = new Map<string, FoundKernel>();
  for (const kernels of kernelsFolders(environment)) {
    for (const name of existsSync(kernels) ? readdirSync(kernels) : []) {
      const folder = join(kernels, name);
      const spec = readSpec(folder);
      if (spec !== undefined && !found.has(name)) found.set(name, { name, folder, spec });
    }
  }
  return [...found.values()];
}

/** The kernels among them that belong to this program. */
export function installedKernels(environment: Environment = processEnvironment()): FoundKernel[] {
  return foundKernels(environment).filter(({ spec }) => isOurSpec(spec));
}

function processEnvironment(): Environment {
  return { platform: process.platform, env: process.env, home: homedir() };
}

/** Where Jupyter's programs look for the connection files of kernels that run. */
export function jupyterRuntimeFolder(environment: Environment = processEnvironment()): string {
  return environment.env.JUPYTER_RUNTIME_DIR || join(userDataFolder(environment), "runtime");
}

/** Jupyter's data folder of one user. */
function userDataFolder({ platform, env, home }: Environment): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return posix.join(home, "Library", "Jupyter");
  if (platform === "win32")
    return env.APPDATA ? win32.join(env.APPDATA, "jupyter") : win32.join(home, ".jupyter", "data");
  return posix.join(env.XDG_DATA_HOME || posix.join(home, ".local", "share"), "jupyter");
}

function pythonPrefixes({ env }: Environment): string[] {
  return [env.VIRTUAL_ENV, env.CONDA_PREFIX].filter(
    (prefix) => prefix !== undefined && prefix !== "",
  ) as string[];
}

function checkName(name: string = KERNEL_NAME): string {
  if (!/^[a-z0-9._-]+$/i.test(name) || /^\.+$/.test(name))
    throw new InstallError(`--name ${name}: a kernel's name is made of letters, digits, ".", "_" and "-".`);
  return name.toLowerCase();
}

/** Refuses a copy in the cache of a package runner such as npx: that folder may be emptied at any time. */
function refuseEphemeral(root: string): void {
  const parts = root.split(/[\\/]/);
  const isEphemeral = parts.some((part) => part === "_npx" || /^(dlx|xfs|bunx)-/.test(part));
  if (isEphemeral)
    throw new InstallError(
      `this copy of chainrule lies in a cache (${root}) and the kernel would soon point to nothing; ` +
        "run `npm install --global chainrule`, then `chainrule install`.",
    );
}

function pluginArguments(plugins: readonly string[] = []): string[] {
  // A relative path starts from the current folder; the kernel will start in another one.
  return plugins.flatMap((plugin) => ["--plugin", /^\.{1,2}[\\/]/.test(plugin) ? resolve(plugin) : plugin]);
}

function readSpec(folder: string): KernelSpec | undefined {
  try {
    const spec = JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as KernelSpec;
    return Array.isArray(spec.argv) ? spec : undefined;
  } catch {
    return undefined;
  }
}

function isOurSpec(spec: KernelSpec): boolean {
  return spec.metadata?.chainrule !== undefined;
}

/** Whether a kernel's folder may be replaced: it belongs to this program, or holds no kernel yet. */
function isOurs(folder: string): boolean {
  if (!statSync(folder).isDirectory()) return false;
  const spec = readSpec(folder);
  return spec ? isOurSpec(spec) : readdirSync(folder).every((file) => LOGOS.includes(file));
}

function cannotWrite(folder: string, error: unknown): InstallError {
  const { code, message } = error as NodeJS.ErrnoException;
  const way =
    code === "EACCES" || code === "EPERM" || code === "EROFS"
      ? "give --user for your own folder, or run as a user who may write there"
      : message;
  return new InstallError(`${folder} cannot be written (${code ?? "error"}): ${way}.`, { cause: error });
}
