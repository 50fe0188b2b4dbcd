/** A real kernel over a pipe, as a notebook server starts it: no ports, no key, no connection file, no ZeroMQ. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestKernel, flagsOf, needsBuild, testNodes } from "../support/jupyter.js";

beforeAll(needsBuild);

describe.each(testNodes)("on %s", (node) => {
  const start = (): Promise<TestKernel> =>
    TestKernel.start({ transport: "pipe", node, nodeFlags: flagsOf(node) });
  let kernel: TestKernel;
  beforeAll(async () => void (kernel = await start()));
  afterAll(() => kernel?.close());

  it("runs cells: values, streams, displays with bytes, errors", async () => {
    const { outputs, stdout, result, reply } = await kernel.execute(
      'console.log("größe 😀"); display({ "image/png": new Uint8Array([1, 2, 3]) }); 6 * 7',
    );
    expect({ stdout, result, status: reply["status"] }).toEqual({
      stdout: "größe 😀\n",
      result: "42",
      status: "ok",
    });
    const shown = outputs.find((one) => one.header.msg_type === "display_data")!;
    expect(shown.content["data"]).toEqual({ "image/png": "AQID" });
    expect((await kernel.execute("throw new RangeError('far')")).reply["ename"]).toBe("RangeError");
  });

  it("does not load ZeroMQ", () => {
    if (process.platform !== "linux") return;
    expect(readFileSync(`/proc/${kernel.process.pid}/maps`, "utf8")).not.toContain("zeromq");
  });

  it("carries a flood whole and in order", async () => {
    const { stdout, outputs } = await kernel.execute(
      'for (let i = 0; i < 100000; i++) console.log("line", i)',
    );
    expect(stdout).toBe(Array.from({ length: 100000 }, (_, i) => `line ${i}\n`).join(""));
    expect(outputs.length).toBeLessThan(500);
  });

  it("is interrupted while a cell computes, and answers meanwhile", async () => {
    const running = kernel.execute("let rounds = 0; for (;;) rounds++");
    await new Promise((resolve) => setTimeout(resolve, 300));
    const completed = await kernel.request("shell", "complete_request", { code: "Math.fl", cursor_pos: 7 });
    expect(completed["matches"]).toContain("floor");
    expect(await kernel.request("control", "interrupt_request")).toEqual({ status: "ok" });
    expect((await running).reply["ename"]).toBe("KeyboardInterrupt");
    expect((await kernel.execute("rounds > 1000")).result).toBe("true");
  });

  it("asks for input", async () => {
    kernel.onInput = (prompt, password) => `${prompt}${password}`;
    expect((await kernel.execute("prompt('a') + prompt('b', true)")).result).toBe("'afalsebtrue'");
  });

  it("closes a conversation about an unknown target", async () => {
    const buffers = [new Uint8Array([1])];
    kernel.send(
      "shell",
      kernel.create("comm_open", { comm_id: "c", target_name: "?", data: {} }, { buffers }),
    );
    await expect
      .poll(() => kernel.iopub.find((one) => one.header.msg_type === "comm_close")?.content["comm_id"])
      .toBe("c");
  });

  it("ends when it is asked to, and when the process that started it has gone", async () => {
    const other = await start();
    const ended = new Promise((resolve) => other.process.once("exit", resolve));
    expect(await other.request("control", "shutdown_request", { restart: false })).toEqual({
      status: "ok",
      restart: false,
    });
    expect(await ended).toBe(0);
    await other.close();

    const orphan = await start();
    const gone = new Promise((resolve) => orphan.process.once("exit", resolve));
    orphan.execute("for (;;);").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    orphan.hangUp();
    await gone;
    await orphan.close();
  });
});
