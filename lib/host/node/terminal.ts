/** Shows progress on standard error, so that it does not mix with the program's output. */
import type { Terminal } from "../contract.js";

export function terminal(): Terminal {
  const { stderr } = process;
  return { isTTY: stderr.isTTY === true, write: (text) => void stderr.write(text) };
}
