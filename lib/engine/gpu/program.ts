/**
 * The program of the thread that owns the device. It carries out commands in the order in which they come, and answers readings
 * through shared memory, because who reads waits and takes no messages.
 */
import type { GPU, GPUBuffer, GPUCommandEncoder, GPUComputePass, GPUComputePipeline } from "./webgpu.js";

/** What the thread is told to do. Blocks and pipelines have numbers, which the library's side gives. */
export type Command =
  | Make
  | readonly [kind: "drop", block: number]
  | readonly [kind: "write", block: number, numbers: Float32Array]
  | readonly [kind: "compile", pipeline: number, code: string]
  | readonly [kind: "run", pipeline: number, blocks: readonly number[], groups: readonly number[]]
  | readonly [kind: "read", blocks: readonly (readonly [block: number, bytes: number])[], SharedArrayBuffer]
  | readonly [kind: "rest", into: SharedArrayBuffer]
  | readonly [kind: "destroy"];

type Make = readonly [kind: "make", block: number, bytes: number];

/** The places of the shared words: the device's state, how many answers there were, the length of the text. */
export const WORDS = { state: 0, answers: 1, length: 2, count: 3 } as const;
/** The device's states. The text is the card's name and limits when ready, and else a sentence without its stop. */
export const STATES = { starting: 0, ready: 1, absent: 2, full: 3, lost: 4, faulty: 5 } as const;
/** What the first word of a reading says once it is over. */
export const OUTCOMES = { read: 1, failed: 2 } as const;
/** Bytes for the text. */
export const TEXT = 4096;

/** A port's end in the thread. */
interface Port {
  onmessage: ((message: { readonly data: readonly Command[] }) => void) | null;
}

/** What the thread is given. */
export interface ThreadData {
  readonly port: Port;
  readonly words: Int32Array;
  readonly text: Uint8Array;
  readonly places: typeof WORDS;
  readonly states: typeof STATES;
  /** What to do where there is no card. */
  readonly noCard: string;
  readonly outcomes: typeof OUTCOMES;
}

/**
 * Opens the device and serves. The thread gets the text of this function, so it must not use any variable from outside. That is
 * why its parts are methods: a bundler that keeps the names of functions puts any other into the call of a helper, which is outside.
 * @param gpu  WebGPU's entry, or a promise of it
 */
export async function serve(
  gpu: GPU | undefined | Promise<GPU | undefined>,
  { port, words, text, places, states, outcomes, noCard }: ThreadData,
): Promise<void> {
  const library = {
    /** Says how the device is. */
    tell(state: number, message: string): void {
      // A lost device stays lost, whatever fails after it.
      if (Atomics.load(words, places.state) !== states.lost) {
        const bytes = new TextEncoder().encode(message).subarray(0, text.length);
        text.set(bytes);
        Atomics.store(words, places.length, bytes.length);
        Atomics.store(words, places.state, state);
      }
      library.answer();
    },
    answer(): void {
      Atomics.add(words, places.answers, 1);
      Atomics.notify(words, places.answers);
    },
    wordsOf(error: unknown): string {
      return error instanceof Error ? error.message : String(error);
    },
  };
  let device: Awaited<ReturnType<NonNullable<Awaited<ReturnType<GPU["requestAdapter"]>>>["requestDevice"]>>;
  try {
    const adapter = await (await gpu)?.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter)
      return library.tell(states.absent, `WebGPU finds no graphics card that it can use; ${noCard}`);
    const { info, limits } = adapter;
    const { maxBufferSize, maxStorageBufferBindingSize } = limits;
    device = await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
    const name = [info.vendor, info.architecture, info.description].filter((part) => part).join(", ");
    const most = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    library.tell(states.ready, JSON.stringify({ name, most }));
  } catch (error) {
    return library.tell(states.absent, `WebGPU gives no device (${library.wordsOf(error)})`);
  }
  void device.lost.then(({ message }) => library.tell(states.lost, message || "no reason was given"));

  // The standard's numbers: STORAGE, UNIFORM, COPY_SRC, COPY_DST of a block; MAP_READ and COPY_DST of what is read.
  const [stored, mapped] = [0x80 | 0x40 | 0x4 | 0x8, 0x1 | 0x8];
  const blocks = new Map<number, GPUBuffer>();
  /** Blocks that the card had no room for. Commands that need one are left out: the library learns of it before weights change. */
  const refused = new Set<number>();
  const pipelines = new Map<number, GPUComputePipeline>();
  const groups = new Map<string, object>();
  let encoder: GPUCommandEncoder | undefined;
  let compute: GPUComputePass | undefined;
  /** Of all commands since the last reading, whether one failed. */
  let checks: Promise<boolean>[] = [];
  /** All readings so far. */
  let readings: Promise<unknown> = Promise.resolve();
  const scopes = ["validation", "internal", "out-of-memory"] as const;
  const work = {
    submit(): void {
      compute?.end();
      if (encoder) device.queue.submit([encoder.finish()]);
      encoder = compute = undefined;
    },
    found<T>(map: ReadonlyMap<number, T>, key: number): T {
      const value = map.get(key);
      if (value === undefined) throw new Error(`the device's thread knows nothing of number ${key}`);
      return value;
    },
    /** What blocks a routine works on; made once for the same routine and blocks, because a step uses the same ones again. */
    groupOf(pipeline: number, used: readonly number[]): object {
      const key = `${pipeline}:${used.join()}`;
      let group = groups.get(key);
      if (group === undefined) {
        if (groups.size > 4096) groups.clear();
        const entries = used.map((block, binding) => ({
          binding,
          resource: { buffer: work.found(blocks, block) },
        }));
        const layout = work.found(pipelines, pipeline).getBindGroupLayout(0);
        group = device.createBindGroup({ layout, entries });
        groups.set(key, group);
      }
      return group;
    },
    /** Makes a block, and says so if the card has no room for it. */
    async make(block: number, size: number): Promise<void> {
      device.pushErrorScope("out-of-memory");
      const buffer = device.createBuffer({ size, usage: stored });
      const error = await device.popErrorScope();
      if (!error) return void blocks.set(block, buffer);
      refused.add(block);
      checks.push(Promise.resolve(true));
      library.tell(states.full, error.message);
    },
    /** Carries out a command that makes no block. @returns for a reading, what waits for the numbers */
    obey(command: Exclude<Command, Make>): ((hasFailed: boolean) => Promise<void>) | undefined {
      switch (command[0]) {
        case "drop":
          if (refused.delete(command[1])) return undefined;
          work.submit();
          work.found(blocks, command[1]).destroy();
          blocks.delete(command[1]);
          groups.clear();
          return undefined;
        case "write":
          if (refused.has(command[1])) return undefined;
          work.submit(); // what was sent before reads the old numbers
          device.queue.writeBuffer(work.found(blocks, command[1]), 0, command[2]);
          return undefined;
        case "compile":
          pipelines.set(
            command[1],
            device.createComputePipeline({
              layout: "auto",
              compute: { module: device.createShaderModule({ code: command[2] }) },
            }),
          );
          return undefined;
        case "run": {
          const [, pipeline, used, [x, y, z]] = command;
          if (used.some((block) => refused.has(block))) return undefined;
          encoder ??= device.createCommandEncoder();
          compute ??= encoder.beginComputePass();
          compute.setPipeline(work.found(pipelines, pipeline));
          compute.setBindGroup(0, work.groupOf(pipeline, used));
          compute.dispatchWorkgroups(x, y, z);
          return undefined;
        }
        case "read": {
          const [, wanted, into] = command;
          const back = device.createBuffer({ size: into.byteLength, usage: mapped });
          compute?.end();
          compute = undefined;
          encoder ??= device.createCommandEncoder();
          let at = 4; // behind the word for the outcome
          for (const [block, bytes] of wanted) {
            if (!refused.has(block))
              encoder.copyBufferToBuffer(work.found(blocks, block), 0, back, at, bytes);
            at += bytes;
          }
          work.submit();
          return async (hasFailed) => {
            const outcome = new Int32Array(into, 0, 1);
            if (!hasFailed) {
              await back.mapAsync(1);
              new Uint8Array(into).set(new Uint8Array(back.getMappedRange()).subarray(4), 4);
              back.unmap();
            }
            back.destroy();
            Atomics.store(outcome, 0, hasFailed ? outcomes.failed : outcomes.read);
          };
        }
        case "rest":
          return undefined; // when it has been carried out
        case "destroy":
          device.destroy();
          return undefined;
      }
    },
    /** Carries out commands, in order; a block is waited for, so that nothing is done with one that is not there. */
    async carryOut(commands: readonly Command[]): Promise<void> {
      let reading: ReturnType<typeof work.obey>;
      for (const kind of scopes) device.pushErrorScope(kind);
      try {
        const making: Promise<void>[] = [];
        for (const command of commands) {
          if (command[0] === "make") making.push(work.make(command[1], command[2]));
          else {
            if (making.length > 0) await Promise.all(making.splice(0));
            reading = work.obey(command);
          }
        }
        await Promise.all(making);
        if (!reading) work.submit();
      } catch (error) {
        library.tell(states.faulty, library.wordsOf(error));
      }
      // The innermost scope first: where there was no room, all else that failed is because of it.
      const check = Promise.all(scopes.map(() => device.popErrorScope())).then((errors) => {
        const at = errors.findIndex((error) => error !== null);
        if (at >= 0) library.tell(at === 0 ? states.full : states.faulty, errors[at]!.message);
        return at >= 0;
      });
      checks.push(check.catch(() => true)); // of a lost device, which says so itself
      for (const command of commands) if (command[0] === "rest") work.rest(new Int32Array(command[1]));
      if (!reading) return;
      const before = checks;
      checks = [];
      const read = Promise.all(before)
        .then((failed) => reading(failed.includes(true)))
        .then(library.answer, (error: unknown) => library.tell(states.faulty, library.wordsOf(error)));
      readings = readings.then(() => read); // one promise, however many readings there were
    },
    /** Answers when nothing is under way any more, and the event loop is its own again. */
    rest(outcome: Int32Array): void {
      void Promise.all([readings, ...checks]).then(() =>
        setTimeout(() => {
          Atomics.store(outcome, 0, outcomes.read);
          library.answer();
        }, 0),
      );
    },
  };
  let done = Promise.resolve();
  port.onmessage = ({ data }): void => void (done = done.then(() => work.carryOut(data)));
}
