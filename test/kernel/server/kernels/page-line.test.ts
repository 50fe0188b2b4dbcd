/** The line to a page that is slow, or away for long: what waits is bounded, replies are not lost, and the page is told. */
import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import type { Framed } from "../../../../kernel/jupyter/frame.js";
import { createMessage } from "../../../../kernel/jupyter/protocol.js";
import { Outgoing, PROTOCOL, readIncoming } from "../../../../kernel/server/kernels/encodings.js";
import { KEPT_LIMIT, Page, WINDOW } from "../../../../kernel/server/kernels/page-line.js";

/** A socket whose page answers pings when it is told to. */
class Socket extends EventEmitter {
  readonly OPEN = 1 as const;
  readonly protocol = PROTOCOL;
  readyState: 0 | 1 | 2 | 3 = 1;
  readonly got: Framed[] = [];
  pings = 0;
  size = 0;

  send(data: string | Uint8Array): void {
    this.size += data.length;
    this.got.push(readIncoming(PROTOCOL, Buffer.from(data as Uint8Array), true)!);
  }
  ping(): void {
    this.pings++;
  }
  close(): void {
    this.readyState = 3;
  }
  /** Answers every ping until none is left. */
  answer(): void {
    while (this.pings > 0) {
      this.pings--;
      this.emit("pong", Buffer.from("kept"));
    }
  }
  get texts(): unknown[] {
    return this.got.map(({ message }) => message.content.text ?? message.header.msg_type);
  }
}

const parent = createMessage("execute_request", {}, { session: "page" }).header;
const line = (text: string): Outgoing =>
  new Outgoing({
    channel: "iopub",
    message: createMessage("stream", { name: "stdout", text }, { session: "k", parent }),
  });
const reply = (): Outgoing =>
  new Outgoing({
    channel: "shell",
    message: createMessage("execute_reply", { status: "ok" }, { session: "k", parent }),
  });
const MEGABYTE = "x".repeat(2 ** 20);

describe("a page that confirms", () => {
  it("gets everything at once and in order, and nothing again", () => {
    const [page, socket] = [new Page(), new Socket()];
    page.connect(socket);
    for (let i = 0; i < 100; i++) {
      page.send(line(`${i}`));
      if (i % 7 === 0) socket.answer();
    }
    socket.answer();
    const again = new Socket();
    page.connect(again);
    expect(socket.texts).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
    expect(again.got).toEqual([]);
  });

  it("that comes again gets what was not confirmed, and what came meanwhile", () => {
    const [page, first, second] = [new Page(), new Socket(), new Socket()];
    page.connect(first);
    page.send(line("confirmed"));
    first.answer();
    page.send(line("sent"));
    page.disconnect(first);
    page.send(line("missed"));
    expect(page.isThere).toBe(false);
    page.connect(second);
    expect(second.texts).toEqual(["sent", "missed"]);
    // An answer of the first, late, confirms nothing of the second's.
    first.answer();
    const third = new Socket();
    page.connect(third);
    expect(third.texts).toEqual(["sent", "missed"]);
  });
});

describe("a page that confirms nothing", () => {
  it("is sent no more than a window, and the rest when it does", () => {
    const [page, socket] = [new Page(), new Socket()];
    page.connect(socket);
    for (let i = 0; i < 20; i++) page.send(line(`${i} ${MEGABYTE}`));
    expect(socket.size).toBeLessThan(WINDOW + 2 * MEGABYTE.length);
    socket.answer();
    expect(socket.texts.map((text) => Number(String(text).split(" ")[0]))).toEqual(
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  it("loses the oldest output beyond the limit, hears of it, and loses no reply", () => {
    const [page, socket] = [new Page(), new Socket()];
    page.connect(socket);
    const count = (2 * KEPT_LIMIT) / MEGABYTE.length;
    for (let i = 0; i < count; i++) {
      page.send(line(`${i} ${MEGABYTE}`));
      if (i % 10 === 0) page.send(reply());
    }
    socket.answer();
    const numbers = socket.texts
      .map(String)
      .filter((text) => /^\d/.test(text))
      .map((text) => Number(text.split(" ")[0]));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(numbers.length * MEGABYTE.length).toBeLessThan(KEPT_LIMIT + WINDOW + MEGABYTE.length);
    expect(numbers.at(-1)).toBe(count - 1);
    expect(socket.texts.filter((text) => text === "execute_reply")).toHaveLength(Math.ceil(count / 10));
    const apologies = socket.texts.filter((text) => String(text).includes("dropped"));
    expect(apologies).toEqual([
      `… ${count - numbers.length} messages of output were dropped: the page was away, or too slow for them …\n`,
    ]);
    expect(
      socket.got.find(({ message }) => String(message.content.text).includes("dropped"))!.message
        .parent_header,
    ).toEqual(parent);
  });

  it("nor while it is away", () => {
    const [page, socket] = [new Page(), new Socket()];
    const count = (2 * KEPT_LIMIT) / MEGABYTE.length;
    for (let i = 0; i < count; i++) page.send(line(`${i} ${MEGABYTE}`));
    page.send(reply());
    page.connect(socket);
    for (let i = 0; i < 20; i++) socket.answer();
    expect(String(socket.texts[0])).toMatch(/^… \d+ messages of output were dropped/);
    expect(socket.texts.at(-1)).toBe("execute_reply");
  });
});
