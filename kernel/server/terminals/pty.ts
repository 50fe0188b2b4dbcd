/**
 * Starts a shell at a pseudo-terminal, by the package node-pty: Microsoft's, or the same with its native part built
 * already. Neither is installed with chainrule; they are searched beside this package and in the working folder.
 */
import { createRequire } from "node:module";
import { basename, join } from "node:path";

/** A shell that runs. */
export interface Pty {
  onData(hear: (text: string) => void): void;
  onExit(end: () => void): void;
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** Holds its output back until `resume`. */
  pause(): void;
  resume(): void;
  kill(signal?: string): void;
}

interface PtyOptions {
  readonly name: string;
  readonly cols: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

interface PtyPackage {
  spawn(file: string, args: readonly string[], options: PtyOptions): Pty;
}

export type StartPty = (cwd: string) => Pty;

/** How to get a package; for people. */
export const PTY_INSTALL = "npm install @lydell/node-pty";

const PACKAGES = ["@lydell/node-pty", "node-pty"];

/** @returns undefined where no package is installed that works on this machine */
export function findPty(
  folders: readonly string[] = [import.meta.url, join(process.cwd(), "x.js")],
): StartPty | undefined {
  for (const folder of folders)
    for (const name of PACKAGES)
      try {
        const found: unknown = createRequire(folder)(name);
        if (isPtyPackage(found)) return (cwd) => start(found, cwd);
      } catch {
        // It is not there, or was built for another machine.
      }
  return undefined;
}

function isPtyPackage(value: unknown): value is PtyPackage {
  return typeof value === "object" && value !== null && "spawn" in value && typeof value.spawn === "function";
}

function start({ spawn }: PtyPackage, cwd: string): Pty {
  // The server's secret is not the shell's business.
  const { CHAINRULE_TOKEN: _, ...env } = process.env;
  const isWindows = process.platform === "win32";
  const shell = isWindows ? "powershell.exe" : (env.SHELL ?? "/bin/sh");
  // As a terminal of the desktop starts it, so that it reads the user's profile.
  const args = /^(ba|z|fi|k|da)?sh$/.test(basename(shell)) ? ["-l"] : [];
  return spawn(shell, args, { name: "xterm-256color", cols: 80, rows: 24, cwd, env });
}
