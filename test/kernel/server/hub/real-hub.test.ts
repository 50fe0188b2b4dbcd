/**
 * Below a real JupyterHub, where one is installed (Debian's package), as the recipe for a class sets it: login, spawn, the
 * page, a cell's result, the end of idle kernels, activity.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { needsBuild } from "../../support/jupyter.js";

/** Debian's proxy finds its packages there; Python's are its own. */
const env: NodeJS.ProcessEnv = { ...process.env, NODE_PATH: "/usr/share/nodejs", PYTHONPATH: "" };
const isThere = ["jupyterhub", "configurable-http-proxy"].every(
  (command) => spawnSync(command, ["--version"], { stdio: "ignore", env }).status === 0,
);
const ADMIN = "a-token-of-the-administrators";
/** Minutes after which an idle kernel ends: long enough for a page to come to its new kernel on a busy machine. */
const CULL = "0.5";

/** As much of a browser as a login needs: cookies by their paths, and one redirect after another. */
class Browser {
  readonly #cookies = new Map<string, { readonly path: string; readonly value: string }>();
  readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  cookiesFor(path: string): string {
    return [...this.#cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
  }

  value(name: string): string | undefined {
    return this.#cookies.get(name)?.value;
  }

  async open(path: string, init: RequestInit = {}): Promise<{ status: number; path: string; text: string }> {
    const response = await fetch(this.origin + path, {
      ...init,
      redirect: "manual",
      headers: { ...init.headers, Cookie: this.cookiesFor(path), "Sec-Fetch-Site": "same-origin" },
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!;
      if (/max-age=0|expires=\w+, \d+ \w+ (19|200)/i.test(cookie)) this.#cookies.delete(name!);
      else this.#cookies.set(name!, { path: /path=([^;]*)/i.exec(cookie)?.[1] ?? "/", value: value! });
    }
    const next = response.headers.get("location");
    if (next && response.status >= 300 && response.status < 400) {
      const { pathname, search } = new URL(next, this.origin + path);
      return this.open(pathname + search);
    }
    return { status: response.status, path, text: await response.text() };
  }
}

describe.skipIf(!isThere)("below JupyterHub", () => {
  let folder: string;
  let hub: ChildProcess;
  let log = "";
  let browser: Browser;
  let origin: string;

  beforeAll(async () => {
    needsBuild();
    folder = mkdtempSync(join(tmpdir(), "chainrule-hub-"));
    mkdirSync(join(folder, "bundle"));
    const manifest = { version: "1", entry: "main.js", styles: [], schemas: {} };
    writeFileSync(join(folder, "bundle/manifest.json"), JSON.stringify(manifest));
    const [port, hubPort, proxyPort] = await Promise.all([freePort(), freePort(), freePort()]);
    origin = `http://127.0.0.1:${port}`;
    const settings: Record<string, unknown> = {
      "JupyterHub.bind_url": `${origin}/`,
      "JupyterHub.hub_bind_url": `http://127.0.0.1:${hubPort}`,
      "ConfigurableHTTPProxy.api_url": `http://127.0.0.1:${proxyPort}`,
      "JupyterHub.authenticator_class": "dummy",
      "JupyterHub.spawner_class": "simple",
      "JupyterHub.db_url": `sqlite:///${join(folder, "hub.sqlite")}`,
      "JupyterHub.cookie_secret_file": join(folder, "cookie-secret"),
      "JupyterHub.services": [{ name: "admin", api_token: ADMIN, admin: true }],
      "SimpleLocalProcessSpawner.home_dir_template": join(folder, "home-{username}"),
    };
    const own = {
      CHAINRULE_LAB: join(folder, "bundle"),
      CHAINRULE_STATE: join(folder, "state"),
      JUPYTERHUB_ACTIVITY_INTERVAL: "1",
      PATH: `${join(folder, "bin")}:${process.env.PATH}`,
    };
    // The recipe for a class, with a login that needs no users of the machine.
    const config = [
      `load_subconfig(${JSON.stringify(resolve("kernel/server/hub/recipe/jupyterhub_config.py"))})`,
      ...Object.entries(settings).map(
        ([name, value]) => `c.${name} = ${JSON.stringify(value).replace(/\btrue\b/g, "True")}`,
      ),
      `c.Spawner.environment.update(${JSON.stringify(own)})`,
    ].join("\n");
    mkdirSync(join(folder, "bin"));
    const command = `#!/bin/sh\nprintf '%s\\n' "$@" > ${join(folder, "words")}\nexec ${process.execPath} ${resolve("dist/kernel/cli.js")} "$@"\n`;
    writeFileSync(join(folder, "bin/chainrule"), command, { mode: 0o755 });
    mkdirSync(join(folder, "course/week-1"), { recursive: true });
    writeFileSync(join(folder, "course/week-1/one.txt"), "the lecturer's", { mode: 0o444 });
    writeFileSync(join(folder, "course/changed.txt"), "the lecturer's", { mode: 0o444 });
    mkdirSync(join(folder, "home-ada/course"), { recursive: true });
    writeFileSync(join(folder, "home-ada/course/changed.txt"), "ada's");
    writeFileSync(join(folder, "config.py"), config);
    hub = spawn("jupyterhub", ["-f", join(folder, "config.py")], {
      cwd: folder,
      env: { ...env, CHAINRULE_COURSE: join(folder, "course"), CHAINRULE_CULL_KERNELS: CULL },
    });
    for (const stream of [hub.stdout!, hub.stderr!]) stream.on("data", (text) => (log += String(text)));
    browser = new Browser(origin);
    await until(async () => (await fetch(`${origin}/hub/api/`)).ok);
  }, 120_000);

  afterAll(async () => {
    if (hub.exitCode === null) {
      const ended = new Promise((done) => hub.on("exit", done));
      hub.kill("SIGTERM");
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  /** Waits for what may fail at first. */
  async function until(isSo: () => Promise<boolean>, seconds = 60): Promise<void> {
    for (let i = 0; i < seconds * 4; i++) {
      if (await isSo().catch(() => false)) return;
      await wait(250);
    }
    throw new Error(`It did not come to be so. The hub says:\n${log}`);
  }

  const admin = async (path: string, method = "GET"): Promise<Response> =>
    fetch(`${origin}/hub/api/${path}`, { method, headers: { Authorization: `token ${ADMIN}` } });

  it("ada logs in, gets her server, and a cell's result over its WebSocket", async () => {
    await browser.open("/hub/login");
    const form = new URLSearchParams({ username: "ada", password: "any" });
    const xsrf = browser.value("_xsrf");
    if (xsrf) form.set("_xsrf", xsrf);
    await browser.open("/hub/login?next=%2Fhub%2Fhome", { method: "POST", body: form });
    const spawned = await admin("users/ada/server", "POST");
    expect([201, 202]).toContain(spawned.status);
    await until(
      async () => ((await (await admin("users/ada")).json()) as { server?: string | null }).server != null,
    );

    // Through the hub's OAuth and back to the page that was asked for.
    const page = await browser.open("/user/ada/lab");
    expect([page.status, page.path], log).toEqual([200, "/user/ada/lab"]);
    expect(page.text).toContain('"hubUser":"ada"');
    expect(page.text).toContain('"baseUrl":"/user/ada/"');

    expect(await firstResult(await newKernel())).toBe("42");
  }, 120_000);

  it("a kernel that no page shows ends, and one that a page shows stays", async () => {
    const [shown, left] = [await newKernel(), await newKernel()];
    const page = showing(shown);
    try {
      await page.opened;
      expect(await firstResult(left)).toBe("42");
      const ids = async (): Promise<string[]> =>
        (JSON.parse((await browser.open("/user/ada/api/kernels")).text) as { id: string }[]).map(
          ({ id }) => id,
        );
      await until(async () => !(await ids()).includes(left), 120);
      expect(await ids()).toContain(shown);
    } finally {
      page.socket.terminate();
    }
  }, 180_000);

  async function newKernel(): Promise<string> {
    const made = await browser.open("/user/ada/api/kernels", { method: "POST", body: "{}" });
    expect(made.status, made.text).toBe(201);
    return (JSON.parse(made.text) as { id: string }).id;
  }

  /** Listens to a kernel as a page does, through the hub's proxy. */
  function showing(id: string): { readonly socket: WebSocket; readonly opened: Promise<unknown> } {
    const path = `/user/ada/api/kernels/${id}/channels`;
    const socket = new WebSocket(origin.replace("http", "ws") + path, {
      headers: { Cookie: browser.cookiesFor(path), Origin: origin },
    });
    return {
      socket,
      opened: new Promise((opened, failed) => socket.on("open", opened).on("error", failed)),
    };
  }

  /** Runs a cell in a page that is closed afterwards. */
  async function firstResult(id: string): Promise<string> {
    const { socket, opened } = showing(id);
    try {
      await opened;
      const header = {
        msg_id: "one",
        msg_type: "execute_request",
        session: "s",
        username: "",
        version: "5.3",
      };
      const content = {
        code: "6 * 7",
        silent: false,
        store_history: true,
        user_expressions: {},
        allow_stdin: false,
      };
      const result = new Promise<string>((found) => {
        socket.on("message", (data: Buffer) => {
          const message = JSON.parse(String(data)) as {
            header: { msg_type: string };
            content: { data?: Record<string, string> };
          };
          if (message.header.msg_type === "execute_result") found(message.content.data!["text/plain"]!);
        });
      });
      const message = { channel: "shell", header, parent_header: {}, metadata: {}, content, buffers: [] };
      socket.send(JSON.stringify(message));
      return await result;
    } finally {
      socket.terminate();
    }
  }

  it("each student has copies of the course that can be changed, and keeps what was changed", async () => {
    const read = (path: string) => readFileSync(join(folder, path), "utf8");
    expect(read("words").split("\n").slice(0, 3)).toEqual(["lab", "--cull", CULL]);
    expect(read("home-ada/course/changed.txt")).toBe("ada's");
    expect(read("home-ada/course/week-1/one.txt")).toBe("the lecturer's");
    expect(statSync(join(folder, "home-ada/course/week-1/one.txt")).mode & 0o200).toBe(0o200);
    const saved = await browser.open("/user/ada/api/contents/course/week-1/one.txt", {
      method: "PUT",
      body: JSON.stringify({ type: "file", format: "text", content: "mine" }),
    });
    expect(saved.status, saved.text).toBe(200);
    expect(read("course/week-1/one.txt")).toBe("the lecturer's");
  });

  it("the hub learns of the activity", async () => {
    const begun = Date.now();
    const saved = await browser.open("/user/ada/api/contents/a.txt", {
      method: "PUT",
      body: JSON.stringify({ type: "file", format: "text", content: "a" }),
    });
    expect(saved.status, saved.text).toBe(201);
    await until(async () => {
      const { last_activity: last } = (await (await admin("users/ada")).json()) as { last_activity: string };
      return Date.parse(last) >= begun - 1;
    });
    expect(log).not.toContain("was not told of activity");
  });

  it("bob, who is logged in at the same hub, does not come into ada's server", async () => {
    const other = new Browser(origin);
    await other.open("/hub/login");
    const form = new URLSearchParams({ username: "bob", password: "any" });
    await other.open("/hub/login?next=%2Fhub%2Fhome", { method: "POST", body: form });
    const page = await other.open("/user/ada/lab");
    expect(page.status).not.toBe(200);
    expect(page.text).not.toContain("hubUser");
    expect((await other.open("/user/ada/api/contents")).status).toBe(403);
  });

  it("ends when the hub stops it", async () => {
    expect([202, 204]).toContain((await admin("users/ada/server", "DELETE")).status);
    await until(
      async () => ((await (await admin("users/ada")).json()) as { server?: string | null }).server == null,
    );
  });
});

function freePort(): Promise<number> {
  return new Promise((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => found(port));
    });
  });
}
