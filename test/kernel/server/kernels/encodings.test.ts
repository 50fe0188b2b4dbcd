/** Messages on WebSockets in the older way: JSON, with bytes before it. */
import { describe, expect, it } from "vitest";
import { createMessage } from "../../../../kernel/jupyter/protocol.js";
import { Outgoing, PROTOCOL, readIncoming } from "../../../../kernel/server/kernels/encodings.js";

const message = (buffers: Uint8Array[] = []) =>
  createMessage("comm_msg", { data: "größe" }, { session: "s", buffers, metadata: { version: "2" } });

describe.each([PROTOCOL, ""])("by %j", (protocol) => {
  it.each([[[]], [[new Uint8Array([1, 2, 3]), new Uint8Array(), new Uint8Array(1000).fill(7)]]])(
    "a message comes back as it was: buffers %#",
    (buffers) => {
      const framed = { channel: "iopub" as const, message: message(buffers) };
      const sent = new Outgoing(framed).as(protocol);
      const back = readIncoming(protocol, Buffer.from(sent), typeof sent !== "string")!;
      expect(back.channel).toBe("iopub");
      expect({ ...back.message, buffers: [] }).toEqual({ ...framed.message, buffers: [] });
      expect(back.message.buffers.map((one) => [...one])).toEqual(buffers.map((one) => [...one]));
    },
  );

  it("what is no message is none", () => {
    const texts = [
      "",
      "{",
      "[]",
      "null",
      '{"channel":"soup"}',
      '{"channel":"shell","header":{}}',
      "\0\0\0\u0001",
    ];
    for (const text of texts)
      for (const isBinary of [true, false])
        expect(readIncoming(protocol, Buffer.from(text), isBinary), text).toBeUndefined();
    for (const count of [0, 1, 2, 0xffffffff]) {
      const bytes = Buffer.alloc(16);
      bytes.writeUInt32BE(count);
      expect(readIncoming(protocol, bytes, true), String(count)).toBeUndefined();
    }
  });
});

it("a message is the same bytes for every page", () => {
  const outgoing = new Outgoing({ channel: "shell", message: message() });
  expect(outgoing.as(PROTOCOL)).toBe(outgoing.as(PROTOCOL));
  expect(outgoing.as("")).toBe(outgoing.as(""));
});
