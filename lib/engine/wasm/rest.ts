/**
 * Decides when not to use threads. If other programs keep the cores busy, a thread that has started a chunk may lose its core
 * while all others wait for it; then two threads are slower than one. So after a job in which the caller waited longer than
 * it worked, it computes alone for a while, and for twice as long each time this happens again.
 */

/** Milliseconds of the first rest, and of the longest. */
const [LEAST, MOST] = [10, 1000];
/** Milliseconds of waiting that are normal. */
const ORDINARY = 0.5;

export class Rest {
  #until = 0;
  #next = LEAST;

  /** Whether the threads must not be used now. @param now  in milliseconds */
  lasts(now: number): boolean {
    return now < this.#until;
  }

  /** Learns from a job how long the caller worked on it and then waited for the others. */
  judge(now: number, worked: number, waited: number): void {
    if (waited > 2 * worked + ORDINARY) {
      this.#until = now + this.#next;
      this.#next = Math.min(2 * this.#next, MOST);
    } else if (now > this.#until + this.#next) {
      this.#next = LEAST;
    }
  }
}
