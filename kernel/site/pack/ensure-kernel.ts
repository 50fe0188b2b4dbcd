/** The built kernel for websites. The package on npm contains it; in a clone of the project it is built each time, in seconds. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InstallError } from "../../setup/install.js";

/**
 * @param root the package's folder
 * @returns the folder of the built kernel
 * @throws InstallError when it is not there and cannot be built
 */
export async function ensureKernel(root: string): Promise<string> {
  const folder = join(root, "dist", "site");
  const script = join(root, "kernel", "site", "build.mjs");
  if (existsSync(script)) await build(script);
  if (!existsSync(join(folder, "manifest.json")))
    throw new InstallError(`site: there is no kernel in ${folder}. Install the package chainrule again.`);
  return folder;
}

function build(script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new InstallError(`site: the kernel for websites could not be built:\n${said.trim()}`));
    });
  });
}
