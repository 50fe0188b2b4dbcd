/** Much output: it arrives complete and in order up to the limit, in few messages, and the kernel stays small. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batcher, Coalescer } from "../../../kernel/jupyter/streams.js";
import type { Chunk } from "../../../kernel/jupyter/streams.js";
import { TestKernel, needsBuild } from "../support/jupyter.js";

describe("joining", () => {
  it.each([
    ["Coalescer", Coalescer],
    ["Batcher", Batcher],
  ])("%s keeps every character in its order, and cells and streams apart", async (_, Kind) => {
    const sent: Chunk<number>[] = [];
    const joiner = new Kind<number>((chunk) => sent.push(chunk));
    const expected: string[] = [];
    const start = performance.now();
    for (let i = 0; i < 3000; i++) {
      const name = i % 100 < 50 ? "stdout" : "stderr";
      const cell = Math.floor(i / 1000);
      joiner.add({ cell, name, text: `${i},` });
      expected.push(`${cell}${name}${i},`);
    }
    const intervals = 1 + (performance.now() - start) / 30;
    joiner.flush();
    await new Promise((resolve) => setTimeout(resolve, 50)); // what a timer would send twice
    const got = sent.flatMap(({ cell, name, text }) =>
      text.match(/\d+,/g)!.map((one) => `${cell}${name}${one}`),
    );
    expect(got).toEqual(expected);
    // Of the 60 changes of cell or stream at least one each; and at most 256 in an interval go as they come.
    expect(sent.length).toBeLessThan(100 + 256 * intervals);
  });
});

describe("in a kernel", () => {
  let kernel: TestKernel;
  beforeAll(async () => {
    needsBuild();
    kernel = await TestKernel.start({ env: { CHAINRULE_OUTPUT_LIMIT: "110" } });
  });
  afterAll(() => kernel?.close());

  it("100,000 lines arrive, in few messages", async () => {
    const start = performance.now();
    const { outputs, stdout, reply } = await kernel.execute(
      'for (let i = 0; i < 100000; i++) console.log("line", i)',
    );
    const intervals = (performance.now() - start) / 30;
    expect(reply["status"]).toBe("ok");
    expect(stdout).toBe(Array.from({ length: 100000 }, (_, i) => `line ${i}\n`).join(""));
    // A message every 30 ms, and one for every 64 KB of the megabyte.
    expect(outputs.length).toBeLessThan(50 + intervals);
  });

  it("100 MB arrive, in order, within 1 GB of memory", async () => {
    let peak = 0;
    const watch = setInterval(() => {
      const { stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(kernel.process.pid)], {
        encoding: "utf8",
      });
      peak = Math.max(peak, Number(stdout) / 1024);
    }, 100);
    const { stdout } = await kernel.execute(
      'const row = "x".repeat(1000); for (let i = 0; i < 100000; i++) console.log(String(i).padStart(6, "0") + row.slice(7))',
    );
    clearInterval(watch);
    expect(stdout.length).toBe(100_000_000);
    for (let i = 0; i < 100000; i += 997)
      expect(stdout.slice(i * 1000, i * 1000 + 6)).toBe(String(i).padStart(6, "0"));
    expect(peak).toBeLessThan(1024);
  });

  it("says how much was cut above the limit", async () => {
    const small = await TestKernel.start({ env: { CHAINRULE_OUTPUT_LIMIT: "1" } });
    try {
      const { stdout, stderr } = await small.execute(
        'for (let i = 0; i < 2000; i++) process.stdout.write("é".repeat(500))',
      );
      expect(Buffer.byteLength(stdout)).toBe(2 ** 20);
      expect(stderr).toContain("… 951,424 bytes more were cut: a cell may print 1 MB");
      expect((await small.execute("console.log('next')")).stdout).toBe("next\n");
    } finally {
      await small.close();
    }
  });

  it("shows what was printed while a cell still computes", async () => {
    // The cell computes until what it has printed was seen here, and gives up after a minute.
    const seen = path.join(kernel.folder, "seen");
    const { begun, ended } = kernel.begin(
      `import { existsSync } from "node:fs";
       for (let i = 0; i < 5; i++) console.log("row", i);
       const end = Date.now() + 60_000;
       while (!existsSync("seen") && Date.now() < end);
       Date.now() < end`,
      { sign: "row 0" },
    );
    await begun;
    writeFileSync(seen, "");
    expect((await ended).result).toBe("true");
  });

  it("keeps text, errors and displays in the order they were made", async () => {
    const { outputs } = await kernel.execute(
      'console.log("a"); display({ "text/plain": "b" }); console.error("c"); console.log("d"); display({ "text/plain": "e" }); "f"',
    );
    const order = outputs.flatMap(({ header, content }) =>
      header.msg_type === "stream"
        ? [String(content["text"]).trim()]
        : /display_data|execute_result/.test(header.msg_type)
          ? [(content["data"] as Record<string, string>)["text/plain"]]
          : [],
    );
    expect(order).toEqual(["a", "b", "c", "d", "e", "'f'"]);
  });

  it("joins bytes that were cut inside a character", async () => {
    const { stdout } = await kernel.execute(
      'const bytes = Buffer.from("é😀"); for (const b of bytes) process.stdout.write(Uint8Array.of(b))',
    );
    expect(stdout).toBe("é😀");
  });
});
