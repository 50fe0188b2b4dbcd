/** Opens the user's browser, and shows the address to nobody else. */
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { escape } from "html-escaper";

const COMMANDS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
};

/**
 * Opens a page that leads to the address. The address holds a token, and a program's command line can be read by every
 * user of the machine; so the browser is given the name of a file that only its user can read.
 * @param folder where the file goes
 * @returns removes the file again
 */
export function openBrowser(address: string, folder: string, warn: (line: string) => void): () => void {
  const file = join(folder, `open-${process.pid}.html`);
  const page = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${escape(address)}"><a href="${escape(address)}">chainrule</a>\n`;
  const [command, ...rest] = COMMANDS[process.platform] ?? ["xdg-open"];
  const complain = (): void => warn("No browser could be opened; open the address above yourself.");
  writeFileSync(file, page, { mode: 0o600 });
  const child = spawn(command, [...rest, pathToFileURL(file).href], { stdio: "ignore", detached: true });
  child.once("error", complain);
  child.once("exit", (code) => {
    if (code) complain();
  });
  child.unref();
  return () => rmSync(file, { force: true });
}
