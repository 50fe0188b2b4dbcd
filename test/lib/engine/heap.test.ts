/** The heap gives each block its own bytes, joins what is freed, reuses addresses, and says so when it is full. */
import { expect, it } from "vitest";
import { Random } from "../../../lib/array/random.js";
import { Heap, OutOfMemoryError, PAGE } from "../../../lib/engine/wasm/heap.js";

const fresh = (maximum = 64): Heap =>
  new Heap(new WebAssembly.Memory({ initial: 1, maximum, shared: true }), 1024, maximum * PAGE);

it("never gives two blocks the same bytes, through any order of asking and freeing", () => {
  const heap = fresh(4096);
  const random = new Random(1);
  const blocks = new Map<number, number>();
  for (let round = 0; round < 2000; round++) {
    if (blocks.size > 0 && random.next() < 0.48) {
      const at = [...blocks.keys()][random.integer(blocks.size)];
      heap.free(at);
      blocks.delete(at);
    } else {
      const bytes = random.integer(20_000);
      const at = heap.allocate(bytes);
      expect(at % 64).toBe(0);
      expect(at).toBeGreaterThanOrEqual(1024);
      expect(at + bytes).toBeLessThanOrEqual(heap.memory.buffer.byteLength);
      for (const [other, size] of blocks) expect(at + bytes <= other || other + size <= at).toBe(true);
      blocks.set(at, bytes);
    }
  }
  for (const at of blocks.keys()) heap.free(at);
  expect(heap.inUse).toBe(0);
  const all = 4096 * 65536 - 1024 - 64;
  expect(heap.allocate(all)).toBe(1024); // all of it is one stretch again
});

it("gives a step that asks for the same sizes the same addresses", () => {
  const heap = fresh();
  const step = (): number[] => {
    const addresses = [100, 5000, 64, 30_000].map((bytes) => heap.allocate(bytes));
    addresses.forEach((at) => heap.free(at));
    return addresses;
  };
  expect(step()).toEqual(step());
});

it("says how much was needed when the memory is full", () => {
  const heap = fresh(16);
  heap.allocate(500_000);
  expect(() => heap.allocate(600_000)).toThrow(OutOfMemoryError);
  expect(() => heap.allocate(600_000)).toThrow(/needs 0\.6 MB more beside the 0\.5 MB in use/);
  expect(heap.allocate(400_000)).toBeGreaterThan(0); // what fits still fits
});

it("refuses to free what is not there", () => {
  const heap = fresh();
  const at = heap.allocate(10);
  heap.free(at);
  expect(() => heap.free(at)).toThrow(/no block/);
});

it("poisons everything that is free, and nothing that is in use, however often it is asked", () => {
  const heap = fresh(64);
  const random = new Random(2);
  const blocks = new Map<number, number>();
  const cells = (at: number, bytes: number) => new Float32Array(heap.memory.buffer, at, bytes / 4);
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < 4; i++) {
      const bytes = 64 * (1 + random.integer(400));
      const at = heap.allocate(bytes);
      cells(at, bytes).fill(round);
      blocks.set(at, bytes);
    }
    for (const at of [...blocks.keys()].filter(() => random.next() < 0.7)) {
      heap.free(at);
      blocks.delete(at);
    }
    const before = new Map([...blocks].map(([at, bytes]) => [at, cells(at, bytes).slice()]));
    heap.poison(1.5);
    for (const [at, bytes] of blocks) {
      const now = cells(at, bytes);
      expect(before.get(at)!.every((cell, i) => cell === now[i])).toBe(true);
    }
    const all = new Float32Array(heap.memory.buffer, 1024);
    const used = new Uint8Array(all.length);
    // A block has a rest behind it that is its own.
    for (const [at] of blocks) used.fill(1, (at - 1024) / 4, (at - 1024 + heap.sizeOf(at)) / 4);
    expect(all.findIndex((cell, i) => used[i] === 0 && cell !== 1.5)).toBe(-1);
  }
});
