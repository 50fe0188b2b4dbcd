/** Kernels behind the server: started, spoken to by pages, interrupted, restarted, dead, left alone. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { foundKernels } from "../../../../kernel/setup/install.js";
import { Kernels } from "../../../../kernel/server/kernels/kernels.js";
import type { KernelModel } from "../../../../kernel/server/kernels/running-kernel.js";
import type { SessionModel } from "../../../../kernel/server/kernels/sessions.js";
import { withTool } from "../../../support/shared.js";
import { needsBuild } from "../../support/jupyter.js";
import { KILLED_CELL, TestLab } from "../support.js";
import { TestPage } from "./page.js";

let lab: TestLab;
beforeAll(async () => {
  needsBuild();
  lab = await TestLab.start({ "root/sub/n.ipynb": "" });
});
afterAll(() => lab.close());

const start = async (body: object = {}): Promise<KernelModel> =>
  (await lab.ask("api/kernels", { method: "POST", body })).json;
const model = async (id: string): Promise<KernelModel> => (await lab.ask(`api/kernels/${id}`)).json;
const remove = async (id: string): Promise<number> =>
  (await lab.ask(`api/kernels/${id}`, { method: "DELETE" })).status;

async function eventually(is: () => Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a kernel", () => {
  let kernel: KernelModel;
  let page: TestPage;
  beforeAll(async () => {
    kernel = await start({ path: "sub/n.ipynb" });
    page = await TestPage.open(lab, kernel.id);
  });
  afterAll(async () => {
    page.close();
    expect(await remove(kernel.id)).toBe(204);
    expect((await lab.ask(`api/kernels/${kernel.id}`)).status).toBe(404);
    expect(
      await lab.socketStatus(`api/kernels/${kernel.id}/channels`, {
        Authorization: "token a-token-for-tests",
      }),
    ).toBe(404);
  });

  it("is chainrule's own unless another is named, and starts in the notebook's folder", async () => {
    expect(kernel.name).toBe("chainrule");
    const { stdout } = await page.execute(
      "console.log(process.cwd(), process.env.JPY_SESSION_NAME, process.env.CHAINRULE_TOKEN)",
    );
    const folder = realpathSync(join(lab.root, "sub"));
    expect(stdout).toBe(`${folder} ${folder}/n.ipynb undefined\n`);
  });

  it("tells its state and who listens", async () => {
    await eventually(async () => (await model(kernel.id)).execution_state === "idle");
    expect(await model(kernel.id)).toMatchObject({ id: kernel.id, name: "chainrule", connections: 1 });
    const running = page.start("await new Promise(() => {})");
    await eventually(async () => (await model(kernel.id)).execution_state === "busy");
    // A question on the control channel, answered meanwhile, does not make it idle.
    await page.request("control", "kernel_info_request");
    expect((await model(kernel.id)).execution_state).toBe("busy");
    expect((await lab.ask(`api/kernels/${kernel.id}/interrupt`, { method: "POST" })).status).toBe(204);
    expect((await page.done(running)).reply.ename).toBe("KeyboardInterrupt");
    await eventually(async () => (await model(kernel.id)).execution_state === "idle");
  });

  it("answers the page that asked, publishes to all, and asks the page whose cell wants to know", async () => {
    const other = await TestPage.open(lab, kernel.id);
    const cell = page.start("prompt('name')");
    const question = await page.until((one) => one.channel === "stdin");
    expect(question.content).toMatchObject({ prompt: "name" });
    page.send("stdin", "input_reply", { value: "Ada" }, { parent: question });
    expect((await page.done(cell)).result).toBe("'Ada'");
    await other.until(
      (one) =>
        one.message.parent_header.msg_id === cell.header.msg_id &&
        one.message.content.execution_state === "idle",
    );
    expect(other.heard.filter(({ channel }) => channel !== "iopub")).toEqual([]);
    expect(other.heard.some(({ message }) => message.header.msg_type === "execute_result")).toBe(true);
    other.close();
  });

  it("speaks JupyterLab's own protocol with who offers it", async () => {
    const older = await TestPage.open(lab, kernel.id);
    expect(older.socket.protocol).toBe("v1.kernel.websocket.jupyter.org");
    older.close();
  });

  it("closes on who sends something else, and stays", async () => {
    for (const garbage of ["text", Buffer.from([1, 2, 3]), Buffer.alloc(64, 0xff), ""]) {
      const hostile = await TestPage.open(lab, kernel.id);
      const code = new Promise((resolve) => hostile.socket.once("close", resolve));
      hostile.socket.send(garbage);
      expect(await code).toBe(1003);
    }
    expect((await page.execute("1 + 1")).result).toBe("2");
  });

  it("keeps what a page misses, whole and in order", async () => {
    const cell = page.start(
      "for (let i = 0; i < 60; i++) { console.log('line', i); await new Promise((go) => setTimeout(go, 10)); }",
    );
    await page.until(({ message }) => String(message.content.text).includes("line 5"));
    page.break();
    await eventually(async () => (await model(kernel.id)).execution_state === "idle");
    expect((await model(kernel.id)).connections).toBe(0);
    await page.connect();
    const { stdout, reply } = await page.done(cell);
    expect(reply.status).toBe("ok");
    // Lines that had come just before the break may come twice; none is missing, and none out of turn.
    const lines = stdout.trimEnd().split("\n");
    const once = lines.filter((line, i) => lines.indexOf(line) === i);
    expect(once).toEqual(Array.from({ length: 60 }, (_, i) => `line ${i}`));
    expect(lines.length).toBeLessThan(70);
  });

  it("restarts without a word to its pages, which go on", async () => {
    await page.execute("let kept = 1");
    const before = page.heard.length;
    const { status, json } = await lab.ask(`api/kernels/${kernel.id}/restart`, { method: "POST" });
    expect([status, (json as KernelModel).id]).toEqual([200, kernel.id]);
    expect((await page.execute("kept")).reply.status).toBe("error");
    const states = page.heard.slice(before).map(({ message }) => message.content.execution_state);
    expect(states).not.toContain("restarting");
  });

  it("that dies is started again, and its pages are told", async () => {
    page.start(KILLED_CELL);
    await page.until(({ message }) => message.content.execution_state === "restarting");
    expect((await page.execute("'alive'")).result).toBe("'alive'");
    expect(lab.log.join("\n")).toContain("TypeScript (chainrule) ended by itself (SIGKILL)");
  });
});

describe("a page that knows only the older way", () => {
  it("gets JSON, with bytes before it where there are some", async () => {
    const kernel = await start();
    const page = await TestPage.open(lab, kernel.id, "");
    expect(page.socket.protocol).toBe("");
    expect((await page.execute("6 * 7")).result).toBe("42");
    page.close();
    await remove(kernel.id);
  });
});

describe("a kernel that cannot live", () => {
  it("is given up after a few times, and told dead", async () => {
    const known = new Map([
      [
        "sick",
        {
          name: "sick",
          folder: "/",
          isOwn: true,
          spec: {
            argv: [
              process.execPath,
              "-e",
              "console.error('no heart'); setTimeout(() => process.exit(3), 100)",
              "--",
            ],
            display_name: "Sick",
            language: "none",
          },
        },
      ],
    ]);
    const { Kernels } = await import("../../../../kernel/server/kernels/kernels.js");
    const log: string[] = [];
    const kernels = new Kernels({ log: (line) => log.push(line), known: () => known });
    const kernel = await kernels.start({ cwd: lab.root });
    await eventually(() => Promise.resolve(kernel.model.execution_state === "dead"));
    expect(log).toEqual(Array.from({ length: 4 }, () => "Sick ended by itself (exit code 3: no heart)"));
    await kernels.close();
  });

  it("is an error when its command is not there", async () => {
    const { Kernels } = await import("../../../../kernel/server/kernels/kernels.js");
    for (const isOwn of [true, false]) {
      const spec = {
        argv: ["/no/such/program", "{connection_file}"],
        display_name: "None",
        language: "none",
      };
      const known = new Map([["none", { name: "none", folder: "/", isOwn, spec }]]);
      const kernels = new Kernels({ log: () => {}, known: () => known });
      await expect(kernels.start({ cwd: lab.root }), String(isOwn)).rejects.toThrow(
        /None did not start:.*ENOENT/,
      );
      expect(kernels.all()).toEqual([]);
    }
  });

  it("is refused by name when nobody knows it", async () => {
    const { status, json } = await lab.ask("api/kernels", { method: "POST", body: { name: "cobol" } });
    expect([status, (json as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/no kernel "cobol"; there are chainrule/),
    ]);
  });
});

describe("sessions", () => {
  const open = (body: object): Promise<{ status: number; json: never }> =>
    lab.ask("api/sessions", { method: "POST", body });
  const all = async (): Promise<SessionModel[]> => (await lab.ask("api/sessions")).json;
  const running = async (): Promise<string[]> =>
    ((await lab.ask("api/kernels")).json as KernelModel[]).map(({ id }) => id);

  it("tie a notebook to a kernel: one for both who ask at once, renamed, changed, closed", async () => {
    const body = { path: "sub/n.ipynb", type: "notebook", name: "n.ipynb", kernel: { name: "chainrule" } };
    const [first, second] = await Promise.all([open(body), open(body)]);
    const session: SessionModel = first.json;
    expect([first.status, second.status]).toEqual([201, 201]);
    expect((second.json as SessionModel).id).toBe(session.id);
    expect(session).toMatchObject({
      path: "sub/n.ipynb",
      type: "notebook",
      notebook: { path: "sub/n.ipynb" },
    });
    const before = await running();

    const patch = async (change: object): Promise<SessionModel> =>
      (await lab.ask(`api/sessions/${session.id}`, { method: "PATCH", body: change })).json;
    expect(await patch({ path: "sub/m.ipynb", name: "m" })).toMatchObject({
      path: "sub/m.ipynb",
      name: "m",
      kernel: { id: session.kernel.id },
    });
    const changed = await patch({ kernel: { name: "chainrule" } });
    expect(changed.kernel.id).not.toBe(session.kernel.id);
    // The kernel that its last session left is gone at once.
    expect(await running()).toEqual([...before.filter((id) => id !== session.kernel.id), changed.kernel.id]);

    const sharing = await open({
      path: "console",
      type: "console",
      name: "c",
      kernel: { id: changed.kernel.id },
    });
    expect((await lab.ask(`api/sessions/${session.id}`, { method: "DELETE" })).status).toBe(204);
    expect(await running()).toContain(changed.kernel.id);
    expect((await all()).map(({ path }) => path)).toEqual(["console"]);
    expect(await remove(changed.kernel.id)).toBe(204);
    expect(await all()).toEqual([]);
    expect((await lab.ask(`api/sessions/${(sharing.json as SessionModel).id}`)).status).toBe(404);
  });

  it("need a path and a kernel that is there", async () => {
    expect((await open({})).status).toBe(400);
    expect((await open({ path: "x", kernel: { id: "none" } })).status).toBe(404);
    expect((await open({ path: "x", kernel: { name: "cobol" } })).status).toBe(400);
    expect(await all()).toEqual([]);
  });

  it("of a kernel that has ended start one of its name", async () => {
    const { status, json } = await open({ path: "again.ipynb", kernel: { id: "gone", name: "chainrule" } });
    expect(status).toBe(201);
    await remove((json as SessionModel).kernel.id);
  });

  it("of a kernel of the server before this one get it again under its id", async () => {
    const id = "11111111-2222-3333-4444-555555555555";
    const { status, json } = await open({ path: "again.ipynb", kernel: { id } });
    expect([status, (json as SessionModel).kernel.id]).toEqual([201, id]);
    const post = (kernel_id: string) => lab.ask("api/kernels", { method: "POST", body: { kernel_id } });
    expect((await post(id)).status).toBe(409);
    expect((await post("../x")).status).toBe(400);
    await remove(id);
    expect(((await post(id)).json as { id: string }).id).toBe(id);
    await remove(id);
  });

  it("outside the folder start in it", async () => {
    const { json } = await open({ path: "../../etc/n.ipynb", type: "notebook" });
    const session: SessionModel = json;
    const page = await TestPage.open(lab, session.kernel.id);
    expect((await page.execute("process.cwd()")).result).toBe(`'${realpathSync(lab.root)}'`);
    page.close();
    await remove(session.kernel.id);
  });
});

withTool("jupyter", "kernels with connection files", () => {
  it("are attached to by Jupyter's own client, which finds the newest as its console does", async () => {
    const runtime = mkdtempSync(join(tmpdir(), "chainrule-runtime-"));
    const open = await TestLab.start({}, { connectionFolder: runtime });
    const { id } = (await open.ask("api/kernels", { method: "POST", body: {} })).json as KernelModel;
    const file = join(runtime, `kernel-${id}.json`);
    if (process.platform !== "win32") expect(statSync(file).mode & 0o077).toBe(0);
    const page = await TestPage.open(open, id);
    await page.execute("let n: number = 41;");
    const program = `
from jupyter_client import BlockingKernelClient, find_connection_file
client = BlockingKernelClient(connection_file=find_connection_file("kernel-*.json"))
client.load_connection_file()
client.start_channels()
client.wait_for_ready(timeout=60)
client.execute_interactive("n += 1; console.log('from elsewhere', n)", timeout=60)
`;
    // Debian's, which has Jupyter's packages.
    const attached = spawn("/usr/bin/python3", ["-c", program], {
      env: { ...process.env, JUPYTER_RUNTIME_DIR: runtime },
    });
    let said = "";
    for (const stream of [attached.stdout, attached.stderr])
      stream.on("data", (bytes: Buffer) => (said += bytes.toString()));
    expect(await new Promise((resolve) => attached.once("close", resolve)), said).toBe(0);
    expect(said).toContain("from elsewhere 42\n");
    // The page hears of it, and shares the variables.
    await page.until(({ message }) => String(message.content.text).includes("from elsewhere 42\n"));
    expect((await page.execute("n")).result).toBe("42");
    await open.ask(`api/kernels/${id}/restart`, { method: "POST" });
    expect((await page.execute("let n = 1; n + 1")).result).toBe("2");
    page.close();
    await open.close();
    expect(readdirSync(runtime)).toEqual([]);
    rmSync(runtime, { recursive: true });
  });
});

describe("other kernels of the machine", () => {
  const python = foundKernels().find(({ spec }) => spec.language === "python");

  it("are listed with chainrule's first", async () => {
    const { json } = await lab.ask("api/kernelspecs");
    const specs = json as {
      default: string;
      kernelspecs: Record<string, { resources: Record<string, string> }>;
    };
    expect(specs.default).toBe("chainrule");
    expect(Object.keys(specs.kernelspecs)[0]).toBe("chainrule");
    const logo = specs.kernelspecs.chainrule!.resources["logo-64x64"]!;
    const { status, headers } = await lab.ask(logo.slice(1));
    expect([status, headers["content-type"]]).toEqual([200, "image/png"]);
    expect((await lab.ask("kernelspecs/chainrule/..%2F..%2Fpackage.json")).status).toBe(404);
    expect((await lab.ask("kernelspecs/chainrule/kernel.json")).status).toBe(404);
    expect((await lab.ask("api/kernelspecs/cobol")).status).toBe(404);
  });

  it("run over ZeroMQ: output, interrupt, restart, end", async (context) => {
    if (!python) return context.skip("no Python kernel is installed");
    const kernel = await start({ name: python.name });
    const page = await TestPage.open(lab, kernel.id);
    expect((await page.execute("print('größe'); 6 * 7")).stdout).toBe("größe\n");
    const sleeping = page.start("import time\nprint('in', flush=True)\ntime.sleep(1000)");
    await page.until(({ message }) => String(message.content.text).includes("in\n"));
    await lab.ask(`api/kernels/${kernel.id}/interrupt`, { method: "POST" });
    expect((await page.done(sleeping)).reply.ename).toBe("KeyboardInterrupt");
    await lab.ask(`api/kernels/${kernel.id}/restart`, { method: "POST" });
    expect((await page.execute("'time' in globals()")).result).toBe("False");
    page.close();
    expect(await remove(kernel.id)).toBe(204);
  });
});

it("a clock that jumps, as after a laptop's sleep, ends no kernel and stops no cell", async () => {
  const culling = await TestLab.start();
  // A look every two seconds, of which two must find a kernel idle and alone.
  const kernels = new Kernels({ log: () => {}, cullAfter: 4 });
  try {
    const kernel: KernelModel = (await culling.ask("api/kernels", { method: "POST", body: {} })).json;
    const page = await TestPage.open(culling, kernel.id);
    await page.execute("let kept = 1");
    const cell = page.start("await new Promise((go) => setTimeout(go, 300)); console.log('after'); kept + 1");
    page.break();
    // The look that comes right after the jump, with the page still away.
    const alone = await kernels.start({ cwd: culling.root });
    await eventually(() => Promise.resolve(alone.model.execution_state === "idle"));
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: now + 8 * 3600_000 });
    await new Promise((go) => setTimeout(go, 2300));
    expect(kernels.has(alone.id)).toBe(true);
    await page.connect();
    expect(await page.done(cell)).toMatchObject({ stdout: "after\n", result: "2" });
    vi.setSystemTime(now - 3600_000);
    expect((await page.execute("kept")).result).toBe("1");
    const { json } = await culling.ask("api/contents/a.txt", {
      method: "PUT",
      body: { type: "file", format: "text", content: "a" },
    });
    expect(json).toMatchObject({ size: 1 });
    page.close();
  } finally {
    vi.useRealTimers();
    await kernels.close();
    await culling.close();
  }
});

it("two hundred cells that are run at once answer in their order, and all that they print arrives", async () => {
  const kernel = await start({});
  const page = await TestPage.open(lab, kernel.id);
  const cells = Array.from({ length: 200 }, (_, i) =>
    page.start(
      `const cell${i} = ${i === 0 ? "0" : `cell${i - 1} + 1`}; console.log("x".repeat(1000), cell${i}); cell${i}`,
    ),
  );
  const done = await Promise.all(cells.map((cell) => page.done(cell)));
  expect(done.map(({ result }) => result)).toEqual(cells.map((_, i) => String(i)));
  expect(done.map(({ reply }) => reply.execution_count)).toEqual(cells.map((_, i) => i + 1));
  expect(done.every(({ stdout }, i) => stdout === `${"x".repeat(1000)} ${i}\n`)).toBe(true);
  page.close();
  await remove(kernel.id);
});

it("kernels that are idle for long, without a page, are ended", async () => {
  mkdirSync(join(lab.root, "idle"));
  const culling = await TestLab.start({}, { cullAfter: 1 });
  const one: KernelModel = (await culling.ask("api/kernels", { method: "POST", body: {} })).json;
  const other: KernelModel = (await culling.ask("api/kernels", { method: "POST", body: {} })).json;
  const page = await TestPage.open(culling, other.id);
  const ids = async (): Promise<string[]> =>
    ((await culling.ask("api/kernels")).json as KernelModel[]).map(({ id }) => id);
  await eventually(async () => !(await ids()).includes(one.id));
  expect(await ids()).toEqual([other.id]);
  page.close();
  await culling.close();
});
