/** What every JavaScript contender of the bench does: it takes a question a line and answers with examples per second. */
import { createInterface } from "node:readline";

/**
 * @param build  (net, batch, forward) → a function that does something for so many seconds and says how many examples it
 *   has handled; `repeated` makes one of a function that does a step
 */
export async function answer(build) {
  const contenders = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const { net, batch, forward, seconds, quit } = JSON.parse(line);
    if (quit) break;
    try {
      const key = `${net} ${batch} ${forward}`;
      if (!contenders.has(key)) contenders.set(key, await build(net, batch, forward));
      const start = performance.now();
      const examples = await contenders.get(key)(seconds);
      const examplesPerSecond = (1000 * examples) / (performance.now() - start);
      process.stdout.write(`@${JSON.stringify({ examplesPerSecond })}\n`);
    } catch (error) {
      process.stdout.write(`@${JSON.stringify({ error: String(error) })}\n`);
    }
  }
  process.exit(0);
}

/** Does steps of so many examples until the time is over, one at least. */
export function repeated(step, batch) {
  return async (seconds) => {
    const end = performance.now() + 1000 * seconds;
    let count = 0;
    do {
      const result = step();
      if (result instanceof Promise) await result;
      count++;
    } while (performance.now() < end);
    return count * batch;
  };
}
