/**
 * The front end for `chainrule lab`. The package on npm contains it; in a clone of the project the first
 * `chainrule lab` builds it, and a later one builds it again when its sources have changed.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "#host/lock";
import { InstallError } from "./install.js";
import { makeFolder } from "#host/folders";

/**
 * The folder of the built front end. In a clone, the front end is built first when it is missing or older than its
 * sources. This takes half a minute, or some minutes when JupyterLab's packages must be downloaded.
 *
 * @param root the package's folder
 * @param tell is given the build's progress, one line at a time
 * @throws InstallError when there is no front end and it cannot be built. If the build fails, an older front end is used
 *   and `tell` is told so
 */
export async function ensureFrontEnd(root: string, tell: (line: string) => void): Promise<string> {
  const folder = join(root, "dist", "lab");
  const script = join(root, "kernel", "lab", "build.mjs");
  if (existsSync(script)) {
    makeFolder(join(root, "dist"));
    try {
      // Two processes that start at the same time build it only once.
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
