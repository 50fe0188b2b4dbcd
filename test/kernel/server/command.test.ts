/** `chainrule lab` as a shell starts it: its one line, its port, its warnings, its end. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { questionBeforeEnd } from "../../../kernel/server/command.js";
import type { Pty } from "../../../kernel/server/terminals/pty.js";
import { projectRoot } from "../../support/shared.js";
import { needsBuild } from "../support/jupyter.js";

let folder: string;
let running: Command[] = [];
beforeAll(needsBuild);
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "chainrule-lab-command-")));
  mkdirSync(join(folder, "näme"));
  mkdirSync(join(folder, "bundle"));
  writeFileSync(
    join(folder, "bundle", "manifest.json"),
    '{"version":"1","entry":"m.js","styles":[],"schemas":{}}',
  );
  writeFileSync(
    join(folder, "näme", "n ü.ipynb"),
    '{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[]}',
  );
});
afterEach(async () => {
  for (const one of running) await one.end("SIGKILL");
  running = [];
  rmSync(folder, { recursive: true });
});

class Command {
  stdout = "";
  stderr = "";
  readonly process: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  #heard: () => void = () => {};

  /** @param before is said to the shell first */
  constructor(parts: readonly string[], env: Record<string, string> = {}, before?: string) {
    const cli = join(projectRoot, "dist/kernel/cli.js");
    const command = [process.execPath, cli, "lab", ...parts];
    const [program, ...rest] =
      before === undefined ? command : ["sh", "-c", `${before}; exec "$@"`, "sh", ...command];
    this.process = spawn(program!, rest, {
      cwd: folder,
      env: {
        ...process.env,
        CHAINRULE_STATE: join(folder, "state"),
        // None is built for these tests.
        CHAINRULE_LAB: join(folder, "bundle"),
        ...env,
      },
    });
    this.process.stdout!.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#heard();
    });
    this.process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) =>
      this.process.once("close", (code, signal) => {
        resolve(signal ?? code);
        this.#heard();
      }),
    );
    running.push(this);
  }

  /** The address that it prints. */
  async address(): Promise<URL> {
    while (!this.stdout.includes("\n")) {
      if (this.process.exitCode !== null) throw new Error(this.stderr);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
    return new URL(this.stdout.trim());
  }

  async end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.process.kill(signal);
    return this.ended;
  }
}

const lab = (...parts: string[]): Command => new Command(["--no-browser", "--port", "0", ...parts]);

it("prints an address with a token, on one line, and answers there", async () => {
  const command = lab();
  const address = await command.address();
  expect(command.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/lab\?token=[0-9a-f]{48}\n$/);
  expect((await fetch(address)).status).toBe(200);
  const contents = new URL(`/api/contents${address.search}`, address);
  const { content } = (await (await fetch(contents)).json()) as { content: { name: string }[] };
  expect(content.map(({ name }) => name)).toContain("näme");
  expect(await command.end("SIGTERM")).toBe(0);
  expect(command.stdout.split("\n")).toHaveLength(2);
});

it("serves a notebook's folder and leads to the notebook, or another root", async () => {
  const one = await lab("näme/n ü.ipynb").address();
  expect(one.pathname).toBe("/lab/tree/n%20%C3%BC.ipynb");
  const two = await lab("--root", ".", "näme/n ü.ipynb").address();
  expect(two.pathname).toBe("/lab/tree/n%C3%A4me/n%20%C3%BC.ipynb");
  const three = await lab("näme", "--base", "user/ada").address();
  expect(three.pathname).toBe("/user/ada/lab");
  expect((await fetch(new URL(`/user/ada/files/n%20%C3%BC.ipynb${three.search}`, three))).status).toBe(200);
});

it.each([
  [["none"], /lab: none: there is no such folder/],
  [["--port", "70000"], /from 0 to 65535/],
  [["--port", "x"], /from 0 to 65535/],
  [["--ip", "203.0.113.1"], /cannot listen on 203\.0\.113\.1/],
  [["--ip", "0.0.0.0", "--token", ""], /without a token/],
  [["--root", "näme", "."], /does not lie in näme/],
  [["--cull", "0"], /minutes above zero/],
])("says what is wrong with %j", async (parts, words) => {
  const command = new Command(["--no-browser", ...parts]);
  expect(await command.ended).toBe(1);
  expect(command.stderr).toMatch(words);
  expect(command.stderr).not.toMatch(/^ +at /m);
});

it("takes the next port when one is taken", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const address = await new Command(["--no-browser", "--port", String(port)]).address();
  expect(Number(address.port)).toBeGreaterThan(port);
  expect(Number(address.port)).toBeLessThanOrEqual(port + 50);
  taken.close();
});

it("warns in words when other machines can reach it, and when everybody can", async () => {
  const open = lab("--ip", "0.0.0.0");
  expect((await open.address()).hostname).toBe("localhost");
  expect(open.stderr).toContain("Other machines can reach this server on 0.0.0.0.");
  const free = lab("--token", "");
  expect((await free.address()).search).toBe("");
  expect(free.stderr).toContain("There is no token");
  const usual = lab();
  await usual.address();
  expect(usual.stderr).not.toMatch(/Other machines|no token/);
});

it("takes a token from the environment and hands it on to no kernel", async () => {
  const command = new Command(["--no-browser", "--port", "0"], { CHAINRULE_TOKEN: "of the environment" });
  const address = await command.address();
  expect(address.searchParams.get("token")).toBe("of the environment");
  const kernels = new URL(`/api/kernels${address.search}`, address);
  await fetch(kernels, { method: "POST", body: "{}" });
  if (process.platform !== "linux") return;
  const own = readdirSync("/proc").find(
    (id) => /^\d+$/.test(id) && statusOf(id).includes(`PPid:\t${command.process.pid}\n`),
  )!;
  expect(readFileSync(`/proc/${own}/environ`, "utf8")).not.toContain("of the environment");
});

it("keeps the old file, and says so, when the disk does not take the new one", async () => {
  if (process.platform === "win32") return;
  // Files of at most 32 kB: the system refuses as it does on a full disk.
  const command = new Command(["--no-browser", "--port", "0", "--root", "näme"], {}, "ulimit -f 64");
  const address = await command.address();
  const at = (path: string): URL => new URL(path + address.search, address);
  const put = (content: string): Promise<Response> =>
    fetch(at("/api/contents/a.txt"), {
      method: "PUT",
      body: JSON.stringify({ type: "file", format: "text", content }),
    });
  expect((await put("kept")).status).toBe(201);
  const refused = await put("x".repeat(100_000));
  expect([refused.status, await refused.text()]).toEqual([
    507,
    expect.stringContaining("The file is as it was before."),
  ]);
  expect(readFileSync(join(folder, "näme", "a.txt"), "utf8")).toBe("kept");
  expect(readdirSync(join(folder, "näme")).sort()).toEqual(["a.txt", "n ü.ipynb"]);
  expect((await put("again")).status).toBe(200);
});

it("opens the browser with a file for its user alone, not with the token", async () => {
  if (process.platform !== "linux") return;
  const program = join(folder, "xdg-open");
  writeFileSync(program, `#!/bin/sh\necho "$@" > "${folder}/opened"\n`, { mode: 0o755 });
  const command = new Command(["--port", "0"], { PATH: `${folder}:${process.env.PATH}` });
  const address = await command.address();
  const opened = join(folder, "opened");
  while (!existsSync(opened) || readFileSync(opened, "utf8") === "")
    await new Promise((resolve) => setTimeout(resolve, 20));
  const file = new URL(readFileSync(opened, "utf8").trim());
  expect(file.href).not.toContain(address.searchParams.get("token"));
  expect(readFileSync(file, "utf8")).toContain(`url=${address.href}`);
  expect(statSync(file).mode & 0o077).toBe(0);
  await command.end("SIGTERM");
  expect(existsSync(file)).toBe(false);
});

it("ends with its kernels, by a signal, by force, and at its page's word", async () => {
  for (const how of ["SIGTERM", "SIGINT", "SIGKILL", "page"] as const) {
    const command = lab();
    const address = await command.address();
    const at = (path: string): URL => new URL(path + address.search, address);
    for (let i = 0; i < 2; i++) await fetch(at("/api/kernels"), { method: "POST", body: "{}" });
    const kernels = process.platform === "linux" ? childrenOf(command.process.pid!) : [];
    if (process.platform === "linux") expect(kernels).toHaveLength(2);
    if (how === "page") await fetch(at("/api/shutdown"), { method: "POST" });
    expect(how === "page" ? await command.ended : await command.end(how), how).toBe(
      how === "SIGKILL" ? "SIGKILL" : 0,
    );
    while (kernels.some((id) => existsSync(`/proc/${id}`) && !statusOf(id).includes("State:\tZ")))
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

it.skipIf(process.platform !== "linux")(
  "keeps a kernel ready from the start, which ends with it and is no reason to ask",
  async () => {
    for (const how of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
      const command = lab();
      const address = await command.address();
      // An answer says that what follows the address has happened.
      await fetch(address);
      const kernels = childrenOf(command.process.pid!);
      expect(kernels).toHaveLength(1);
      expect(await command.end(how), how).toBe(how === "SIGKILL" ? "SIGKILL" : 0);
      while (kernels.some((id) => existsSync(`/proc/${id}`) && !statusOf(id).includes("State:\tZ")))
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
);

it.skipIf(process.platform !== "linux")("keeps none with --no-spare, nor below a JupyterHub", async () => {
  const hub = {
    JUPYTERHUB_SERVICE_PREFIX: "/user/ada/",
    JUPYTERHUB_API_TOKEN: "the-servers-own",
    JUPYTERHUB_USER: "ada",
    JUPYTERHUB_SERVICE_URL: `http://127.0.0.1:${await freePort()}/user/ada/`,
    JUPYTERHUB_API_URL: "http://127.0.0.1:9/hub/api",
    JUPYTERHUB_CLIENT_ID: "service-ada",
  };
  for (const command of [lab("--no-spare"), new Command(["--no-browser"], hub)]) {
    await fetch(await command.address(), { redirect: "manual" });
    expect(childrenOf(command.process.pid!)).toEqual([]);
  }
});

it.skipIf(process.platform === "win32")("asks at Ctrl-C, and names what would be lost", async () => {
  const { spawn: spawnAtTerminal } = createRequire(import.meta.url)("@lydell/node-pty") as {
    spawn(file: string, args: readonly string[], options: object): Pty;
  };
  const cli = join(projectRoot, "dist/kernel/cli.js");
  const env = {
    ...process.env,
    CHAINRULE_STATE: join(folder, "state"),
    CHAINRULE_LAB: join(folder, "bundle"),
  };
  const shell = spawnAtTerminal(process.execPath, [cli, "lab", "--no-browser", "--port", "0"], {
    cwd: folder,
    env,
    cols: 300,
  });
  let text = "";
  let heard = (): void => {};
  shell.onData((more) => {
    text += more;
    heard();
  });
  const ended = new Promise<void>((resolve) => shell.onExit(resolve));
  /** Waits until it has printed this after what was seen before. */
  const seen = async (wanted: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = wanted.exec(text);
      if (found) {
        text = text.slice(found.index + found[0].length);
        return found;
      }
      await new Promise<void>((resolve) => (heard = resolve));
    }
  };
  try {
    const address = new URL((await seen(/http:\S+/))[0]);
    const at = (path: string): URL => new URL(path + address.search, address);
    for (const what of ["kernels", "kernels", "terminals"])
      expect((await fetch(at(`/api/${what}`), { method: "POST", body: "{}" })).ok, what).toBe(true);
    shell.write("\x03");
    await seen(/2 kernels and a terminal run; end it all\? This loses variables and what runs in terminals/);
    shell.write("n\r");
    // It asks again.
    await seen(/it goes on/);
    expect((await fetch(at("/api/status"))).status).toBe(200);
    shell.write("\x03");
    await seen(/end it all\?/);
    shell.write("y\r");
    await ended;
  } finally {
    shell.kill("SIGKILL");
  }
});

it.each([
  [0, 0, undefined],
  [1, 0, "a kernel runs; end it all? This loses variables, and nothing that is saved."],
  [0, 2, "2 terminals run; end it all? This loses what runs in terminals, and nothing that is saved."],
])("with %i kernels and %i terminals, Ctrl-C asks %j", (kernels, terminals, words) => {
  expect(questionBeforeEnd(kernels, terminals)).toBe(words);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function statusOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/status`, "utf8");
  } catch {
    return "";
  }
}

function childrenOf(id: number): string[] {
  return readdirSync("/proc").filter((one) => /^\d+$/.test(one) && statusOf(one).includes(`PPid:\t${id}\n`));
}
