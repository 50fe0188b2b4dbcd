/** Calls between threads: answers find their calls, errors and ends reach whoever waits. */
import { setTimeout as wait } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { afterEach, expect, it } from "vitest";
import { connect } from "../../../kernel/threads/rpc.js";

interface Sums {
  add(a: number, b: number): Promise<number>;
  fail(): Promise<void>;
  note(text: string): Promise<void>;
  open(port: unknown): Promise<void>;
}

const ports: MessageChannel["port1"][] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

function channel(): MessageChannel {
  const made = new MessageChannel();
  ports.push(made.port1, made.port2);
  return made;
}

const sums = (notes: string[] = []) => ({
  step: 0,
  async add(a: number, b: number) {
    await wait(a); // so that answers come in another order than calls
    return a + b + this.step;
  },
  async fail() {
    throw Object.assign(new RangeError("too far"), { uncloneable: () => 1 });
  },
  async note(text: string) {
    notes.push(text);
  },
  async open(port: MessageChannel["port1"]) {
    ports.push(port);
    connect(port, sums(notes), { name: "The other" });
  },
});

it("answers each call, in whatever order the answers come, on the object that has the method", async () => {
  const { port1, port2 } = channel();
  connect(port1, Object.assign(sums(), { step: 100 }), { name: "The caller" });
  const { remote } = connect<Sums>(port2, {}, { name: "The adder" });
  expect(await Promise.all([remote.add(20, 1), remote.add(1, 2), remote.add(10, 3)])).toEqual([
    121, 103, 113,
  ]);
});

it("serves both sides of one port", async () => {
  const { port1, port2 } = channel();
  const one = connect<Sums>(port1, sums(), { name: "two" });
  const two = connect<Sums>(port2, Object.assign(sums(), { step: 1 }), { name: "one" });
  expect(await Promise.all([one.remote.add(1, 1), two.remote.add(1, 1)])).toEqual([3, 2]);
});

it("an error says whose it is, with its own message and place", async () => {
  const { port1, port2 } = channel();
  connect(port1, sums(), { name: "The caller" });
  const { remote } = connect<Sums>(port2, {}, { name: "The adder" });
  await expect(remote.fail()).rejects.toThrow(/^The adder failed: RangeError: too far\n.*rpc\.test/);
  await expect((remote as unknown as Record<string, () => Promise<void>>)["none"]!()).rejects.toThrow(
    'function "none" not found',
  );
});

it("an event is a call without an answer, and ports among the arguments are handed over", async () => {
  const notes: string[] = [];
  const { port1, port2 } = channel();
  connect(port1, sums(notes), { name: "The caller" });
  const { remote } = connect<Sums>(port2, {}, { name: "The adder" });
  const further = channel();
  await remote.note.asEvent("heard");
  await remote.open.asEvent(further.port1);
  const second = connect<Sums>(further.port2, {}, { name: "The adder" });
  expect(await second.remote.add(2, 2)).toBe(4);
  expect(notes).toEqual(["heard"]);
});

it("the end of the other side fails the calls that wait and all later ones, with its reason", async () => {
  const { port2 } = channel();
  const { remote, fail } = connect<Sums>(port2, {}, { name: "Nobody" });
  const waiting = remote.add(1, 2);
  fail(new Error("The thread has ended."));
  await expect(waiting).rejects.toThrow("The thread has ended.");
  await expect(remote.add(1, 2)).rejects.toThrow("The thread has ended.");
});

it("waits no longer than its patience", async () => {
  const { port2 } = channel();
  const { remote } = connect<Sums>(port2, {}, { name: "Nobody", patience: 20 });
  await expect(remote.add(1, 2)).rejects.toThrow("timeout");
});
