/**
 * The channels over one pipe between a process and the kernel that it started. This needs no free ports, no key, no
 * connection file and no ZeroMQ. Each message is its length in 4 bytes, little-endian, followed by a frame (frame.ts).
 * When one side ends, the other side is told.
 */
import type { Duplex } from "node:stream";
import { packMessage, unpackMessage } from "./frame.js";
import type { Framed } from "./frame.js";
import { MessageError } from "./protocol.js";
import type { Message, RequestChannel } from "./protocol.js";
import type { Receiver, Transport } from "./transport.js";

const HEAD = 4;

/** One side of a pipe of messages: the kernel's or the front end's. */
export class Pipe {
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
    // A broken pipe also emits "close", which is handled in `listen`.
    stream.on("error", () => {});
  }

  /**
   * Starts to receive.
   * @param receive is given each message, or the error when a message is malformed
   * @param closed is called when the other side has ended
   */
  listen(receive: (message: Framed | MessageError) => void, closed: () => void): void {
    const frames = new Frames((frame) => {
      let framed: Framed | MessageError;
      try {
        framed = unpackMessage(frame);
      } catch (error) {
        if (!(error instanceof MessageError)) throw error;
        framed = error;
      }
      receive(framed);
    });
    this.#stream.on("data", (chunk: Buffer) => frames.add(chunk));
    this.#stream.on("close", closed);
    this.#stream.on("end", () => this.#stream.destroy());
  }

  send(framed: Framed): void {
    const frame = packMessage(framed);
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(frame.length);
    this.#stream.write(head);
    this.#stream.write(frame);
  }

  /** Ends this side when everything sent has been written. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stream.destroyed) return resolve();
      this.#stream.once("close", resolve);
      this.#stream.end(resolve);
    });
  }
}

/** Cuts a stream of bytes into frames. The time it takes is proportional to the bytes, whatever the sizes of the pieces. */
class Frames {
  readonly #take: (frame: Uint8Array) => void;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(take: (frame: Uint8Array) => void) {
    this.#take = take;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (let length; (length = this.#length()) !== undefined && this.#size >= HEAD + length;) {
      const bytes = this.#joined();
      this.#chunks = [bytes.subarray(HEAD + length)];
      this.#size = bytes.length - HEAD - length;
      this.#take(bytes.subarray(HEAD, HEAD + length));
    }
  }

  /** The length of the next frame; undefined until its four bytes are there. */
  #length(): number | undefined {
    if (this.#size < HEAD) return undefined;
    const [first] = this.#chunks as [Buffer];
    return (first.length < HEAD ? this.#joined() : first).readUInt32LE();
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }
}

/** The kernel's side. The other process is the only front end, or passes messages on for all front ends. */
export class PipeTransport implements Transport {
  readonly #pipe: Pipe;

  constructor(stream: Duplex) {
    this.#pipe = new Pipe(stream);
  }

  open(receiver: Receiver): Promise<void> {
    this.#pipe.listen(
      (framed) => {
        if (framed instanceof MessageError) receiver.log(`dropped a message: ${framed.message}`);
        else if (framed.channel === "iopub") receiver.log("dropped a message: iopub is the kernel's");
        else receiver.receive(framed.channel, framed.message, undefined);
      },
      () => receiver.closed(),
    );
    return Promise.resolve();
  }

  publish(message: Message): void {
    this.#pipe.send({ channel: "iopub", message });
  }

  send(channel: RequestChannel, message: Message): void {
    this.#pipe.send({ channel, message });
  }

  close(): Promise<void> {
    return this.#pipe.close();
  }
}
