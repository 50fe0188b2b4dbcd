/**
 * Checkpoints: the file is the old one or the new one whenever the writer is killed, and a run that goes on from one ends
 * bit for bit as one that was never interrupted.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Adam,
  BatchNorm,
  Dataset,
  FormatError,
  Linear,
  Random,
  ReLU,
  SGD,
  Sequential,
  fit,
  flat,
  loadCheckpoint,
  readSafetensors,
  saveCheckpoint,
  stateOf,
  writeSafetensors,
  type FitOptions,
  type Run,
} from "../../../lib/index.js";
import { readCheckpoint, writeCheckpoint } from "../../../lib/formats/checkpoint.js";
import { projectRoot } from "../../support/shared.js";
import { mutate } from "../formats/mutations.js";

const folder = mkdtempSync(join(tmpdir(), "chainrule-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true }));

const build = (seed = 1): Sequential =>
  new Sequential(
    {
      fc1: new Linear({ in: 12, out: 20 }),
      bn1: new BatchNorm({ size: 20 }),
      relu1: new ReLU(),
      fc2: new Linear({ in: 20, out: 3 }),
    },
    { seed },
  );
const random = new Random(7);
const data = new Dataset(
  random.normal([60, 12]),
  Int32Array.from({ length: 60 }, () => random.integer(3)),
  ["a", "b", "c"],
);

const settings = (more: Partial<FitOptions>): FitOptions => ({
  optimizer: new Adam(),
  epochs: 3,
  batchSize: 8,
  validation: 0.2,
  live: false,
  augment: (x, r) => (r.next(), x),
  ...more,
});

describe("fit with a checkpoint", () => {
  let whole: Run;
  beforeAll(async () => {
    whole = await fit(build(), data, settings({}));
  });

  test.each([1, 5, 6, 7, 13, 17])(
    "stopped after step %i and taken up again, it ends with the same bits",
    async (last) => {
      const file = join(folder, `stopped-${last}.ckpt`);
      const stop = (run: Run): boolean => run.steps.length < last;
      const first = await fit(build(), data, settings({ checkpoint: file, onStep: stop }));
      expect(first.status).toBe("stopped");
      // Another network, optimiser and seed of the weights: everything must come from the file.
      const second = await fit(build(99), data, settings({ checkpoint: file }));
      expect(second.history).toEqual(whole.history);
      expect(stateOf(second.net)).toEqual(stateOf(whole.net));
    },
  );

  test("a schedule goes on where it was", async () => {
    const schedule = { schedule: "cosine" as const, optimizer: new Adam({ lr: 0.01 }) };
    const all = await fit(build(), data, settings(schedule));
    const file = join(folder, "schedule.ckpt");
    const stop = (run: Run): boolean => run.steps.length < 8;
    const again = { ...schedule, optimizer: new Adam({ lr: 0.01 }), checkpoint: file };
    await fit(build(), data, settings({ ...again, onStep: stop }));
    const resumed = await fit(build(9), data, settings({ ...again, optimizer: new Adam({ lr: 0.01 }) }));
    expect(stateOf(resumed.net)).toEqual(stateOf(all.net));
  });

  test("a finished run trains no more, and goes on when more epochs are asked for", async () => {
    const file = join(folder, "finished.ckpt");
    await fit(build(), data, settings({ checkpoint: file, epochs: 1 }));
    const again = await fit(build(2), data, settings({ checkpoint: file, epochs: 1 }));
    expect(again.steps.length).toBe(6);
    expect(again.status).toBe("finished");
    const more = await fit(build(3), data, settings({ checkpoint: file, epochs: 3 }));
    expect(stateOf(more.net)).toEqual(stateOf(whole.net));
  });

  test("saving changes nothing", async () => {
    const saved = await fit(
      build(),
      data,
      settings({ checkpoint: { file: join(folder, "saved.ckpt"), every: 1 } }),
    );
    expect(stateOf(saved.net)).toEqual(stateOf(whole.net));
  });

  test("the file is a safetensors file with the weights", () => {
    const { tensors } = readSafetensors(readFileSync(join(folder, "saved.ckpt")));
    expect(flat(tensors["net.fc1.w"])).toEqual(flat(stateOf(whole.net)["fc1.w"]));
  });

  test("other settings, networks and optimisers are refused, and nothing is changed", async () => {
    const file = join(folder, "saved.ckpt");
    const net = build(5);
    const before = stateOf(net);
    await expect(fit(net, data, settings({ checkpoint: file, batchSize: 9 }))).rejects.toThrow(
      "has batchSize 8, this one 9; use the same batchSize",
    );
    await expect(
      fit(net, data, settings({ checkpoint: file, optimizer: new SGD({ lr: 1 }) })),
    ).rejects.toThrow("the state is that of Adam");
    const other = new Sequential({ fc1: new Linear({ in: 12, out: 3 }) });
    await expect(fit(other, data, settings({ checkpoint: file }))).rejects.toThrow("fc1.w");
    await expect(fit(net, data, settings({ checkpoint: { file, every: 0 } }))).rejects.toThrow(
      "checkpoint.every is 0",
    );
    expect(stateOf(net)).toEqual(before);
  });
});

describe("a checkpoint", () => {
  test("restores network, optimiser, random state and notes", async () => {
    const file = join(folder, "deeper", "still", "one.ckpt");
    const [net, optimizer, generator] = [build(), new SGD({ lr: 0.5, momentum: 0.9 }), new Random(3)];
    await fit(net, data, settings({ optimizer }));
    generator.next();
    await saveCheckpoint(file, { net, optimizer, random: generator }, { epoch: 4 });
    const next = generator.next();
    const [net2, optimizer2, generator2] = [build(2), new SGD({ lr: 1, momentum: 0.9 }), new Random(4)];
    expect(await loadCheckpoint(file, { net: net2, optimizer: optimizer2, random: generator2 })).toEqual({
      epoch: 4,
    });
    expect(stateOf(net2)).toEqual(stateOf(net));
    expect(optimizer2.state(net2.parameters)).toEqual(optimizer.state(net.parameters));
    expect(generator2.next()).toBe(next);
  });

  test("is undefined where there is no file", async () => {
    expect(
      await loadCheckpoint(join(folder, "none"), { net: build(), optimizer: new Adam() }),
    ).toBeUndefined();
  });

  test("plain weights are not taken for one", () => {
    const bytes = writeSafetensors(stateOf(build()));
    expect(() => readCheckpoint(bytes, { net: build(), optimizer: new Adam() })).toThrow(
      "for plain weights use loadState",
    );
  });

  test("of another network leaves the optimiser as it was", async () => {
    const [net, optimizer] = [build(), new Adam()];
    await fit(net, data, settings({ optimizer, epochs: 1 }));
    const before = optimizer.state(net.parameters);
    const other = new Sequential({ ...build().layers, extra: new Linear({ in: 3, out: 3 }) });
    const bytes = writeCheckpoint({ net: other, optimizer: new Adam() });
    expect(() => readCheckpoint(bytes, { net, optimizer })).toThrow("extra.w, extra.b unexpected");
    expect(optimizer.state(net.parameters)).toEqual(before);
  });

  test("2,000 damaged files: refused or read, never anything else", async () => {
    const [net, optimizer] = [build(), new Adam()];
    await fit(net, data, settings({ optimizer, epochs: 1 }));
    const bytes = writeCheckpoint({ net, optimizer, random: new Random(1) }, { a: [1] });
    const read = (damaged: Uint8Array): unknown =>
      readCheckpoint(damaged, { net, optimizer, random: new Random(2) });
    // A flipped bit in a name makes it another network's or optimiser's: those errors are as clear.
    const clear = mutate(bytes, 2000, read, [FormatError, Error]);
    expect(clear.refused).toBeGreaterThan(1000);
    const { wrong } = mutate(bytes, 2000, (damaged) => {
      try {
        read(damaged);
      } catch (error) {
        if (error instanceof TypeError || error instanceof RangeError) throw error;
        if ((error as Error).name === "Error") throw error;
      }
    });
    expect(wrong).toEqual([]);
  });

  test("what killed writers left is swept away after an hour, and not before", async () => {
    const file = join(folder, "sweep", "a.ckpt");
    const trainee = { net: build(), optimizer: new Adam() };
    await saveCheckpoint(file, trainee);
    const [old, young] = ["old", "young"].map((name) => join(folder, "sweep", `.a.ckpt.${name}.part`));
    for (const part of [old, young]) writeFileSync(part, "half");
    utimesSync(old, Date.now() / 1000 - 7200, Date.now() / 1000 - 7200);
    await saveCheckpoint(file, trainee);
    expect(readdirSync(join(folder, "sweep")).sort()).toEqual([".a.ckpt.young.part", "a.ckpt"]);
  });
});

describe("a writer that is killed", () => {
  const child = fileURLToPath(new URL("checkpoint-child.mjs", import.meta.url));
  const kills = Number(process.env.CHAINRULE_KILLS ?? 12);
  beforeAll(() =>
    expect(existsSync(join(projectRoot, "dist/lib/index.js")), "run npm run build first").toBe(true),
  );

  test(`leaves a whole checkpoint, ${kills} times at random`, async () => {
    const file = join(folder, "killed.ckpt");
    const times = new Random(11);
    let last = 0;
    for (let i = 0; i < kills; i++) {
      const writer = spawn(process.execPath, [child, file], { stdio: ["ignore", "pipe", "inherit"] });
      // A dot when it begins, and one after each checkpoint.
      let dots = times.integer(12);
      while (dots >= 0) dots -= ((await once(writer.stdout, "data")) as [Buffer])[0].length;
      await new Promise((resolve) => setTimeout(resolve, 8 * times.next()));
      writer.kill("SIGKILL");
      await once(writer, "exit");
      if (!existsSync(file)) continue;
      const { tensors, metadata } = readSafetensors(readFileSync(file));
      const { n } = JSON.parse(metadata.notes) as { n: number };
      for (const x of Object.values(tensors)) expect([...new Set(flat(x))]).toEqual([n]);
      last = Math.max(last, n);
    }
    expect(last).toBeGreaterThan(1);
  });

  test("goes on with the same bits, however often it is killed", async () => {
    const file = join(folder, "training.ckpt");
    const whole = spawnSync(process.execPath, [child, "none", "6"], { encoding: "utf8" });
    const times = new Random(5);
    for (let killed = 0; killed < 4;) {
      const trainer = spawn(process.execPath, [child, file, "6"], { stdio: ["ignore", "ignore", "pipe"] });
      const steps = 3 + times.integer(12);
      let seen = 0;
      trainer.stderr.on("data", (dots: Buffer) => {
        seen += dots.length;
        if (seen >= steps) trainer.kill("SIGKILL");
      });
      await once(trainer, "exit");
      if (trainer.signalCode === null) break;
      killed++;
    }
    const resumed = spawnSync(process.execPath, [child, file, "6"], { encoding: "utf8" });
    expect(JSON.parse(resumed.stdout)).toEqual(JSON.parse(whole.stdout));
  });
});
