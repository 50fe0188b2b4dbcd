/**
 * The front end for `chainrule lab`: built in advance in the package on npm, built by the first `chainrule lab` in a
 * clone of the project, and again when its sources have changed.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "#host/lock";
import { InstallError } from "./install.js";

/**
 * The folder of the built front end. Where the sources are, it is built first when it is missing or older than they
 * are, which takes half a minute, and with the download of JupyterLab's packages some minutes.
 *
 * @param root the package's folder
 * @param tell hears how far the build is, a line at a time
 * @throws InstallError when there is none and it cannot be built. One that is only old is used, and `tell` hears of it
 */
export async function ensureFrontEnd(root: string, tell: (line: string) => void): Promise<string> {
  const folder = join(root, "dist", "lab");
  const script = join(root, "kernel", "lab", "build.mjs");
  if (existsSync(script)) {
    mkdirSync(join(root, "dist"), { recursive: true });
    try {
      // Two that start at once build it once.
      await withLock(join(root, "dist", ".lab.lock"), () => build(script, tell));
    } catch (error) {
      if (!existsSync(join(folder, "manifest.json"))) throw error;
      tell(`${(error as Error).message} The notebook opens with the front end that was built before.`);
    }
  }
  if (!existsSync(join(folder, "manifest.json")))
    throw new InstallError(`lab: there is no front end in ${folder}. Install the package chainrule again.`);
  return folder;
}

function build(script: string, tell: (line: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, "--if-needed"], { stdio: ["ignore", "ignore", "pipe"] });
    let rest = "";
    let last = "";
    const hear = (line: string) => {
      if (line.trim() === "") return;
      last = line;
      tell(line);
    };
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      lines.forEach(hear);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      hear(rest);
      if (code === 0) resolve();
      else
        reject(
          new InstallError(
            `lab: the front end could not be built (${last || (signal ?? `exit code ${code}`)}).`,
          ),
        );
    });
  });
}
