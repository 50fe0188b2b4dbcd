/** Turns of a browser's event loop: a message to oneself, since a timer within a timer waits for 4 ms at least. */
const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
let listening = false;

export function nextTurn(): Promise<void> {
  if (!listening) {
    port1.addEventListener("message", () => waiting.shift()?.());
    port1.start();
    listening = true;
  }
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(undefined);
  });
}
