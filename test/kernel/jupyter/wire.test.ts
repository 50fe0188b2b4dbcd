/** The wire: what is signed comes through, and nothing else does. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMessage } from "../../../kernel/jupyter/protocol.js";
import { Wire, WireError } from "../../../kernel/jupyter/wire.js";

const session = "test";
const wire = (): Wire => new Wire("secret");
const message = (content = { code: "1" }): Buffer[] =>
  wire().encode({
    identities: [Buffer.from("client")],
    message: createMessage("execute_request", content, { session }),
  });

describe("decode", () => {
  it("gives back what encode was given", () => {
    const parent = { msg_id: "7", msg_type: "x" };
    const buffers = [new Uint8Array([0, 1, 2]).subarray(1)];
    const sent = createMessage("stream", { text: "ä😀" }, { session, parent, metadata: { m: 1 }, buffers });
    const identities = [Buffer.from("a"), Buffer.from("b")];
    const decoded = wire().decode(wire().encode({ identities, message: sent }));
    expect(decoded.identities.map(String)).toEqual(["a", "b"]);
    expect(decoded.message.header.msg_type).toBe("stream");
    expect(decoded.message.parent_header).toEqual(parent);
    expect(decoded.message.content).toEqual({ text: "ä😀" });
    expect(decoded.message.metadata).toEqual({ m: 1 });
    expect(decoded.message.buffers).toEqual([Buffer.from([1, 2])]);
  });

  it("refuses a message that it has seen", () => {
    const receiver = wire();
    const frames = message();
    receiver.decode(frames);
    expect(() => receiver.decode(frames)).toThrow("received before");
  });

  it("refuses another key's message, and a signature of another length", () => {
    expect(() => new Wire("other").decode(message())).toThrow("wrong signature");
    const frames = message();
    frames[2] = Buffer.from("short");
    expect(() => wire().decode(frames)).toThrow("wrong signature");
  });

  it("checks the signature before it parses", () => {
    const frames = message();
    frames[6] = Buffer.from("{not json");
    expect(() => wire().decode(frames)).toThrow("wrong signature");
  });

  it("signs nothing and takes everything well-formed without a key", () => {
    const open = new Wire("");
    const frames = open.encode({ identities: [], message: createMessage("status", {}, { session }) });
    expect(frames[1]!.toString()).toBe("");
    expect(open.decode(frames).message.header.msg_type).toBe("status");
  });

  it("throws nothing but WireError, whatever arrives", () => {
    const frame = fc.oneof(
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(
        ...["<IDS|MSG>", "", "{}", "null", "[]", '{"msg_id":1}'].map((text) => Buffer.from(text)),
      ),
    );
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 9 }), fc.boolean(), (frames, signed) => {
        try {
          (signed ? wire() : new Wire("")).decode(frames);
          expect(signed).toBe(false);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

it("knows only HMAC schemes", () => {
  expect(() => new Wire("k", "rsa")).toThrow("only hmac-…");
  expect(() => new Wire("k", "hmac-none")).toThrow();
});
