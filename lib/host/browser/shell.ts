/** A browser has no shell. */
import type { CommandOptions } from "../kernel-contract.js";

export async function runCommand(command: string, _options: CommandOptions): Promise<void> {
  throw new Error(`!${command}: there is no shell in a browser; run this notebook in Jupyter for that.`);
}
