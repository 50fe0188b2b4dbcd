/**
 * How fast is the kernel? One table from one run: chainrule, stock tslab, ipykernel and Deno's answer the same requests
 * over real sockets. Medians; each kernel is started afresh ten times, twenty for the two kinds of first cell.
 *
 *   npm run build && npm run bench:kernel [-- chainrule tslab ipykernel deno]
 *
 * With `-- --memory 30`, what chainrule's kernel costs that is open: one, and thirty of them; on Linux.
 *
 * chainrule also runs on the Nodes that CHAINRULE_TEST_NODES names (paths, separated as in PATH).
 */
import { spawn, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Dealer, Subscriber } from "zeromq";
import { createMessage } from "../../dist/kernel/jupyter/protocol.js";
import { Wire } from "../../dist/kernel/jupyter/wire.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const STARTS = 10;
const denoFolder = path.join(root, "test/bench/peers/deno");
const python = ["/usr/bin/python3", "-Xfrozen_modules=off"];

const typescript = {
  one: (i) => `const v${i} = ${i}`,
  value: (i) => `${i} + 1`,
  loop: "let s = 0; for (let i = 0; i < 3e6; i++) s += i % 7; s",
  inner: "(() => { let s = 0; for (let i = 0; i < 3e6; i++) s += i % 7; return s })()",
  lines: 'for (let i = 0; i < 100000; i++) console.log("line", i)',
  complete: "Math.fl",
};
const versionOf = (node) => spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
const chainrule = (node) => ({
  argv: [
    node,
    "--no-force-async-hooks-checks",
    ...(versionOf(node).startsWith("v22.") ? ["--experimental-async-context-frame"] : []),
    path.join(root, "dist/kernel/jupyter/main.js"),
    "FILE",
  ],
  code: { ...typescript, library: 'import { Conv2d, fit } from "chainrule"' },
});
const otherNodes = (process.env.CHAINRULE_TEST_NODES ?? "").split(path.delimiter).filter(existsSync);
const kernels = {
  chainrule: chainrule(process.execPath),
  ...Object.fromEntries(otherNodes.map((node) => [`chainrule, ${versionOf(node)}`, chainrule(node)])),
  tslab: {
    argv: [
      process.execPath,
      path.join(root, "node_modules/tslab/bin/tslab"),
      "kernel",
      "--config-path",
      "FILE",
    ],
    code: typescript,
  },
  ipykernel: {
    argv: [...python, "-m", "ipykernel_launcher", "-f", "FILE"],
    available: () => spawnSync(python[0], [python[1], "-c", "import ipykernel"]).status === 0,
    code: {
      one: (i) => `v${i} = ${i}`,
      value: (i) => `${i} + 1`,
      loop: "s = 0\nfor i in range(3000000): s += i % 7\ns",
      inner: "def f():\n    s = 0\n    for i in range(3000000): s += i % 7\n    return s\nf()",
      lines: "for i in range(100000): print('line', i)",
      complete: "import math; math.fl",
      library: "import torch",
    },
  },
  deno: {
    argv: ["DENO", "jupyter", "--kernel", "--conn", "FILE"],
    available: () => deno() !== undefined,
    code: typescript,
  },
};

/** Deno's program, out of its npm packages, which are installed beside this script on first use. */
function deno() {
  if (!existsSync(denoFolder)) {
    console.error("installing Deno into test/bench/peers …");
    mkdirSync(denoFolder, { recursive: true });
    writeFileSync(path.join(denoFolder, "package.json"), '{ "private": true }\n');
    spawnSync("npm", ["install", "--prefix", denoFolder, "--ignore-scripts", "deno"], { stdio: "ignore" });
  }
  const builds = path.join(denoFolder, "node_modules/@deno");
  const build = existsSync(builds) ? readdirSync(builds)[0] : undefined;
  return build && path.join(builds, build, process.platform === "win32" ? "deno.exe" : "deno");
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const withTimeout = (promise, ms) => Promise.race([promise, sleep(ms).then(() => undefined)]);

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A kernel's process and its sockets. */
class Client {
  #replies = new Map();
  #idle = new Map();
  printed = 0;
  heard = false;

  static async start(argv) {
    const client = new Client();
    client.folder = mkdtempSync(path.join(tmpdir(), "chainrule-bench-"));
    const key = randomUUID();
    const names = ["shell", "iopub", "stdin", "control", "hb"];
    const ports = await Promise.all(names.map(freePort));
    const connection = Object.fromEntries(names.map((name, i) => [`${name}_port`, ports[i]]));
    const file = path.join(client.folder, "connection.json");
    const rest = { transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256" };
    writeFileSync(file, JSON.stringify({ ...connection, ...rest }));
    client.wire = new Wire(key);
    client.shell = new Dealer({ linger: 0 });
    client.iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
    client.started = performance.now();
    const [command, ...parts] = argv.map((part) =>
      part === "FILE" ? file : part === "DENO" ? deno() : part,
    );
    client.process = spawn(command, parts, { cwd: client.folder, stdio: "ignore" });
    client.shell.connect(`tcp://127.0.0.1:${ports[0]}`);
    client.iopub.connect(`tcp://127.0.0.1:${ports[1]}`);
    client.iopub.subscribe();
    void client.#read();
    void client.#listen();
    await client.ask("kernel_info_request", {});
    client.ready = performance.now() - client.started;
    // The subscription takes a moment of its own, which is not the kernel's.
    while (!client.heard) {
      await client.ask("kernel_info_request", {});
      await sleep(5);
    }
    return client;
  }

  async ask(type, content) {
    const message = createMessage(type, content, { session: "bench" });
    const id = message.header.msg_id;
    const reply = new Promise((resolve) => this.#replies.set(id, resolve));
    const idle = new Promise((resolve) => this.#idle.set(id, resolve));
    await this.shell.send(this.wire.encode({ identities: [], message }));
    return { reply: await reply, idle };
  }

  /** Milliseconds until a cell has replied and is idle; undefined when that takes longer than a minute. */
  async run(code) {
    const start = performance.now();
    const rest = { silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
    const done = (async () => {
      const { idle } = await this.ask("execute_request", { code, ...rest });
      await idle;
      return performance.now() - start;
    })();
    return withTimeout(done, 20_000);
  }

  async time(type, content) {
    const start = performance.now();
    await this.ask(type, content);
    return performance.now() - start;
  }

  close() {
    this.process.kill("SIGKILL");
    this.shell.close();
    this.iopub.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #read() {
    for await (const frames of this.shell) {
      const { message } = this.wire.decode(frames);
      this.#replies.get(message.parent_header.msg_id)?.(message);
    }
  }

  async #listen() {
    for await (const frames of this.iopub) {
      const { message } = this.wire.decode(frames);
      this.heard = true;
      if (message.header.msg_type === "stream") this.printed += message.content.text.split("\n").length - 1;
      if (message.content.execution_state === "idle") this.#idle.get(message.parent_header.msg_id)?.();
    }
  }
}

/** Megabytes that a process and its threads hold. */
function memory(pid) {
  const { stdout } = spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return Number(stdout) / 1024;
}

/** Megabytes that processes hold of their own, what they share counted once. */
function ownMemory(clients) {
  const of = ({ process: { pid } }) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]) / 1024;
  return clients.reduce((sum, one) => sum + of(one), 0);
}

/** What open kernels hold: at their start, after a cell, and when they have been idle. */
async function measureMemory(count) {
  const { argv, code } = kernels.chainrule;
  const table = {};
  for (const many of count > 1 ? [1, count] : [1]) {
    const column = many === 1 ? "one kernel, MB" : `${many} kernels, MB each`;
    // In place of one minute and ten: the last one starts before the first one has been idle.
    const [first, second] = [10 + 5 * many, 25 + 10 * many];
    process.env.CHAINRULE_IDLE = `${first},${second}`;
    const clients = [];
    const note = (row) => ((table[row] ??= {})[column] = Math.round(ownMemory(clients) / many));
    try {
      while (clients.length < many) clients.push(await Client.start(argv));
      await sleep(3000);
      note("at its start");
      for (const one of clients) await one.run(code.value(1));
      const idle = performance.now();
      // What the next imports will need is read when no cell comes.
      await sleep(5000);
      note("after the first cell");
      const until = (seconds) => sleep(idle + seconds * 1000 - performance.now());
      await until(second - 5);
      note("idle for a minute");
      await until(second + 10 + many);
      note("idle for ten minutes");
      const ask = { code: code.complete, cursor_pos: code.complete.length };
      const [client] = clients;
      console.log(
        `${column.split(",")[0]}: after ten minutes a completion takes ${(await client.time("complete_request", ask)).toFixed(0)} ms, then a cell ${(await client.run(code.value(2))).toFixed(0)} ms`,
      );
    } finally {
      for (const one of clients) one.close();
    }
  }
  console.log(`Node ${process.version}; PSS, what is shared counted once`);
  console.table(table);
}

async function measure({ argv, code }) {
  const row = {
    ready: [],
    "first cell, at once": [],
    "first cell, 2 s later": [],
    "import of the library": [],
  };
  let client;
  for (const [when, pause] of [
    ["first cell, at once", 0],
    ["first cell, 2 s later", 2000],
  ]) {
    for (let i = 0; i < STARTS; i++) {
      client?.close();
      client = await Client.start(argv);
      row.ready.push(client.ready);
      await sleep(pause);
      row[when].push(await client.run(code.value(i)));
      if (code.library && pause) row["import of the library"].push(await client.run(code.library));
    }
  }
  const cells = [];
  for (let i = 0; i < 30; i++) cells.push(await client.run(code.value(i)));
  row["trivial cell"] = cells;
  for (let i = 0; i < 200; i++) await client.run(code.one(i));
  const later = [];
  for (let i = 0; i < 30; i++) later.push(await client.run(code.value(i)));
  row["trivial cell after 200"] = later;
  row["completion"] = [];
  for (let i = 0; i < 9; i++)
    row["completion"].push(
      await client.time("complete_request", { code: code.complete, cursor_pos: code.complete.length }),
    );
  row["3e6 top-level loop"] = [
    await client.run(code.loop),
    await client.run(code.loop),
    await client.run(code.loop),
  ];
  row["the same in a function"] = [
    await client.run(code.inner),
    await client.run(code.inner),
    await client.run(code.inner),
  ];
  row["memory, MB"] = [memory(client.process.pid)];
  client.printed = 0;
  row["100,000 lines"] = [await client.run(code.lines)];
  row["lines that arrived"] = [client.printed];
  client.close();
  return Object.fromEntries(
    Object.entries(row).map(([name, values]) => [
      name,
      values.length === 0
        ? "–"
        : values.includes(undefined)
          ? "no end"
          : Number(median(values).toFixed(median(values) < 100 ? 1 : 0)),
    ]),
  );
}

const { values: options, positionals: wanted } = parseArgs({
  options: { memory: { type: "string" } },
  allowPositionals: true,
});
if (options.memory !== undefined) {
  await measureMemory(Number(options.memory));
  process.exit(0);
}
const table = {};
for (const [name, kernel] of Object.entries(kernels)) {
  if (wanted.length && !wanted.includes(name.split(",")[0])) continue;
  if (kernel.available && !kernel.available()) {
    console.log(`${name}: not installed`);
    continue;
  }
  for (const [label, value] of Object.entries(await measure(kernel))) (table[label] ??= {})[name] = value;
}
console.log(
  `Node ${process.version}; milliseconds where no unit stands; the library is chainrule, for ipykernel PyTorch`,
);
console.table(table);
process.exit(0);
