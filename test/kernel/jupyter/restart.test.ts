/** Death and restart over real sockets: a kernel ends when it must, never hangs, and its successor takes the same ports. */
import { beforeAll, describe, expect, it } from "vitest";
import { TestKernel, flagsOf, needsBuild, testNodes } from "../support/jupyter.js";

beforeAll(needsBuild);

describe.each(testNodes)("on %s", (node) => {
  const start = (options: { nodeFlags?: string[]; file?: string } = {}): Promise<TestKernel> =>
    TestKernel.start({ node, ...options, nodeFlags: [...flagsOf(node), ...(options.nodeFlags ?? [])] });

  it("dies when memory runs out, and a new one answers at the same address", async () => {
    const first = await start({ nodeFlags: ["--max-old-space-size=60"] });
    const died = new Promise<void>((resolve) => first.process.once("exit", () => resolve()));
    void first.execute(
      "const all: number[][] = []; for (;;) all.push(new Array<number>(100_000).fill(all.length + 0.5))",
    );
    await died;
    expect(first.process.exitCode ?? first.process.signalCode).not.toBe(0);
    expect(first.log).toContain("out of memory");

    const second = await start({ file: first.connectionFile });
    expect((await second.execute("1 + 1")).result).toBe("2");
    await second.close();
    await first.close();
  });

  it("a typed array that is too large is an error and nothing more", async () => {
    const kernel = await start();
    try {
      const { reply } = await kernel.execute("new Float64Array(2 ** 50)");
      expect(reply["evalue"]).toContain("Invalid typed array length");
      expect((await kernel.execute("'alive'")).result).toBe("'alive'");
    } finally {
      await kernel.close();
    }
  });

  it.each([
    ["idle", ""],
    ["in a loop", "for (;;);"],
    ["in a prompt", "prompt('?')"],
  ])("ends when it is asked to, %s, and says whether it will be restarted", async (_, code) => {
    const first = await start();
    const died = new Promise<void>((resolve) => first.process.once("exit", () => resolve()));
    first.onInput = () => undefined;
    if (code) await first.begin(code).begun;
    await first.pause(200);
    expect(await first.request("control", "shutdown_request", { restart: true })).toEqual({
      status: "ok",
      restart: true,
    });
    await died;

    const second = await start({ file: first.connectionFile });
    expect((await second.execute("1 + 1")).result).toBe("2");
    await second.close();
    await first.close();
  });
});
