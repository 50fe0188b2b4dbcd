/**
 * A network that goes away without a word while a cell prints: what was sent into it is lost, and nobody is told. When it
 * is back, the page has everything.
 */
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { KernelModel } from "../../../../kernel/server/kernels/running-kernel.js";
import { needsBuild } from "../../support/jupyter.js";
import { TestLab } from "../support.js";
import { TestPage } from "./page.js";

/** A network between a page and the server. */
class Network {
  isThere = true;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("data", (bytes) => {
          // Taken, and never handed on.
          if (this.isThere) to.write(bytes);
        });
        from.on("error", () => {});
        from.on("close", () => {
          if (this.isThere) to.destroy();
        });
      }
    });
  }

  static async before(port: number): Promise<Network> {
    const network = new Network(port);
    await new Promise<void>((resolve) => network.#server.listen(0, "127.0.0.1", resolve));
    return network;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Back again, for new connections; the old ones are told at last that they are gone. */
  restore(): void {
    this.isThere = true;
    for (const one of this.#sockets) one.destroy();
    this.#sockets.clear();
  }

  close(): void {
    this.restore();
    this.#server.close();
  }
}

let lab: TestLab;
beforeAll(async () => {
  needsBuild();
  lab = await TestLab.start();
});
afterAll(() => lab.close());

it("loses nothing of a training that goes on meanwhile: each step, the panel's last state, the trained net", async () => {
  const kernel: KernelModel = (await lab.ask("api/kernels", { method: "POST", body: {} })).json;
  const network = await Network.before(lab.lab.port);
  const page = await TestPage.open(lab, kernel.id);
  await page.execute(
    'import { Flatten, Linear, SGD, Sequential, digits, fit } from "chainrule";\n' +
      "const net = new Sequential({ flat: new Flatten(), fc: new Linear({ in: 784, out: 10 }) }, { input: [1, 28, 28] });",
  );
  page.break();
  page.host = network.host;
  await page.connect();
  const cell = page.start(
    "const run = await fit(net, digits({ train: 128, test: 32 }), { optimizer: new SGD({ lr: 0.03 }), epochs: 30, batchSize: 32,\n" +
      "  onStep: ({ steps }) => console.log('step', steps.length) });",
  );
  await page.until(({ message }) => String(message.content.text).includes("step 12\n"));
  network.isThere = false;
  const state = async (): Promise<string> =>
    ((await lab.ask(`api/kernels/${kernel.id}`)).json as KernelModel).execution_state;
  while ((await state()) !== "idle") await new Promise((resolve) => setTimeout(resolve, 20));
  expect(page.heard.some(({ message }) => String(message.content.text).includes("step 120\n"))).toBe(false);
  network.restore();
  page.break();
  await page.connect();

  const { stdout, reply } = await page.done(cell);
  expect(reply.status).toBe("ok");
  const steps = new Set(stdout.trimEnd().split("\n"));
  expect([...steps]).toEqual(Array.from({ length: 120 }, (_, i) => `step ${i + 1}`));
  const panels = page.heard.filter(({ message }) => message.header.msg_type === "update_display_data");
  expect(JSON.stringify(panels.at(-1)!.message.content)).toContain("120");
  expect((await page.execute("run.steps.length")).result).toBe("120");
  page.close();
  network.close();
});

it("loses no output, also what was already sent", async () => {
  const kernel: KernelModel = (await lab.ask("api/kernels", { method: "POST", body: {} })).json;
  const network = await Network.before(lab.lab.port);
  const page = await TestPage.open(lab, kernel.id);
  await page.execute("0");
  page.break();
  page.host = network.host;
  await page.connect();

  const cell = page.start(
    "for (let i = 0; i < 80; i++) { console.log('line', i); await new Promise((go) => setTimeout(go, 10)); }",
  );
  await page.until(({ message }) => String(message.content.text).includes("line 9\n"));
  network.isThere = false;
  const state = async (): Promise<string> =>
    ((await lab.ask(`api/kernels/${kernel.id}`)).json as KernelModel).execution_state;
  while ((await state()) !== "idle") await new Promise((resolve) => setTimeout(resolve, 20));
  // For the server the page was there all the time.
  expect(((await lab.ask(`api/kernels/${kernel.id}`)).json as KernelModel).connections).toBe(1);
  expect(page.heard.some(({ message }) => String(message.content.text).includes("line 79\n"))).toBe(false);
  network.restore();
  page.break();
  await page.connect();

  const { stdout, reply } = await page.done(cell);
  expect(reply.status).toBe("ok");
  const lines = stdout.trimEnd().split("\n");
  expect([...new Set(lines)]).toEqual(Array.from({ length: 80 }, (_, i) => `line ${i}`));
  // Twice comes only what the network swallowed the answer of.
  expect(lines.length).toBeLessThan(100);
  page.close();
  network.close();
});
