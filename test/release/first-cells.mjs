/** What a page does first, over the server's interface: its files, a session for a notebook, two cells. */
import { WebSocket } from "ws";

/**
 * @param {string} address with the token, as the command printed it
 * @param {number} begun when the command was given
 * @returns {Promise<{ first: number, imported: number, faults: string[] }>} milliseconds since then, of the first result
 *   and of that of a cell which imports chainrule; what was not as it should be
 */
export async function run(address, begun) {
  const { origin, searchParams } = new URL(address);
  const token = searchParams.get("token") ?? "";
  const headers = { Authorization: `token ${token}` };
  /** @type {string[]} */
  const faults = [];
  const ask = async (/** @type {string} */ path, /** @type {RequestInit} */ init = {}) => {
    const response = await fetch(new URL(path, origin), { headers, ...init });
    if (!response.ok) faults.push(`${init.method ?? "GET"} ${path}: ${response.status}`);
    return response.text();
  };
  const page = await ask("/lab");
  const files = [...page.matchAll(/(?:src|href)="(\/static\/[^"]+)"/g)].map(([, path]) => path);
  if (!files.some((path) => path?.endsWith(".js"))) faults.push("the page has no script");
  for (const path of files) await ask(String(path));
  const course = JSON.parse(await ask("/api/chainrule/course"));
  for (const name of ["lectures", "psets", "experiments"]) {
    const section = course.sections.find((/** @type {{ id: string }} */ { id }) => id === name);
    if (!(section?.notebooks.length > 0)) faults.push(`the launcher has no ${name}`);
  }
  const body = JSON.stringify({
    path: "first.ipynb",
    type: "notebook",
    name: "",
    kernel: { name: "chainrule" },
  });
  const { kernel } = JSON.parse(await ask("/api/sessions", { method: "POST", body }));
  const line = await open(`${origin.replace("http", "ws")}/api/kernels/${kernel.id}/channels?token=${token}`);
  try {
    const cell = async (/** @type {string} */ code, /** @type {string} */ wanted) => {
      const result = await line.execute(code);
      if (result !== wanted) faults.push(`${code} gave ${result}, not ${wanted}`);
      return performance.now() - begun;
    };
    const first = await cell("const answer: number = 6 * 7; answer", "42");
    const imported = await cell('import { Conv2d } from "chainrule"; typeof Conv2d', "'function'");
    return { first, imported, faults };
  } finally {
    line.close();
  }
}

/** A line to a kernel. @param {string} address */
async function open(address) {
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  let count = 0;
  return {
    close: () => socket.terminate(),
    /** @param {string} code @returns {Promise<string>} the cell's result as text, or what went wrong */
    execute: (code) =>
      new Promise((resolve) => {
        const header = {
          msg_id: `cell-${++count}`,
          msg_type: "execute_request",
          session: "rehearsal",
          username: "",
          version: "5.3",
        };
        let found = "nothing";
        const hear = (/** @type {Buffer} */ data) => {
          const message = JSON.parse(String(data));
          if (message.parent_header.msg_id !== header.msg_id) return;
          const { content } = message;
          if (message.header.msg_type === "execute_result") found = content.data["text/plain"];
          if (message.header.msg_type === "error") found = `${content.ename}: ${content.evalue}`;
          if (content.execution_state !== "idle") return;
          socket.off("message", hear);
          resolve(found);
        };
        socket.on("message", hear);
        const content = {
          code,
          silent: false,
          store_history: true,
          user_expressions: {},
          allow_stdin: false,
        };
        const message = { channel: "shell", header, parent_header: {}, metadata: {}, content, buffers: [] };
        socket.send(JSON.stringify(message));
      }),
  };
}
