/** Terminals over the server: a real shell for what a user sees, a played one for the rest. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { findPty } from "../../../../kernel/server/terminals/pty.js";
import type { Pty } from "../../../../kernel/server/terminals/pty.js";
import { TestLab, TOKEN } from "../support.js";

/** A shell that the test plays. */
class PlayedPty implements Pty {
  readonly cwd: string;
  readonly written: string[] = [];
  readonly sizes: [number, number][] = [];
  readonly signals: (string | undefined)[] = [];
  paused = 0;
  say: (text: string) => void = () => {};
  exit: () => void = () => {};

  constructor(cwd: string) {
    this.cwd = cwd;
  }
  onData(hear: (text: string) => void): void {
    this.say = hear;
  }
  onExit(end: () => void): void {
    this.exit = end;
  }
  write(text: string): void {
    this.written.push(text);
  }
  resize(columns: number, rows: number): void {
    this.sizes.push([columns, rows]);
  }
  pause(): void {
    this.paused++;
  }
  resume(): void {}
  kill(signal?: string): void {
    this.signals.push(signal);
    this.exit();
  }
}

/** A page that shows a terminal. */
class Page {
  readonly got: unknown[][] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<number>;

  constructor(lab: TestLab, name: string) {
    this.socket = new WebSocket(`ws://${lab.host}/terminals/websocket/${name}`, {
      headers: { Authorization: `token ${TOKEN}` },
    });
    this.closed = new Promise((resolve) => this.socket.on("close", resolve));
    this.socket.on("message", (bytes: Buffer) => this.got.push(JSON.parse(bytes.toString()) as unknown[]));
  }

  /** What was printed on it. */
  get text(): string {
    return this.got.flatMap(([type, text]) => (type === "stdout" ? [String(text)] : [])).join("");
  }

  send(...message: unknown[]): void {
    this.socket.send(JSON.stringify(message));
  }

  isSetUp(): Promise<void> {
    return expect.poll(() => this.got[0]).toEqual(["setup", {}]);
  }
}

const post = (body: object) => lab.ask("api/terminals", { method: "POST", body });

let lab: TestLab;
afterEach(() => lab.close());

describe("a shell", () => {
  beforeEach(async () => {
    lab = await TestLab.start({ "root/here/a.txt": "" }, { startPty: findPty() });
  });

  it.skipIf(process.platform === "win32")("starts in its folder, prints, is resized, and ends", async () => {
    const { status, json } = await post({ cwd: "here" });
    expect([status, json]).toEqual([200, { name: "1", last_activity: expect.any(String) as string }]);
    const page = new Page(lab, "1");
    await page.isSetUp();
    page.send("set_size", 31, 97, 500, 800);
    page.send("stdin", "ls; stty size; echo sum $((6*7)) token [$CHAINRULE_TOKEN]\r");
    await expect.poll(() => page.text).toContain("sum 42 token []");
    expect(page.text).toContain("a.txt");
    expect(page.text).toContain("31 97");
    page.send("stdin", "exit\r");
    expect(await page.closed).toBe(1000);
    expect(page.got.at(-1)).toEqual(["disconnect", 1]);
    expect((await lab.ask("api/terminals")).json).toEqual([]);
  });

  it.skipIf(process.platform === "win32")(
    "that prints without end is held back, and ends with its terminal",
    async () => {
      await post({});
      const page = new Page(lab, "1");
      await page.isSetUp();
      page.send("stdin", "yes\r");
      await expect.poll(() => page.text.length).toBeGreaterThan(10_000);
      expect((await lab.ask("api/terminals/1", { method: "DELETE" })).status).toBe(204);
      expect(await page.closed).toBe(1000);
    },
  );
});

describe("terminals", () => {
  let shells: PlayedPty[];
  beforeEach(async () => {
    shells = [];
    lab = await TestLab.start(
      { "root/a.txt": "" },
      { startPty: (cwd) => shells[shells.push(new PlayedPty(cwd)) - 1]! },
    );
    mkdirSync(join(lab.root, "sub"));
  });

  it("are named, listed, found again and ended", async () => {
    expect((await post({})).json).toMatchObject({ name: "1" });
    expect((await post({ name: "mine", cwd: "sub" })).json).toMatchObject({ name: "mine" });
    expect((await post({ name: "mine" })).json).toMatchObject({ name: "mine" });
    expect(shells.map(({ cwd }) => cwd.slice(lab.root.length))).toEqual(["", "/sub"]);
    expect((await lab.ask("api/terminals")).json).toMatchObject([{ name: "1" }, { name: "mine" }]);
    expect((await lab.ask("api/terminals/mine")).json).toMatchObject({ name: "mine" });
    expect((await lab.ask("api/terminals/1", { method: "DELETE" })).status).toBe(204);
    expect(shells[0]!.signals).toEqual([process.platform === "win32" ? undefined : "SIGHUP"]);
    expect((await lab.ask("api/terminals/1", { method: "DELETE" })).status).toBe(404);
    expect((await lab.ask("api/terminals/none")).status).toBe(404);
  });

  it("start in no folder that is not served, and have no strange names", async () => {
    for (const cwd of ["../", "sub/../..", "/etc", "none", "a.txt", ".hidden"])
      expect((await post({ cwd })).status, cwd).toBeGreaterThanOrEqual(400);
    for (const name of ["../x", "a b", "x".repeat(65)]) expect((await post({ name })).status).toBe(400);
    expect(shells).toEqual([]);
  });

  it("pass the gate: token, Origin, a name that is there", async () => {
    await post({});
    const path = "terminals/websocket/1";
    const token = { Authorization: `token ${TOKEN}` };
    const cookie = await lab.cookie();
    expect(await lab.socketStatus(path, {})).toBe(403);
    expect(await lab.socketStatus(path, { Cookie: cookie, Origin: "http://127.0.0.1:1" })).toBe(403);
    expect(await lab.socketStatus(path, { Cookie: cookie })).toBe(403);
    expect(await lab.socketStatus(path, { ...token, Host: "evil.example" })).toBe(403);
    expect(await lab.socketStatus("terminals/websocket/2", token)).toBe(404);
    expect(await lab.socketStatus(path, { Cookie: cookie, Origin: `http://${lab.host}` })).toBe("open");
    expect(await lab.socketStatus(path, token)).toBe("open");
    expect((await lab.ask("api/terminals", { method: "POST", body: {}, known: false })).status).toBe(403);
  });

  it("show a page that comes later what was printed, and fit the smallest page", async () => {
    await post({});
    const [shell] = shells;
    const first = new Page(lab, "1");
    await first.isSetUp();
    first.send("set_size", 30, 100, 1, 1);
    shell!.say("one\r\n");
    await expect.poll(() => first.text).toBe("one\r\n");
    const second = new Page(lab, "1");
    await expect.poll(() => second.text).toBe("one\r\n");
    second.send("set_size", 40, 80, 1, 1);
    await expect
      .poll(() => shell!.sizes)
      .toEqual([
        [100, 30],
        [80, 30],
      ]);
    second.socket.close();
    await expect.poll(() => shell!.sizes.at(-1)).toEqual([100, 30]);
    shell!.say("x".repeat(150_000));
    shell!.say("y".repeat(150_000));
    const third = new Page(lab, "1");
    await expect.poll(() => third.text.length).toBe(150_000);
  });

  it("are not harmed by messages that are none", async () => {
    await post({});
    const page = new Page(lab, "1");
    await page.isSetUp();
    for (const text of [
      "",
      "{",
      "null",
      "[]",
      '["stdin",1]',
      '["set_size",0,-1]',
      '["set_size",1e9,2]',
      '["x"]',
    ])
      page.socket.send(text);
    page.send("stdin", "last");
    await expect.poll(() => shells[0]!.written).toEqual(["last"]);
    expect(shells[0]!.sizes).toEqual([]);
  });

  it("end with the server, and tell their pages", async () => {
    await post({});
    const page = new Page(lab, "1");
    await page.isSetUp();
    shells[0]!.exit();
    expect(await page.closed).toBe(1000);
    await post({});
    expect((await lab.ask("api/status")).status).toBe(200);
  });
});

it("are refused in words where there are none", async () => {
  lab = await TestLab.start({});
  const { status, json } = await post({});
  expect([status, (json as { message: string }).message]).toEqual([
    404,
    "There are no terminals: npm install @lydell/node-pty, and start the server again.",
  ]);
  expect(findPty([join(lab.root, "x.js")])).toBeUndefined();
});
