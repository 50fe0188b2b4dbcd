/**
 * When to leave threads alone. On a machine whose cores are busy with other programs a thread that has begun a chunk
 * may lose its core, and everybody waits for it: two threads are then slower than one. So after a job in which the
 * caller waited longer than it worked, it computes alone for a while, and twice as long each time it happens again.
 */

/** Milliseconds of the first rest, and of the longest. */
const [LEAST, MOST] = [10, 1000];
/** Milliseconds of waiting that are nothing out of the ordinary. */
const ORDINARY = 0.5;

export class Rest {
  #until = 0;
  #next = LEAST;

  /** Whether the threads are to be left alone now. @param now  in milliseconds */
  lasts(now: number): boolean {
    return now < this.#until;
  }

  /** Learns from a job: how long the caller worked at it, and then waited for the others. */
  judge(now: number, worked: number, waited: number): void {
    if (waited > 2 * worked + ORDINARY) {
      this.#until = now + this.#next;
      this.#next = Math.min(2 * this.#next, MOST);
    } else if (now > this.#until + this.#next) {
      this.#next = LEAST;
    }
  }
}
