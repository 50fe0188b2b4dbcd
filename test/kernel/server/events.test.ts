/** Jupyter's events: what happens to files and kernels reaches whoever listens, and what a client tells is checked first. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { needsBuild } from "../support/jupyter.js";
import { TestLab, TOKEN } from "./support.js";

const CONTENTS = "https://events.jupyter.org/jupyter_server/contents_service/v1";
const KERNELS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1";

type Told = Record<string, unknown>;

let lab: TestLab;
let socket: WebSocket;
let heard: Told[];
beforeAll(async () => {
  needsBuild();
  lab = await TestLab.start({ "root/there.txt": "there" });
  heard = [];
  socket = new WebSocket(`ws://${lab.host}/api/events/subscribe?token=${TOKEN}`);
  socket.on("message", (data) => heard.push(JSON.parse(String(data)) as Told));
  await new Promise((resolve) => socket.on("open", resolve));
});
afterAll(async () => {
  socket.terminate();
  await lab.close();
});

/** What is told while something is done. */
async function toldBy(act: () => Promise<unknown>, count: number): Promise<Told[]> {
  heard.length = 0;
  await act();
  const end = Date.now() + 5000;
  while (heard.length < count && Date.now() < end) await wait(5);
  return [...heard];
}

describe("files", () => {
  it("tells what was done to a file, and where it was before", async () => {
    const told = await toldBy(async () => {
      await lab.ask("api/contents/a.txt", {
        method: "PUT",
        body: { type: "file", format: "text", content: "a" },
      });
      await lab.ask("api/contents/a.txt", { method: "PATCH", body: { path: "b.txt" } });
      await lab.ask("api/contents", { method: "POST", body: { copy_from: "b.txt" } });
      await lab.ask("api/contents/b.txt", { method: "DELETE" });
      await lab.ask("api/contents", { method: "POST", body: { type: "notebook" } });
    }, 5);
    expect(told.map(({ action, path, source_path: from }) => [action, path, from])).toEqual([
      ["save", "a.txt", undefined],
      ["rename", "b.txt", "a.txt"],
      ["copy", "b-Copy1.txt", "b.txt"],
      ["delete", "b.txt", undefined],
      ["create", "Untitled.ipynb", undefined],
    ]);
    expect(told[0]).toMatchObject({ schema_id: CONTENTS, __schema_version__: "1" });
    expect(Date.parse(told[0]!.__timestamp__ as string)).toBeGreaterThan(Date.now() - 60_000);
  });

  it("tells nothing of what failed or was only read", async () => {
    const told = await toldBy(async () => {
      await lab.ask("api/contents/none.txt", { method: "DELETE" });
      await lab.ask("api/contents/there.txt");
      await lab.ask("api/contents/last.txt", {
        method: "PUT",
        body: { type: "file", format: "text", content: "" },
      });
    }, 1);
    expect(told.map(({ path }) => path)).toEqual(["last.txt"]);
  });
});

it("tells what was done to a kernel", async () => {
  const told = await toldBy(async () => {
    const { id } = (await lab.ask("api/kernels", { method: "POST" })).json as { id: string };
    await lab.ask(`api/kernels/${id}/interrupt`, { method: "POST" });
    await lab.ask(`api/kernels/${id}/restart`, { method: "POST" });
    await lab.ask(`api/kernels/${id}`, { method: "DELETE" });
  }, 4);
  expect(told.map(({ action }) => action)).toEqual(["start", "interrupt", "restart", "shutdown"]);
  expect(told[0]).toMatchObject({ schema_id: KERNELS, kernel_name: "chainrule", status: "success" });
});

describe("a client's own", () => {
  const event = { schema_id: CONTENTS, version: "1", data: { action: "get", path: "x" } };
  const post = (body: object) => lab.ask("api/events", { method: "POST", body });

  it("reaches the listeners, with its time when it brings one", async () => {
    const timestamp = "2022-05-26T12:50:00+06:00Z";
    const [first, second] = await toldBy(async () => {
      expect((await post(event)).status).toBe(204);
      expect((await post({ ...event, timestamp })).status).toBe(204);
    }, 2);
    expect(first).toMatchObject({ schema_id: CONTENTS, action: "get", path: "x" });
    expect(second!.__timestamp__).toBe(timestamp);
  });

  it.each([
    ["no schema_id", { version: "1", data: event.data }],
    ["no version", { schema_id: CONTENTS, data: event.data }],
    ["no data", { schema_id: CONTENTS, version: "1" }],
    ["events of the kind", { ...event, schema_id: "https://example.org/unknown" }],
    ["events of the kind", { ...event, schema_id: "constructor" }],
    ["version 1", { ...event, version: "2" }],
    ["action", { ...event, data: { action: "burn", path: "x" } }],
    ["no text path", { ...event, data: { action: "get" } }],
    ["not an object", { ...event, data: [] }],
    ["timestamp", { ...event, timestamp: "2022-05-26 12:50:00" }],
  ])("is refused, and told to nobody: %s", async (reason, body) => {
    const { status, json } = await post(body);
    expect([status, (json as { message: string }).message]).toEqual([400, expect.stringContaining(reason)]);
    const told = await toldBy(() => post(event), 1);
    expect(told.map(({ action }) => action)).toEqual(["get"]);
  });

  it("is refused without the token", async () => {
    expect((await lab.ask("api/events", { method: "POST", body: event, known: false })).status).toBe(403);
  });
});
