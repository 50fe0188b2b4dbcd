/** What every JavaScript contender of the bench does: it takes a question a line and answers with examples per second. */
import { createInterface } from "node:readline";

/** @param build  (net, batch) → a function that does one training step and returns its loss */
export async function answer(build) {
  const steps = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const { net, batch, seconds, quit } = JSON.parse(line);
    if (quit) break;
    try {
      const key = `${net} ${batch}`;
      if (!steps.has(key)) steps.set(key, await build(net, batch));
      const step = steps.get(key);
      let [count, loss, passed] = [0, 0, 0];
      const start = performance.now();
      do {
        loss = step();
        count++;
        passed = (performance.now() - start) / 1000;
      } while (passed < seconds);
      process.stdout.write(`@${JSON.stringify({ examplesPerSecond: (count * batch) / passed, loss })}\n`);
    } catch (error) {
      process.stdout.write(`@${JSON.stringify({ error: String(error) })}\n`);
    }
  }
  process.exit(0);
}
