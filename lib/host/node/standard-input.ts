/** Standard input whose lines the user is asked for, when somebody reads them: what `readline` and its like read. */
import { Readable } from "node:stream";

const { setImmediate } = globalThis;

/** @param read asks for one line */
export function askingStream(
  read: () => Promise<string>,
): Readable & { readonly fd: 0; readonly isTTY: false } {
  let isWanted = false;
  let isAsking = false;
  // Nothing is read ahead: nobody is asked before the program is ready for the answer.
  const stream = new Readable({
    highWaterMark: 0,
    read() {
      isWanted = true;
      ask();
    },
  });
  const ask = (): void => {
    // A turn later, since whoever got a line may be about to stop reading, or to print the next question.
    setImmediate(() => {
      const isRead = stream.readableFlowing === true || stream.listenerCount("readable") > 0;
      if (!isWanted || isAsking || !isRead || stream.destroyed) return;
      [isWanted, isAsking] = [false, true];
      read().then(
        (line) => {
          isAsking = false;
          stream.push(`${line}\n`);
        },
        (error: unknown) => stream.destroy(error as Error),
      );
    });
  };
  stream.on("resume", ask);
  return Object.assign(stream, { fd: 0, isTTY: false } as const);
}
