/** A browser has no shell. */
export async function runCommand(command: string): Promise<void> {
  throw new Error(`!${command}: there is no shell in a browser; run this notebook in Jupyter for that.`);
}
