/** Finds the program files of worker threads and processes. */

/**
 * The URL of a program's file below kernel/. Node runs compiled JavaScript: a program started from the sources (a test)
 * takes it from dist/.
 */
export function workerFile(relative: string): URL {
  const url = new URL(import.meta.url);
  const isSource = url.pathname.endsWith(".ts");
  return new URL(isSource ? `../../dist/kernel/${relative}` : `../${relative}`, url);
}
