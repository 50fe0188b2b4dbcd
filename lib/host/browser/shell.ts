/** A browser has no shell and no programs. */
import type { CommandOptions, ProgramOptions } from "../kernel-contract.js";

export async function runCommand(command: string, _options: CommandOptions): Promise<void> {
  throw new Error(`!${command}: there is no shell in a browser; run this notebook in Jupyter for that.`);
}

export async function runProgram(
  program: string,
  _args: readonly string[],
  { name }: ProgramOptions,
): Promise<void> {
  throw new Error(`${name}: there is no ${program} in a browser; run this notebook in Jupyter for that.`);
}
