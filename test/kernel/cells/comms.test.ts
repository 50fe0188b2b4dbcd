/** Conversations with a front end: one that begins while the kernel still loads its plugins loses no message. */
import { expect, it } from "vitest";
import { Comms } from "../../../kernel/cells/comms.js";
import type { CommMessage, Output } from "../../../kernel/cells/output.js";
import { PluginHost } from "../../../kernel/plugins/host.js";

it("messages wait, in order, for the plugin that takes part", async () => {
  const sent: CommMessage[] = [];
  const output: Output = {
    stream: () => {},
    display: () => {},
    clear: () => {},
    error: () => {},
    comm: (message) => void sent.push(message),
  };
  const plugins = new PluginHost({
    cwd: "/",
    formatters: [],
    lookup: () => undefined,
    setAmbientTypes: async () => {},
    setHint: async () => {},
    addPackage: async () => {},
    report: () => {},
  });
  let loaded!: () => void;
  plugins.loading = new Promise((resolve) => (loaded = resolve));
  const comms = new Comms({ plugins, handle: async (_, call) => call(), cellOfCode: undefined }, output);
  const message = (type: CommMessage["type"], data: object): CommMessage => ({
    type,
    content: { comm_id: "c", target_name: "rain", data },
    metadata: {},
    buffers: [],
  });
  const all = [
    comms.receive(message("comm_open", { n: 1 }), "cell 1"),
    comms.receive(message("comm_msg", { n: 2 }), "cell 1"),
    comms.receive(message("comm_msg", { n: 3 }), "cell 1"),
  ];
  const heard: unknown[] = [];
  await Promise.resolve();
  plugins.commTargets.set("rain", (comm, data) => {
    heard.push(data);
    comm.onMessage((next) => heard.push(next));
  });
  expect(heard).toEqual([]);
  loaded();
  await Promise.all(all);
  expect(heard).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  expect(sent).toEqual([]);
  await comms.receive(
    { ...message("comm_open", {}), content: { comm_id: "d", target_name: "snow" } },
    "cell 2",
  );
  expect(sent.map(({ type }) => type)).toEqual(["comm_close"]);
});
