/**
 * How fast is the server of `chainrule lab`, beside Jupyter's? One table from one run, each started once: from the command
 * to its address and to a kernel's first result, a small cell, many lines, a notebook of 22 MB saved and opened, memory.
 * Jupyter is the `jupyter notebook` of this machine with its Python kernel.
 *
 *   npm run bench:lab [-- chainrule jupyter]
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket } from "ws";
import { createMessage } from "../../dist/kernel/jupyter/protocol.js";

const cli = fileURLToPath(new URL("../../dist/kernel/cli.js", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "chainrule-bench-lab-"));
mkdirSync(path.join(folder, "front-end"));
// The server alone is measured: no front end is built for it.
writeFileSync(
  path.join(folder, "front-end", "manifest.json"),
  JSON.stringify({ version: "1", entry: "main.js", styles: [], schemas: {} }),
);

const servers = {
  chainrule: {
    command: [process.execPath, cli, "lab", "--no-browser", "--token", "bench", "--port"],
    lines: "for (let i = 0; i < 100000; i++) console.log('line', i)",
  },
  jupyter: {
    command: [
      ...["jupyter", "notebook", "--no-browser", "--NotebookApp.token=bench", "--allow-root"],
      // It drops output that comes too fast, unless it is told not to.
      ...["--NotebookApp.iopub_msg_rate_limit=1e9", "--NotebookApp.iopub_data_rate_limit=1e12", "--port"],
    ],
    lines: "for i in range(100000): print('line', i)",
  },
};

const env = {
  ...process.env,
  CHAINRULE_STATE: path.join(folder, "state"),
  CHAINRULE_LAB: path.join(folder, "front-end"),
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

async function measure({ command, lines }) {
  const port = await freePort();
  const [program, ...parts] = [...command, String(port)];
  const root = mkdtempSync(path.join(folder, "root-"));
  const began = performance.now();
  const child = spawn(program, parts, { cwd: root, env });
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
    return row;
  } finally {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(timer);
  }
}

const wanted = process.argv.slice(2);
const table = {};
try {
  for (const [name, server] of Object.entries(servers)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    table[name] = await measure(server).catch((error) => ({
      failed: String(error.message ?? error).slice(0, 200),
    }));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.table(table);
