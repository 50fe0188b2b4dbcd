/**
 * The kernel that is kept ready: who takes it, and that nobody else notices it. What was in the server's variables when
 * a process was started tells which one a cell runs in.
 */
import { mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Framed } from "../../../../kernel/jupyter/frame.js";
import { knownKernels } from "../../../../kernel/server/kernels/kernel-specs.js";
import type { KnownKernel } from "../../../../kernel/server/kernels/kernel-specs.js";
import type { KernelProcess } from "../../../../kernel/server/kernels/kernel-process.js";
import type { KernelModel } from "../../../../kernel/server/kernels/running-kernel.js";
import type { SessionModel } from "../../../../kernel/server/kernels/sessions.js";
import { Spare } from "../../../../kernel/server/kernels/spare.js";
import type { SpareOptions } from "../../../../kernel/server/kernels/spare.js";
import { needsBuild } from "../../support/jupyter.js";
import { KILLED_CELL, TestLab } from "../support.js";
import type { Asked } from "../support.js";
import { TestPage } from "./page.js";

beforeAll(needsBuild);

describe("a server's kernel that is kept ready", () => {
  let lab: TestLab;
  let pages: TestPage[];
  beforeEach(() => (pages = []));
  afterEach(async () => {
    for (const page of pages) page.close();
    await lab.close();
  });

  /** A server that keeps a kernel ready. */
  async function serve(options: Parameters<typeof TestLab.start>[1] = {}): Promise<void> {
    lab = await TestLab.start({ "root/n.ipynb": "", "root/sub/m.ipynb": "" }, options);
    process.env.STARTED_AS = "spare";
    lab.lab.prepareKernel();
    delete process.env.STARTED_AS;
  }

  const ask = async <T>(path: string, asked?: Asked): Promise<T> => (await lab.ask(path, asked)).json;
  const open = (path: string, kernel: object = { name: "chainrule" }): Promise<SessionModel> =>
    ask("api/sessions", { method: "POST", body: { path, type: "notebook", name: path, kernel } });
  const pageOf = async ({ id }: KernelModel): Promise<TestPage> => {
    const page = await TestPage.open(lab, id);
    pages.push(page);
    return page;
  };
  const startedAs = async (page: TestPage): Promise<unknown> =>
    (await page.execute("process.env.STARTED_AS")).result;

  it("is the first notebook's in its folder, with all that a kernel has from its start", async () => {
    await serve();
    const id = "11111111-2222-3333-4444-555555555555";
    const { kernel } = await open("n.ipynb", { id });
    expect(kernel.id).toBe(id);
    const page = await pageOf(kernel);
    expect(await startedAs(page)).toBe("'spare'");
    const root = realpathSync(lab.root);
    const place = "[process.cwd(), __dirname, process.env.JPY_SESSION_NAME, process.env.CHAINRULE_TOKEN]";
    const { stdout } = await page.execute(`console.log(JSON.stringify(${place}))`);
    expect(JSON.parse(stdout)).toEqual([root, root, join(root, "n.ipynb"), null]);
    const { content } = await page.request("shell", "history_request", { hist_access_type: "tail", n: 9 });
    expect((content.history as unknown[]).length).toBe(2);
    expect(await ask<KernelModel[]>("api/kernels")).toMatchObject([{ id, connections: 1 }]);
  });

  it("is nobody's second kernel, and none after a restart or a death", async () => {
    await serve();
    const [first, second] = await Promise.all([open("n.ipynb"), open("other.ipynb")]);
    const taken = await Promise.all([first, second].map(async ({ kernel }) => pageOf(kernel)));
    const words = await Promise.all(taken.map(startedAs));
    expect(words.filter((one) => one === "'spare'")).toHaveLength(1);
    const taker = words.indexOf("'spare'");
    const [page, { kernel }] = [taken[taker]!, [first, second][taker]!];
    await lab.ask(`api/kernels/${kernel.id}/restart`, { method: "POST" });
    expect(await startedAs(page)).toBe(undefined);
    page.start(KILLED_CELL);
    await page.until(({ message }) => message.content.execution_state === "restarting");
    expect(await startedAs(page)).toBe(undefined);
  });

  it("is not moved: a notebook of another folder gets a kernel of its own", async () => {
    await serve();
    const other = await pageOf((await open("sub/m.ipynb")).kernel);
    expect(await startedAs(other)).toBe(undefined);
    expect((await other.execute("process.cwd()")).result).toBe(`'${join(realpathSync(lab.root), "sub")}'`);
    // It still waits for the first in its own.
    expect(await startedAs(await pageOf((await open("n.ipynb")).kernel))).toBe("'spare'");
  });

  it("waits in the folder of the notebook that the command opens", async () => {
    await serve({ opens: "sub/m.ipynb" });
    expect(await startedAs(await pageOf((await open("sub/m.ipynb")).kernel))).toBe("'spare'");
  });

  it("is in no list until somebody has it", async () => {
    await serve();
    expect(await ask("api/kernels")).toEqual([]);
    expect(await ask("api/sessions")).toEqual([]);
    expect(await ask("api/status")).toMatchObject({ kernels: 0, connections: 0 });
  });

  it.skipIf(process.platform !== "linux")("ends with the server", async () => {
    await serve();
    const root = realpathSync(lab.root);
    expect(processesIn(root)).toHaveLength(1);
    await lab.lab.kernels.close();
    expect(processesIn(root)).toEqual([]);
  });

  it("is not started where kernels run already", async () => {
    lab = await TestLab.start({ "root/n.ipynb": "" });
    await open("before.ipynb");
    process.env.STARTED_AS = "spare";
    lab.lab.prepareKernel();
    delete process.env.STARTED_AS;
    expect(await startedAs(await pageOf((await open("n.ipynb")).kernel))).toBe(undefined);
  });

  it("is not started where kernels have connection files", async () => {
    const connectionFolder = mkdtempSync(join(tmpdir(), "chainrule-runtime-"));
    await serve({ connectionFolder });
    expect(await startedAs(await pageOf((await open("n.ipynb")).kernel))).toBe(undefined);
    rmSync(connectionFolder, { recursive: true });
  });
});

/** The processes whose working folder this is. */
function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((id) => {
    try {
      return /^\d+$/.test(id) && readlinkSync(`/proc/${id}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

describe("a process that is kept ready", () => {
  let cwd: string;
  beforeAll(() => (cwd = mkdtempSync(join(tmpdir(), "chainrule-spare-"))));
  afterAll(() => rmSync(cwd, { recursive: true }));

  const own = [...knownKernels().values()][0]!;
  const playing = (program: string): KnownKernel => ({
    ...own,
    spec: { ...own.spec, argv: [process.execPath, "-e", program, "--"] },
  });
  const log: string[] = [];
  const start = (options: Partial<SpareOptions> = {}): Spare =>
    new Spare({ known: own, cwd, env: process.env, log: (line) => log.push(line), ...options });
  const take = (spare: Spare, heard: Framed[] = []): Promise<KernelProcess | undefined> =>
    spare.take((framed) => heard.push(framed), undefined);
  /** Waits until it is nobody's any more. */
  const gone = async (spare: Spare): Promise<void> => {
    while (spare.fits(own, cwd)) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  it("fits its folder and chainrule's own kernel, once", async () => {
    const spare = start();
    expect(spare.fits(own, cwd)).toBe(true);
    expect(spare.fits(own, join(cwd, "sub"))).toBe(false);
    expect(spare.fits({ ...own, isOwn: false }, cwd)).toBe(false);
    const process = (await take(spare))!;
    expect(spare.fits(own, cwd)).toBe(false);
    expect(await take(spare)).toBe(undefined);
    // It is somebody else's now.
    let hasEnded = false;
    void spare.ended.then(() => (hasEnded = true));
    await spare.close();
    expect(hasEnded).toBe(false);
    await process.end(false);
    await spare.ended;
  });

  it("hands over what it has said, in order", async () => {
    const spare = start();
    const heard: Framed[] = [];
    const process = (await take(spare, heard))!;
    const states = (): unknown[] =>
      heard.map(({ message }) => message.content.execution_state).filter(Boolean);
    while (!states().includes("idle")) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(states().slice(0, 3)).toEqual(["starting", "busy", "idle"]);
    await process.end(false);
  });

  it("ends when nobody takes it, without a word", async () => {
    log.length = 0;
    const spare = start({ patience: 50 });
    await gone(spare);
    expect(await take(spare)).toBe(undefined);
    await spare.ended;
    expect(log).toEqual([]);
  });

  it("ends with its server", async () => {
    const spare = start();
    let hasEnded = false;
    void spare.ended.then(() => (hasEnded = true));
    await spare.close();
    expect(hasEnded).toBe(true);
    expect(spare.fits(own, cwd)).toBe(false);
  });

  it("that has died, or could not be started, is nobody's, and is told", async () => {
    log.length = 0;
    const dead = start({ known: playing("console.error('no heart'); process.exit(3)") });
    await gone(dead);
    expect(await take(dead)).toBe(undefined);
    const spec = { ...own.spec, argv: ["/no/such/program"] };
    const none = start({ known: { ...own, spec } });
    await gone(none);
    expect(await take(none)).toBe(undefined);
    expect(log).toEqual([
      expect.stringMatching(/kept ready for the first notebook, ended by itself \(exit code 3: no heart\)/),
      expect.stringMatching(/ended by itself \(.*ENOENT/),
    ]);
  });
});
