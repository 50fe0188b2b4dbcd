/** Commands of the user's shell, each in its own process group. */
import { spawn } from "node:child_process";
import type { CommandOptions } from "../kernel-contract.js";

export function runCommand(command: string, { cwd, print, onStart }: CommandOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const isWindows = process.platform === "win32";
    const child = spawn(command, {
      cwd,
      shell: true,
      // A process group of its own, so that a stop also reaches what the shell started.
      detached: !isWindows,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => print("stdout", text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => print("stderr", text));
    onStart(() => {
      if (child.exitCode !== null || child.pid === undefined) return;
      try {
        if (isWindows) child.kill();
        else process.kill(-child.pid, "SIGTERM");
      } catch {
        // The command has just ended.
      }
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else
        reject(new Error(`!${command} ended with ${signal ? `the signal ${signal}` : `exit code ${code}`}.`));
    });
  });
}
