/** The server as JupyterLab's own client sees it, which is VS Code's too: @jupyterlab/services, with the token in the address. */
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withFrontEndPackages } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";
import { KILLED_CELL, TestLab, TOKEN } from "./support.js";

/** The part of the package's types that these tests use; the package is not among the project's own. */
interface Message {
  readonly header: { readonly msg_type: string };
  readonly content: Record<string, unknown>;
  readonly buffers?: readonly (ArrayBuffer | ArrayBufferView)[];
}
interface Future {
  onIOPub: (message: Message) => void;
  onStdin: (message: Message) => void;
  readonly done: Promise<Message>;
}
interface Signal<T> {
  connect(slot: (sender: unknown, value: T) => void): void;
}
interface Comm {
  onMsg: (message: Message) => void;
  open(data: unknown): Future;
  close(): Future;
}
interface Kernel {
  readonly id: string;
  readonly status: string;
  readonly connectionStatus: string;
  readonly info: Promise<Record<string, unknown>>;
  readonly statusChanged: Signal<string>;
  requestExecute(content: Record<string, unknown>): Future;
  requestComplete(content: Record<string, unknown>): Promise<Message>;
  requestInspect(content: Record<string, unknown>): Promise<Message>;
  requestCommInfo(content: Record<string, unknown>): Promise<Message>;
  sendInputReply(content: Record<string, unknown>, parent: unknown): void;
  createComm(target: string): Comm;
  interrupt(): Promise<void>;
  restart(): Promise<void>;
  reconnect(): Promise<void>;
  shutdown(): Promise<void>;
}
interface Session {
  readonly id: string;
  readonly path: string;
  readonly kernel: Kernel | null;
  setPath(path: string): Promise<void>;
  changeKernel(options: { name: string }): Promise<Kernel | null>;
  shutdown(): Promise<void>;
  dispose(): void;
}
interface Model {
  readonly path: string;
  readonly type: string;
  readonly content: unknown;
  readonly last_modified: string;
  readonly hash?: string;
}
interface Contents {
  get(path: string, options?: object): Promise<Model>;
  save(path: string, options: object): Promise<Model>;
  newUntitled(options: object): Promise<Model>;
  rename(path: string, to: string): Promise<Model>;
  copy(path: string, to: string): Promise<Model>;
  delete(path: string): Promise<void>;
  createCheckpoint(path: string): Promise<{ id: string }>;
  listCheckpoints(path: string): Promise<unknown[]>;
  restoreCheckpoint(path: string, id: string): Promise<void>;
  deleteCheckpoint(path: string, id: string): Promise<void>;
  getDownloadUrl(path: string): Promise<string>;
}
interface Manager {
  readonly ready: Promise<void>;
  readonly contents: Contents;
  readonly sessions: {
    startNew(options: object): Promise<Session>;
    connectTo(options: { model: unknown }): Session;
    findByPath(path: string): Promise<{ id: string } | undefined>;
    refreshRunning(): Promise<void>;
    running(): Iterable<{ path: string }>;
    shutdownAll(): Promise<void>;
  };
  readonly kernels: {
    connectTo(options: object): Kernel;
    refreshRunning(): Promise<void>;
    running(): Iterable<{ id: string }>;
  };
  readonly kernelspecs: {
    readonly specs: { default: string; kernelspecs: Record<string, { language: string }> } | null;
  };
  readonly workspaces: {
    save(id: string, value: object): Promise<void>;
    fetch(id: string): Promise<{ data: unknown }>;
    list(): Promise<{ ids: string[] }>;
    remove(id: string): Promise<void>;
  };
  readonly nbconvert: { getExportFormats(): Promise<Record<string, unknown>> };
  dispose(): void;
}
interface Services {
  readonly ServiceManager: new (options: object) => Manager;
  readonly ServerConnection: { makeSettings(options: object): unknown };
}

withFrontEndPackages("JupyterLab's client", (from) => {
  const { ServiceManager, ServerConnection } = createRequire(from)("@jupyterlab/services") as Services;
  let lab: TestLab;
  let manager: Manager;
  const connect = async (): Promise<Manager> => {
    const serverSettings = ServerConnection.makeSettings({
      baseUrl: `http://${lab.host}/`,
      wsUrl: `ws://${lab.host}/`,
      appUrl: "/lab",
      token: TOKEN,
      appendToken: true,
    });
    const made = new ServiceManager({ serverSettings, standby: "never" });
    await made.ready;
    return made;
  };
  beforeAll(async () => {
    needsBuild();
    lab = await TestLab.start();
    manager = await connect();
  });
  afterAll(async () => {
    manager.dispose();
    await lab.close();
  });
  const start = (path: string, name = "chainrule"): Promise<Session> =>
    manager.sessions.startNew({ path, type: "notebook", name: path, kernel: { name } });
  const run = async (
    kernel: Kernel,
    code: string,
  ): Promise<{ reply: Record<string, unknown>; texts: unknown[] }> => {
    const texts: unknown[] = [];
    const future = kernel.requestExecute({ code, allow_stdin: true });
    future.onIOPub = ({ header, content }) => {
      if (header.msg_type === "stream") texts.push(content.text);
      if (header.msg_type === "execute_result")
        texts.push((content.data as Record<string, unknown>)["text/plain"]);
    };
    return { reply: (await future.done).content, texts };
  };

  it("finds the kernels and the formats of the export", async () => {
    expect(manager.kernelspecs.specs).toMatchObject({
      default: "chainrule",
      kernelspecs: { chainrule: { language: "typescript" } },
    });
    expect(Object.keys(await manager.nbconvert.getExportFormats())).toEqual(["html", "markdown", "script"]);
  });

  it("reads, writes, renames, copies, deletes, and goes back to a checkpoint", async () => {
    const { contents } = manager;
    const made = await contents.newUntitled({ type: "notebook" });
    expect(made.path).toBe("Untitled.ipynb");
    const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };
    const saved = await contents.save(made.path, { type: "notebook", format: "json", content: notebook });
    expect((await contents.get(made.path, { content: false, hash: true })).last_modified).toBe(
      saved.last_modified,
    );
    expect((await contents.get(made.path)).content).toMatchObject(notebook);
    expect((await contents.rename(made.path, "größe #1?.ipynb")).path).toBe("größe #1?.ipynb");
    expect((await contents.copy("größe #1?.ipynb", "")).path).toBe("größe #1?-Copy1.ipynb");
    const { id } = await contents.createCheckpoint("größe #1?.ipynb");
    expect(await contents.listCheckpoints("größe #1?.ipynb")).toHaveLength(1);
    await contents.restoreCheckpoint("größe #1?.ipynb", id);
    await contents.deleteCheckpoint("größe #1?.ipynb", id);
    const address = await contents.getDownloadUrl("größe #1?.ipynb");
    expect(await (await fetch(`${address}${address.includes("?") ? "&" : "?"}token=${TOKEN}`)).text()).toBe(
      readFileSync(join(lab.root, "größe #1?.ipynb"), "utf8"),
    );
    await contents.delete("größe #1?.ipynb");
    await contents.delete("größe #1?-Copy1.ipynb");
    await expect(contents.get("größe #1?.ipynb")).rejects.toThrow(/does not exist/);
  });

  it("runs cells, completes, inspects, asks, interrupts, restarts", async () => {
    const session = await start("one.ipynb");
    const kernel = session.kernel!;
    expect(await kernel.info).toMatchObject({ implementation: "chainrule", status: "ok" });
    expect((await run(kernel, "console.log('größe'); 6 * 7")).texts).toEqual(["größe\n", "42"]);
    const completed = await kernel.requestComplete({ code: "Math.fl", cursor_pos: 7 });
    expect(completed.content.matches).toContain("floor");
    expect(
      (await kernel.requestInspect({ code: "Math.floor", cursor_pos: 8, detail_level: 0 })).content.found,
    ).toBe(true);

    const asking = kernel.requestExecute({ code: "prompt('name')", allow_stdin: true });
    asking.onStdin = (question) => kernel.sendInputReply({ value: "Ada", status: "ok" }, question.header);
    expect((await asking.done).content.status).toBe("ok");

    const endless = kernel.requestExecute({ code: "for (;;) ;" });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await kernel.interrupt();
    expect((await endless.done).content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });

    const states: string[] = [];
    kernel.statusChanged.connect((_, state) => states.push(state));
    await kernel.restart();
    expect((await run(kernel, "1 + 1")).texts).toEqual(["2"]);
    expect(states).not.toContain("autorestarting");
    expect(states).not.toContain("dead");
    await kernel.reconnect();
    expect((await run(kernel, "2 + 2")).texts).toEqual(["4"]);
    await session.shutdown();
  });

  it("is told that a kernel died and lives again", async () => {
    const session = await start("dies.ipynb");
    const kernel = session.kernel!;
    await kernel.info;
    const restarted = new Promise<void>((resolve) =>
      kernel.statusChanged.connect((_, state) => {
        if (state === "autorestarting") resolve();
      }),
    );
    kernel.requestExecute({ code: KILLED_CELL }).done.catch(() => {});
    await restarted;
    while (kernel.status !== "idle") await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await run(kernel, "'lives'")).texts).toEqual(["'lives'"]);
    await session.shutdown();
  });

  it("attaches to a kernel that another client has started, and sees the same variables", async () => {
    const session = await start("shared.ipynb");
    await run(session.kernel!, "let shared = 21");
    const other = await connect();
    await other.sessions.refreshRunning();
    const model = await other.sessions.findByPath("shared.ipynb");
    const attached = other.sessions.connectTo({ model });
    expect((await run(attached.kernel!, "shared * 2")).texts).toEqual(["42"]);
    attached.dispose();
    other.dispose();
    await session.shutdown();
  });

  it("follows a notebook to another name, and gives it another kernel", async () => {
    const session = await start("before.ipynb");
    const first = session.kernel!.id;
    await session.setPath("after.ipynb");
    await manager.sessions.refreshRunning();
    expect([...manager.sessions.running()].map(({ path }) => path)).toEqual(["after.ipynb"]);
    const changed = await session.changeKernel({ name: "chainrule" });
    expect(changed!.id).not.toBe(first);
    expect((await run(changed!, "7")).texts).toEqual(["7"]);
    await manager.kernels.refreshRunning();
    expect([...manager.kernels.running()].map(({ id }) => id)).toEqual([changed!.id]);
    await manager.sessions.shutdownAll();
    await manager.kernels.refreshRunning();
    expect([...manager.kernels.running()]).toEqual([]);
  });

  it("keeps layouts", async () => {
    const { workspaces } = manager;
    await workspaces.save("mine", { data: { a: 1 }, metadata: { id: "mine" } });
    expect((await workspaces.fetch("mine")).data).toEqual({ a: 1 });
    expect((await workspaces.list()).ids).toEqual(["mine"]);
    await workspaces.remove("mine");
    expect((await workspaces.list()).ids).toEqual([]);
  });
});
