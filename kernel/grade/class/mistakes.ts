/** The mistakes that a test calls by their names, in what it says about a part. */

/** `✗ trial: A sentence that names the mistake. (dx[0] is 1, but central differences give 2.)` */
const NAMED = /^\s*✗ [^:]+: (.+?) \([^()]* is [^()]*, but [^()]*\)$/;

/** The sentences that name a part's mistakes, each once; a wrong number that fits no known mistake has none. */
export function mistakesIn(feedback: string): string[] {
  return [...new Set(feedback.split("\n").flatMap((line) => NAMED.exec(line)?.[1] ?? []))];
}
