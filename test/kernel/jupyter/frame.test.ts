/** Messages as bytes, in the layout of Jupyter's WebSocket protocol, and a pipe of them. */
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packMessage, unpackMessage } from "../../../kernel/jupyter/frame.js";
import type { Framed } from "../../../kernel/jupyter/frame.js";
import { Pipe } from "../../../kernel/jupyter/pipe.js";
import { MessageError, createMessage } from "../../../kernel/jupyter/protocol.js";

const framed = (text: string, buffers: Uint8Array[] = []): Framed => ({
  channel: "iopub",
  message: createMessage("stream", { name: "stdout", text }, { session: "s", metadata: { m: 1 }, buffers }),
});

describe("a frame", () => {
  it("gives back what it was packed from, buffers too", () => {
    const sent = framed("ä😀", [new Uint8Array([1, 2]), new Uint8Array(), new Uint8Array([3])]);
    expect(unpackMessage(packMessage(sent))).toEqual(sent);
  });

  it("is laid out as the protocol says", () => {
    const header = { msg_id: "1", msg_type: "t" };
    const message = { header, parent_header: {}, metadata: {}, content: { a: 1 }, buffers: [Buffer.of(9)] };
    const bytes = packMessage({ channel: "shell", message });
    const words = new BigUint64Array(bytes.slice(0, 8 * 8).buffer);
    const [count, ...offsets] = [...words].map(Number);
    expect(count).toBe(7);
    const parts = offsets.slice(1).map((end, i) => Buffer.from(bytes.slice(offsets[i], end)).toString());
    expect(parts).toEqual(["shell", JSON.stringify(header), "{}", "{}", '{"a":1}', "\t"]);
    expect(offsets[0]).toBe(8 * 8);
    expect(offsets[6]).toBe(bytes.length);
  });

  it("that is none is a MessageError and nothing else", () => {
    const good = packMessage(framed("x"));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc
            .tuple(fc.nat(good.length - 1), fc.nat(255))
            .map(([at, byte]) => good.map((own, i) => (i === at ? byte : own))),
          fc.nat(good.length).map((length) => good.slice(0, length)),
        ),
        (bytes) => {
          try {
            unpackMessage(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(MessageError);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(() => unpackMessage(new Uint8Array())).toThrow(MessageError);
  });
});

describe("a pipe", () => {
  /** Hands what one side writes to the other, in pieces of some size. */
  function pipes(size: number): [Pipe, Pipe] {
    const sides: Duplex[] = [];
    for (const other of [1, 0])
      sides.push(
        new Duplex({
          read() {},
          write(chunk: Buffer, _, done) {
            for (let at = 0; at < chunk.length; at += size) sides[other]!.push(chunk.subarray(at, at + size));
            done();
          },
          final(done) {
            sides[other]!.push(null);
            done();
          },
        }),
      );
    return [new Pipe(sides[0]!), new Pipe(sides[1]!)];
  }

  it.each([1, 3, 1000, 1e9])("carries messages that arrive in pieces of %d bytes, in order", async (size) => {
    const [kernel, client] = pipes(size);
    const sent = Array.from({ length: 50 }, (_, i) => framed(`${i}${"x".repeat(i * 10)}`));
    const got: unknown[] = [];
    const all = new Promise<void>((resolve) =>
      client.listen(
        (one) => void (got.push(one) === sent.length && resolve()),
        () => {},
      ),
    );
    for (const one of sent) kernel.send(one);
    await all;
    expect(got).toEqual(sent);
  });

  it("goes on after a message that is none, and tells when the other side has ended", async () => {
    const sides: Duplex[] = [];
    const raw = new Duplex({ read() {}, write: (_chunk, _, done) => done() });
    sides.push(raw);
    const pipe = new Pipe(raw);
    const got: unknown[] = [];
    const closed = new Promise<void>((resolve) => pipe.listen((one) => void got.push(one), resolve));
    const good = Buffer.from(packMessage(framed("good")));
    const head = (length: number): Buffer => Buffer.from(new Uint32Array([length]).buffer);
    raw.push(Buffer.concat([head(3), Buffer.from("bad"), head(good.length), good]));
    raw.push(null);
    await closed;
    expect(got).toEqual([expect.any(MessageError), expect.objectContaining({ channel: "iopub" })]);
  });
});
