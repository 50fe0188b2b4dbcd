/**
 * What the compiler's thread does when nobody asks it anything: after a minute it gives back the memory that it does not
 * use, after ten minutes also that of the types, which it can read again. Many kernels of a class are open and idle.
 */
import { callLater, giveBackMemory } from "#host/program";
import { setting } from "#host/settings";

/**
 * @param rest  lets go of what can be read again
 * @returns to be called whenever something is asked
 */
export function idle(rest: () => void): () => void {
  const [first = 0, second = 0] = (setting("CHAINRULE_IDLE") ?? "60,600").split(",").map(Number);
  const after = (seconds: number, call: () => void): (() => void) =>
    seconds > 0
      ? callLater(seconds * 1000, () => {
          call();
          giveBackMemory().catch(() => {}); // a Node without its inspector keeps it
        })
      : () => {};
  let waiting: (() => void)[] = [];
  return () => {
    for (const cancel of waiting) cancel();
    waiting = [after(first, () => {}), after(second, rest)];
  };
}
