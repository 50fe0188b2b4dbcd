/** Progress is told on standard error, which a program's output does not go to. */
import type { Terminal } from "../contract.js";

export function terminal(): Terminal {
  const { stderr } = process;
  return { isTTY: stderr.isTTY === true, write: (text) => void stderr.write(text) };
}
