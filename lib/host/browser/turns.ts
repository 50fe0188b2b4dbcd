/** Turns of a browser's event loop. It uses a message to itself, because a timer inside a timer waits at least 4 ms. */
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
