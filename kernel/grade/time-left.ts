/** How long a grading still takes, guessed from what it took so far. */
export class TimeLeft {
  readonly #clock: () => number;
  #started: number;
  #left: number;
  #ran = 0;

  /**
   * @param count the submissions
   * @param clock milliseconds
   */
  constructor(count: number, clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#started = clock();
    this.#left = count;
  }

  /**
   * Called after each submission.
   * @param wasQuick it did not run, so that it says nothing of the others
   * @returns words for the line of progress, such as " · about 4 minutes left"; empty for the last
   */
  after(wasQuick: boolean): string {
    this.#left--;
    if (wasQuick && this.#ran === 0) this.#started = this.#clock();
    if (!wasQuick) this.#ran++;
    if (this.#ran === 0 || this.#left === 0) return "";
    const seconds = ((this.#clock() - this.#started) / 1000 / this.#ran) * this.#left;
    return ` · ${inWords(seconds)} left`;
  }
}

function inWords(seconds: number): string {
  if (seconds < 55) return "less than a minute";
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 90) return `about ${minutes} minute${minutes === 1 ? "" : "s"}`;
  return `about ${Math.round(minutes / 60)} hours`;
}
