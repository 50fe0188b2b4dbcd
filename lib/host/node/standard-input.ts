/** A standard input that asks the user for each line when a program reads it, for `readline` and similar modules. */
import { Readable } from "node:stream";

const { setImmediate } = globalThis;

/** @param read asks for one line; undefined ends the stream */
export function askingStream(
  read: () => Promise<string | undefined>,
): Readable & { readonly fd: 0; readonly isTTY: false } {
  let isWanted = false;
  let isAsking = false;
  // Nothing is read ahead: the user is not asked before the program is ready for the answer.
  const stream = new Readable({
    highWaterMark: 0,
    read() {
      isWanted = true;
      ask();
    },
  });
  const ask = (): void => {
    // One turn later, because the program that got a line may first stop reading, or print the next question.
    setImmediate(() => {
      // A stream goes on flowing when a listener that wanted one line (`once`) is gone; then nobody reads it.
      const isFlowing = stream.readableFlowing === true && stream.listenerCount("data") > 0;
      const isRead = isFlowing || stream.listenerCount("readable") > 0;
      if (!isWanted || isAsking || !isRead || stream.destroyed) return;
      [isWanted, isAsking] = [false, true];
      read().then(
        (line) => {
          isAsking = false;
          stream.push(line === undefined ? null : `${line}\n`);
        },
        (error: unknown) => stream.destroy(error as Error),
      );
    });
  };
  stream.on("resume", ask);
  stream.on("newListener", (event) => {
    if (event === "data") ask();
  });
  return Object.assign(stream, { fd: 0, isTTY: false } as const);
}
