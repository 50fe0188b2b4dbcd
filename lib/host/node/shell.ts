/** Commands of the user's shell, and programs without one, each in its own process group. */
import { spawn } from "node:child_process";
import type { SpawnOptions } from "node:child_process";
import type { CommandOptions, ProgramOptions } from "../kernel-contract.js";

export function runCommand(command: string, options: CommandOptions): Promise<void> {
  return run(command, [], { ...options, name: `!${command}` }, { shell: true });
}

export function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<void> {
  return run(program, args, options, {});
}

function run(
  program: string,
  args: readonly string[],
  { cwd, print, onStart, name, input }: ProgramOptions,
  more: SpawnOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const isWindows = process.platform === "win32";
    const child = spawn(program, args, {
      cwd,
      // A process group of its own, so that a stop also reaches what the program started.
      detached: !isWindows,
      ...more,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    child.stdout!.setEncoding("utf8").on("data", (text: string) => print("stdout", text));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => print("stderr", text));
    // A program that ends before it has read all of its input is no fault of the input.
    child.stdin?.on("error", () => {}).end(input);
    onStart(() => {
      if (child.exitCode !== null || child.pid === undefined) return;
      try {
        if (isWindows) child.kill();
        else process.kill(-child.pid, "SIGTERM");
      } catch {
        // The program has just ended.
      }
    });
    child.on("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error(`${name}: there is no ${program} on this machine.`) : error),
    );
    child.on("close", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${name} ended with ${signal ? `the signal ${signal}` : `exit code ${code}`}.`));
    });
  });
}
