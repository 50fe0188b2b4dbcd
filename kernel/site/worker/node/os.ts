/** `node:os` for a browser, as far as notebooks use it. */
import { cores } from "#host/threads";

export function tmpdir(): string {
  return "/tmp";
}

export function availableParallelism(): number {
  return cores();
}
