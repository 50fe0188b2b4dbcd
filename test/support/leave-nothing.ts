/**
 * A worker that vitest ends leaves no process behind. Vitest ends it by SIGTERM, after its last file and when a run is broken off. Node
 * alone would be gone at once, without its handlers of "exit", and the kernels and browsers of a test that failed in the middle would
 * compute on beside all later tests.
 */
import { readFileSync } from "node:fs";

/** The processes that this one has started and that still run, where the system says which. */
function children(): number[] {
  try {
    const listed = readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
    return listed.split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function endWithChildren(): void {
  for (const child of children())
    try {
      process.kill(child, "SIGKILL");
    } catch {
      // It has just ended.
    }
  process.exit(143);
}

// Files that share a worker come here one after the other.
if (!process.listeners("SIGTERM").some(({ name }) => name === endWithChildren.name)) {
  process.once("SIGTERM", endWithChildren);
  process.once("disconnect", endWithChildren);
}
