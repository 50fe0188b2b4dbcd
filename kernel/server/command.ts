/** The command `chainrule lab`: from its options to a server, an address on one line, and a browser. */
import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { FileError } from "../notebook/files.js";
import { ensureFrontEnd } from "../setup/front-end.js";
import { jupyterRuntimeFolder, packageRoot } from "../setup/install.js";
import { openBrowser } from "./browser.js";
import { isLoopback } from "./gate.js";
import { hubOf } from "./hub/surroundings.js";
import { startLab } from "./lab.js";
import type { Lab, LabOptions } from "./lab.js";
import { stateFolderPath } from "./state-folder.js";

/** What stands in the command line. */
export interface LabCommandOptions {
  readonly port: number;
  readonly ip: string;
  readonly browser: boolean;
  readonly token?: string;
  readonly root?: string;
  readonly base: string;
  readonly allowHost: readonly string[];
  readonly followLinks?: boolean;
  readonly connectionFiles?: boolean;
  /** In minutes. */
  readonly cull?: number;
  /** Whether a kernel starts before a notebook asks for one. */
  readonly spare: boolean;
}

/** The command's surroundings. */
export interface LabConsole {
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Asks a question with yes or no; false without a terminal or an answer. */
  readonly ask: (question: string) => Promise<boolean>;
}

/** How many ports above the wanted one are tried. */
const TRIES = 50;

/**
 * Runs the server until somebody ends it.
 * @param place a folder, or a notebook to open
 * @throws FileError for a folder that is not there, or an address that cannot be had
 * @throws InstallError when there is no front end and it cannot be built
 */
export async function labCommand(
  place: string | undefined,
  options: LabCommandOptions,
  terminal: LabConsole,
): Promise<void> {
  const hub = hubOf(process.env);
  const { root, path } = whatToServe(place, options.root ?? (place === undefined ? hub?.root : undefined));
  const given = options.token ?? process.env.CHAINRULE_TOKEN;
  const token = given ?? randomBytes(24).toString("hex");
  const { ip, port } = hub ?? options;
  const isOpen = !isLoopback(ip);
  if (isOpen && token === "" && !hub)
    throw new FileError(
      "lab: without a token the server may only listen to this machine; leave out --ip or --token.",
    );
  // Below a hub neither its proxy nor the token is ours.
  if (!hub) for (const line of warnings({ isOpen, token, ip })) terminal.warn(line);
  let stop = (): void => {};
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const base = hub?.prefix ?? `/${options.base}/`.replace(/\/+/g, "/");
  const lab = await startOnFreePort({
    root,
    opens: path,
    bundle: process.env.CHAINRULE_LAB ?? (await ensureFrontEnd(packageRoot(), terminal.warn)),
    course: join(packageRoot(), "notebooks"),
    state: stateFolderPath(),
    ip,
    port,
    base,
    hub,
    token,
    isNewToken: given === undefined,
    isOpen,
    hosts: [...options.allowHost, ...(isOpen ? [hostname()] : [])],
    followLinks: options.followLinks ?? false,
    connectionFolder: options.connectionFiles ? jupyterRuntimeFolder() : undefined,
    cullAfter: options.cull === undefined ? undefined : options.cull * 60,
    log: terminal.warn,
    stop: () => stop(),
  });
  const query = token === "" || hub ? "" : `?token=${encodeURIComponent(token)}`;
  const address = `http://${nameOf(ip)}:${lab.port}${base}lab${path && `/tree/${encodePath(path)}`}${query}`;
  // Before anybody can know that it runs, and end it.
  onSignals(lab, terminal, stop);
  terminal.print(address);
  const forget = options.browser && !hub ? openBrowser(address, stateFolderPath(), terminal.warn) : () => {};
  // After the address, which must not wait for it. In a class each kernel takes memory from somebody else.
  if (options.spare && !hub) lab.prepareKernel();
  // A fault of the server's must not take the kernels along, and what is in their variables.
  for (const event of ["uncaughtException", "unhandledRejection"] as const)
    process.on(event, (error: unknown) => {
      terminal.warn(
        `the server goes on after a fault: ${error instanceof Error ? error.stack : String(error)}`,
      );
    });
  await stopped;
  forget();
  await lab.close();
}

/** The folder to serve, and the path of the notebook to open in it. */
function whatToServe(place: string | undefined, given: string | undefined): { root: string; path: string } {
  const at = resolve(place ?? given ?? ".");
  if (!existsSync(at)) throw new FileError(`lab: ${place ?? given}: there is no such folder.`);
  const isFolder = statSync(at).isDirectory();
  const root = given === undefined ? (isFolder ? at : dirname(at)) : resolve(given);
  if (!existsSync(root) || !statSync(root).isDirectory())
    throw new FileError(`lab: ${given}: this is not a folder.`);
  const parts = relative(root, at).split(sep);
  if (parts[0] === ".." || isAbsolute(parts.join(sep)))
    throw new FileError(`lab: ${place} does not lie in ${given}.`);
  return { root, path: parts.filter((part) => part !== "").join("/") };
}

function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

async function startOnFreePort(options: LabOptions): Promise<Lab> {
  for (let port = options.port; ; port++) {
    try {
      return await startLab({ ...options, port });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isTaken = code === "EADDRINUSE" && port !== 0;
      // A hub waits for the server at the port that it named.
      if (isTaken && options.hub)
        throw new FileError(`lab: JupyterHub wants a server on port ${port}, and that is taken.`, {
          cause: error,
        });
      if (isTaken && port < options.port + TRIES && port < 65535) continue;
      if (isTaken)
        throw new FileError(
          `lab: the ports from ${options.port} to ${port} are taken; give --port 0 for any.`,
        );
      if (code === "EACCES" || code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
        throw new FileError(`lab: cannot listen on ${options.ip}, port ${port} (${message}).`, {
          cause: error,
        });
      throw error;
    }
  }
}

function warnings({ isOpen, token, ip }: { isOpen: boolean; token: string; ip: string }): string[] {
  return [
    ...(isOpen
      ? [
          `Other machines can reach this server on ${ip}. Whoever has the token runs programs as you, and what is sent is not ` +
            "encrypted: use a network that you trust, or a tunnel (ssh -L), or a proxy with HTTPS.",
        ]
      : []),
    ...(token === ""
      ? [
          "There is no token: every program and every user of this machine can use the server and run programs as you.",
        ]
      : []),
    ...(process.getuid?.() === 0
      ? [
          "You are root: every cell may do anything to this machine. An ordinary user is the better one to run notebooks.",
        ]
      : []),
  ];
}

/** A browser's name for the address that the server listens on. */
function nameOf(ip: string): string {
  if (ip === "0.0.0.0" || ip === "::") return "localhost";
  return ip.includes(":") ? `[${ip}]` : ip;
}

/** Ctrl-C asks when kernels or terminals run, and does not ask twice; a signal from elsewhere ends. */
function onSignals(lab: Lab, terminal: LabConsole, end: () => void): void {
  let isAsking = false;
  let isEnding = false;
  const stop = (): void => {
    // Somebody who says it again does not want to wait for kernels.
    if (isEnding) process.exit(130);
    isEnding = true;
    end();
  };
  process.on("SIGINT", () => {
    const question = questionBeforeEnd(lab.kernels.all().length, lab.terminals.all().length);
    if (question === undefined || isAsking || isEnding) return stop();
    isAsking = true;
    void terminal.ask(`\n${question} (y/N) `).then((isYes) => {
      isAsking = false;
      if (isYes) stop();
    });
  });
  process.on("SIGTERM", stop);
  if (process.platform !== "win32") process.on("SIGHUP", stop);
}

/** What Ctrl-C asks; undefined where nothing would be lost. */
export function questionBeforeEnd(kernels: number, terminals: number): string | undefined {
  if (kernels + terminals === 0) return undefined;
  const counted = (count: number, name: string): string[] =>
    count === 0 ? [] : [count === 1 ? `a ${name}` : `${count} ${name}s`];
  const running = [...counted(kernels, "kernel"), ...counted(terminals, "terminal")].join(" and ");
  const verb = kernels + terminals === 1 ? "runs" : "run";
  const lost = [...(kernels > 0 ? ["variables"] : []), ...(terminals > 0 ? ["what runs in terminals"] : [])];
  return `${running} ${verb}; end it all? This loses ${lost.join(" and ")}, and nothing that is saved.`;
}
