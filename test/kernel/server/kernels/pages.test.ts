/** What a kernel publishes before any page is there. */
import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import type { WebSocket } from "ws";
import type { Framed } from "../../../../kernel/jupyter/frame.js";
import { createMessage } from "../../../../kernel/jupyter/protocol.js";
import type { Json } from "../../../../kernel/jupyter/protocol.js";
import { PROTOCOL, readIncoming } from "../../../../kernel/server/kernels/encodings.js";
import { Pages } from "../../../../kernel/server/kernels/pages.js";

class Socket extends EventEmitter {
  readonly OPEN = 1;
  readonly readyState = 1;
  readonly protocol = PROTOCOL;
  readonly got: unknown[] = [];

  send(data: Uint8Array): void {
    const { content } = readIncoming(PROTOCOL, Buffer.from(data), true)!.message;
    this.got.push(content.text ?? content.execution_state);
  }
  ping(): void {}
}

/** Comes to the pages, and remembers what it is sent. */
function come(pages: Pages, name: string): Socket {
  const socket = new Socket();
  // Of a WebSocket, pages use no more.
  pages.attach(socket as unknown as WebSocket, name);
  return socket;
}

const published = (type: string, content: Json): Framed => ({
  channel: "iopub",
  message: createMessage(type, content, { session: "kernel" }),
});
const printed = (text: string): Framed => published("stream", { name: "stderr", text });

it("is the first page's where it is printed, and no state that is over", () => {
  const pages = new Pages(() => {});
  pages.broadcast(published("status", { execution_state: "starting" }));
  pages.broadcast(printed("a plugin failed"));
  pages.broadcast(published("status", { execution_state: "idle" }));
  const first = come(pages, "first");
  expect(first.got).toEqual(["a plugin failed"]);
  pages.broadcast(printed("now"));
  expect(first.got).toEqual(["a plugin failed", "now"]);
  expect(come(pages, "second").got).toEqual([]);
});

it("is kept up to a limit, and not for later pages when the first has gone", () => {
  const pages = new Pages(() => {});
  for (let i = 0; i < 1500; i++) pages.broadcast(printed(`${i}`));
  const first = come(pages, "first");
  expect([first.got.length, first.got.at(-1)]).toEqual([1000, "999"]);
  first.emit("close", 1001);
  pages.broadcast(printed("to nobody"));
  expect(come(pages, "second").got).toEqual([]);
});
