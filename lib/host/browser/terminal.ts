/** Shows progress on the console, one line at a time. */
import type { Terminal } from "../contract.js";

export function terminal(): Terminal {
  return { isTTY: false, write: (text) => console.info(text.replace(/\n$/, "")) };
}
