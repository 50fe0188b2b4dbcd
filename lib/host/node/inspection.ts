/** Values as text: Node's own. */
import { Console } from "node:console";
import { Writable } from "node:stream";

export { inspect } from "node:util";

export function tableText(rows: readonly object[], columns: readonly string[]): string {
  let text = "";
  const stdout = new Writable({ write: (chunk, _, done) => ((text += String(chunk)), done()) });
  new Console({ stdout, colorMode: false }).table(rows, columns);
  return text.trimEnd();
}
