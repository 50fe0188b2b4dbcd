/**
 * How fast is the server of `chainrule lab`, beside Jupyter's? One table from one run, each started once: from the command
 * to its address and to a kernel's first result, a small cell, many lines, a notebook of 22 MB saved and opened, memory.
 * Where there is Chromium (CHROMIUM names it, or /usr/bin/chromium) and a built front end (`npm run build:lab`): a notebook's page, from
 * its address to its first cell's result, and its memory; and the time that counts for who works with it daily, from the
 * command on, with the browser open and the page in its cache (medians of five). Jupyter is the `jupyter notebook` of this machine with its
 * Python kernel. Take the table in a quiet moment.
 *
 *   npm run bench:lab [-- chainrule jupyter]
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { WebSocket } from "ws";
import { createMessage } from "../../dist/kernel/jupyter/protocol.js";

const cli = fileURLToPath(new URL("../../dist/kernel/cli.js", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "chainrule-bench-lab-"));
const browser = process.env.CHROMIUM ?? "/usr/bin/chromium";
const built = fileURLToPath(new URL("../../dist/lab", import.meta.url));
const hasPage = existsSync(browser) && existsSync(path.join(built, "manifest.json"));
if (!hasPage) {
  console.error("The pages are not measured: there is no Chromium, or no front end (npm run build:lab).");
  mkdirSync(path.join(folder, "front-end"));
  const manifest = { version: "1", entry: "main.js", styles: [], schemas: {} };
  writeFileSync(path.join(folder, "front-end", "manifest.json"), JSON.stringify(manifest));
}

const servers = {
  chainrule: {
    command: [process.execPath, cli, "lab", "--no-browser", "--token", "bench", "--port"],
    lines: "for (let i = 0; i < 100000; i++) console.log('line', i)",
    page: "/lab/doc/tree/page.ipynb?token=bench",
    run: (page) => page.evaluate(() => void globalThis.jupyterapp.commands.execute("notebook:run-all-cells")),
    isReady: () =>
      globalThis.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === "idle",
    result: ".jp-OutputArea-output",
    kernelspec: { name: "chainrule", display_name: "TypeScript (chainrule)", language: "typescript" },
  },
  jupyter: {
    command: [
      ...["jupyter", "notebook", "--no-browser", "--NotebookApp.token=bench", "--allow-root"],
      // It drops output that comes too fast, unless it is told not to.
      ...["--NotebookApp.iopub_msg_rate_limit=1e9", "--NotebookApp.iopub_data_rate_limit=1e12", "--port"],
    ],
    lines: "for i in range(100000): print('line', i)",
    page: "/notebooks/page.ipynb?token=bench",
    run: (page) => page.evaluate(() => void globalThis.Jupyter.notebook.execute_all_cells()),
    isReady: () => globalThis.Jupyter?.notebook?.kernel?.is_connected() === true,
    result: ".output_subarea",
    kernelspec: { name: "python3", display_name: "Python 3", language: "python" },
  },
};

const env = {
  ...process.env,
  CHAINRULE_STATE: path.join(folder, "state"),
  CHAINRULE_LAB: hasPage ? built : path.join(folder, "front-end"),
  JUPYTER_RUNTIME_DIR: path.join(folder, "runtime"),
};

/** @returns the address of the server, when it says that it listens */
function addressOf(child, port) {
  return new Promise((resolve, reject) => {
    let text = "";
    const hear = (chunk) => {
      text += chunk;
      if (text.includes(`:${port}/`)) resolve(new URL(`http://127.0.0.1:${port}/`));
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the server ended with exit code ${code}: ${text}`)));
  });
}

function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A page's line to a kernel, in the older way, which both servers speak. */
async function pageOf(address, kernel) {
  const at = new URL(`/api/kernels/${kernel}/channels?session_id=bench&token=bench`, address);
  at.protocol = "ws:";
  const socket = new WebSocket(at);
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const run = (code) =>
    new Promise((resolve) => {
      const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
      const message = createMessage("execute_request", content, { session: "bench" });
      let [characters, hasReply, isIdle] = [0, false, false];
      const hear = (data) => {
        const { header, parent_header, content: heard } = JSON.parse(data.toString());
        if (parent_header.msg_id !== message.header.msg_id) return;
        characters += heard.text?.length ?? 0;
        hasReply ||= header.msg_type === "execute_reply";
        isIdle ||= heard.execution_state === "idle";
        if (!hasReply || !isIdle) return;
        socket.off("message", hear);
        resolve(characters);
      };
      socket.on("message", hear);
      socket.send(JSON.stringify({ channel: "shell", ...message, buffers: [] }));
    });
  return { run, close: () => socket.terminate() };
}

function largeNotebook() {
  const text = "0123456789abcde\n".repeat(6400);
  const cells = Array.from({ length: 200 }, (_, i) => ({
    cell_type: "code",
    id: `cell-${i}`,
    metadata: {},
    source: `// ${i}`,
    execution_count: null,
    outputs: [{ output_type: "stream", name: "stdout", text }],
  }));
  return JSON.stringify({
    type: "notebook",
    format: "json",
    content: { nbformat: 4, nbformat_minor: 5, metadata: {}, cells },
  });
}

function memory(child) {
  const status = process.platform === "linux" ? readFileSync(`/proc/${child.pid}/status`, "utf8") : "";
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
  return kilobytes === undefined ? "unknown" : `${Math.round(kilobytes / 1024)} MB`;
}

/** A notebook's page: to its first cell's result, with a kernel of its own; its memory. */
async function measurePage(address, { page: at, run, isReady, result }) {
  const profile = mkdtempSync(path.join(folder, "profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browser,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.setDefaultTimeout(180_000);
    const start = performance.now();
    await page.goto(new URL(at, address).href);
    await page.waitForFunction(isReady);
    await run(page);
    await page.locator(result).first().waitFor();
    const time = `${Math.round(performance.now() - start)} ms`;
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    const metric = (name) => metrics.find((one) => one.name === name)?.value ?? NaN;
    return {
      "page: first result": time,
      "page: memory of its scripts": `${Math.round(metric("JSHeapUsedSize") / 2 ** 20)} MB`,
      "page: nodes": metric("Nodes"),
    };
  } finally {
    await context.close();
  }
}

function start({ command }, root, port) {
  const [program, ...parts] = [...command, String(port)];
  return spawn(program, parts, { cwd: root, env });
}

async function end(child) {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}

function writeNotebook(root, { kernelspec }) {
  const cell = {
    cell_type: "code",
    id: "one",
    metadata: {},
    source: "6 * 7",
    outputs: [],
    execution_count: null,
  };
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [cell] };
  writeFileSync(path.join(root, "page.ipynb"), JSON.stringify(notebook));
}

/** From the command to the page's kernel and to its first result. Two rounds before fill the browser's cache, and that of its compiled scripts. */
async function measureWarm(server) {
  const root = mkdtempSync(path.join(folder, "root-"));
  const profile = mkdtempSync(path.join(folder, "profile-"));
  writeNotebook(root, server);
  // The same at each start: the cache goes by the address.
  const port = await freePort();
  const rounds = [];
  for (let i = 0; i < 7; i++) {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: browser,
      args: ["--no-sandbox", "--disable-gpu"],
    });
    let child;
    try {
      const page = context.pages()[0] ?? (await context.newPage());
      page.setDefaultTimeout(180_000);
      const began = performance.now();
      child = start(server, root, port);
      await page.goto(new URL(server.page, await addressOf(child, port)).href);
      await page.waitForFunction(server.isReady);
      const ready = performance.now() - began;
      await server.run(page);
      await page.locator(server.result).first().waitFor();
      if (i > 1) rounds.push({ ready, result: performance.now() - began });
    } finally {
      await context.close();
      if (child) await end(child);
    }
  }
  const median = (of) => `${Math.round(rounds.map(of).sort((a, b) => a - b)[2])} ms`;
  return {
    "warm: kernel idle": median(({ ready }) => ready),
    "warm: first result": median(({ result }) => result),
  };
}

async function measure(server) {
  const { lines } = server;
  const port = await freePort();
  const root = mkdtempSync(path.join(folder, "root-"));
  const began = performance.now();
  const child = start(server, root, port);
  const since = (start) => `${Math.round(performance.now() - start)} ms`;
  try {
    const address = await addressOf(child, port);
    const row = { address: since(began), "memory at start": memory(child) };
    const ask = async (at, asked) => {
      const headers = { Authorization: "token bench" };
      const response = await fetch(new URL(at, address), { headers, ...asked });
      if (!response.ok) throw new Error(`${at}: ${response.status} ${await response.text()}`);
      return response.text();
    };
    const kernel = JSON.parse(await ask("/api/kernels", { method: "POST", body: "{}" }));
    const page = await pageOf(address, kernel.id);
    await page.run("1");
    row["first result"] = since(began);
    const times = [];
    for (let i = 0; i < 30; i++) {
      const start = performance.now();
      await page.run(String(i));
      times.push(performance.now() - start);
    }
    row["a small cell"] = `${times.sort((a, b) => a - b)[15].toFixed(1)} ms`;
    let start = performance.now();
    const characters = await page.run(lines);
    row["100,000 lines"] = `${since(start)}${characters === 1_088_890 ? "" : ` (${characters} characters)`}`;
    const body = largeNotebook();
    start = performance.now();
    await ask("/api/contents/large.ipynb", { method: "PUT", body });
    row["save 22 MB"] = since(start);
    start = performance.now();
    await ask("/api/contents/large.ipynb?content=1");
    row["open it"] = since(start);
    row["memory at the end"] = memory(child);
    page.close();
    if (hasPage) {
      writeNotebook(root, server);
      Object.assign(row, await measurePage(address, server));
    }
    return row;
  } finally {
    await end(child);
  }
}

const wanted = process.argv.slice(2);
const table = {};
try {
  for (const [name, server] of Object.entries(servers)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    table[name] = await measure(server)
      .then(async (row) => ({ ...row, ...(hasPage && (await measureWarm(server))) }))
      .catch((error) => ({ failed: String(error.message ?? error).slice(0, 200) }));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(table);
