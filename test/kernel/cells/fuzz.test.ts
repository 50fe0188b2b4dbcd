/** The wire against whatever arrives: ten thousand messages that are not ours run nothing and break nothing. */
import { existsSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { Wire } from "../../../kernel/jupyter/wire.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

/** A small generator of its own, so that every run sends the same. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

it("survives ten thousand forged, broken and replayed messages", async () => {
  needsBuild();
  const kernel = await TestKernel.start();
  try {
    const next = random(7);
    const target = path.join(kernel.folder, "was-run");
    const code = `require("fs").appendFileSync(${JSON.stringify(target)}, "x")`;
    const request = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    const forger = new Wire("another key");
    const { wire, channels: sockets } = kernel.sockets;
    const channels = ["shell", "control", "stdin"] as const;
    for (let i = 0; i < 10_000; i++) {
      const message = kernel.create("execute_request", request);
      const frames = (i % 2 ? wire : forger).encode({ identities: [], message });
      switch (next(6)) {
        case 0: // one byte of a part is another
          frames[2 + next(4)]![0]! ^= 1 + next(255);
          break;
        case 1: // a part is missing
          frames.splice(1 + next(frames.length - 1), 1);
          break;
        case 2: // another signature
          frames[1] = Buffer.from(Array.from({ length: next(80) }, () => next(256)));
          break;
        case 3: // no delimiter
          frames.splice(0, 1);
          break;
        case 4: // noise
          frames.splice(
            0,
            frames.length,
            ...Array.from({ length: 1 + next(8) }, () => Buffer.from([next(256), next(256)])),
          );
          break;
        default: // the parts of a signed message in another order
          [frames[3], frames[5]] = [frames[5]!, frames[3]!];
      }
      await sockets[channels[next(3)]!].send(frames);
    }
    // Well signed, and still not what a front end would say.
    const strange = [
      null,
      5,
      "x",
      [],
      {},
      { code: 5 },
      { code: null, user_expressions: 7 },
      { cursor_pos: "a" },
      { n: -1 },
    ];
    const types = [
      "execute_request",
      "complete_request",
      "inspect_request",
      "history_request",
      "comm_open",
      "comm_msg",
      "is_complete_request",
      "comm_info_request",
      "no_such_request",
      "input_reply",
    ];
    for (const type of types)
      for (const content of strange)
        kernel.send("shell", kernel.create(type, content as Record<string, unknown>));
    expect((await kernel.execute("'alive'")).result).toBe("'alive'");
    expect(existsSync(target)).toBe(false);
    expect(await kernel.beat()).toBeLessThan(1000);
    expect(kernel.log).toContain("chainrule kernel: dropped a message on shell: wrong signature");
  } finally {
    await kernel.close();
  }
});

it("runs a message that is sent twice once", async () => {
  const kernel = await TestKernel.start();
  try {
    await kernel.execute("let runs = 0");
    const message = kernel.create("execute_request", { code: "runs++", silent: false });
    kernel.send("shell", message);
    kernel.send("shell", message);
    expect((await kernel.execute("runs")).result).toBe("1");
    expect(kernel.log).toContain("received before");
  } finally {
    await kernel.close();
  }
});
