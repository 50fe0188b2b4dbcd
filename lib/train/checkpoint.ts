/**
 * Checkpoints in files. A file is written whole or not at all: if the power fails or the run is stopped in the middle, the
 * file is either the last checkpoint or the one before it, never half of one.
 */
import { readFile, writeFile } from "#host/files";
import { expectInteger } from "../array/check.js";
import { ValueError } from "../array/errors.js";
import type { Random } from "../array/random.js";
import type { EpochRecord, StepRecord } from "../display/training/history.js";
import { readCheckpoint, writeCheckpoint, type Trainee } from "../formats/checkpoint.js";
import { isObject } from "../formats/json.js";
import type { HandChange, Run } from "./run.js";

/**
 * Saves network, optimiser and random state.
 * @param path   the file; its folder is made. A safetensors file: the weights are named "net.conv1.w"
 * @param notes  anything else to be saved, as JSON
 */
export async function saveCheckpoint(
  path: string,
  trainee: Trainee,
  notes: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await writeFile(path, writeCheckpoint(trainee, notes));
}

/**
 * Loads what `saveCheckpoint` saved into the network, the optimiser and the random generator; all or nothing.
 * @param check  is given the notes before anything is loaded, and throws if they do not fit
 * @returns the notes, or undefined when there is no such file
 * @throws FormatError for a damaged file; StateMismatchError, ValueError and others when it belongs to another network
 */
export async function loadCheckpoint(
  path: string,
  trainee: Trainee,
  check?: (notes: Record<string, unknown>) => void,
): Promise<Record<string, unknown> | undefined> {
  const bytes = await readFile(path);
  return bytes && readCheckpoint(bytes, trainee, check);
}

/** Where a run is saved, and how often. */
export interface SaveOptions {
  file: string;
  /** Steps between two checkpoints, in addition to the one after every epoch; none. */
  every?: number;
}

/** How far a run is. */
export interface Position {
  /** The current epoch, from 1. */
  readonly epoch: number;
  /** How many batches of this epoch are done. */
  readonly batch: number;
  /** The sum of the losses of the epoch's examples so far. */
  readonly loss: number;
  /** How many of these examples were classified correctly. */
  readonly right: number;
  /** The random state at the start of the epoch, from which the order of its examples is drawn. */
  readonly began: readonly number[];
}

type Settings = Readonly<Record<string, string | number | boolean>>;

/** Saves a run at intervals, and finds where an earlier run stopped. Without a file it does nothing. */
export class Saver {
  /** The position to continue from; the beginning for a new run. */
  readonly start: Position;
  readonly #options: SaveOptions | undefined;
  readonly #trainee: Trainee;
  readonly #run: Run;
  readonly #settings: Settings;

  private constructor(start: Position, options: SaveOptions | undefined, what: Saved) {
    this.start = start;
    this.#options = options;
    this.#trainee = what;
    this.#run = what.run;
    this.#settings = what.settings;
  }

  /**
   * Loads the file, if it exists, into network, optimiser, random generator and run.
   * @throws ValueError when the file's run had other settings, and all that `loadCheckpoint` throws
   */
  static async open(options: string | SaveOptions | undefined, what: Saved): Promise<Saver> {
    const { run, random, settings } = what;
    const start = { epoch: 1, batch: 0, loss: 0, right: 0, began: random.state };
    const place = typeof options === "string" ? { file: options } : options;
    if (place?.every !== undefined) expectInteger("fit", "checkpoint.every", place.every, 1);
    const check = (saved: Record<string, unknown>): void =>
      expectSameSettings(place?.file ?? "", saved.settings, settings);
    const notes = place && ((await loadCheckpoint(place.file, what, check)) as Notes | undefined);
    if (notes === undefined) return new Saver(start, place, what);
    for (const step of notes.steps) run.steps.push(step);
    for (const epoch of notes.epochs) run.epochRecords.push(epoch);
    for (const change of notes.changes ?? []) run.changes.push(change);
    run.seconds = notes.seconds;
    return new Saver(notes.position, place, what);
  }

  /** Whether the run is to be saved after this step. */
  isDue(step: number): boolean {
    return this.#options?.every !== undefined && step % this.#options.every === 0;
  }

  async save(position: Position): Promise<void> {
    if (this.#options === undefined) return;
    const { steps, epochRecords: epochs, changes, seconds } = this.#run;
    const notes: Notes = { settings: this.#settings, position, steps, epochs, changes, seconds };
    await saveCheckpoint(this.#options.file, this.#trainee, { ...notes });
  }
}

interface Saved extends Trainee {
  random: Random;
  run: Run;
  settings: Settings;
}

interface Notes {
  readonly settings: Settings;
  readonly position: Position;
  readonly steps: readonly StepRecord[];
  readonly epochs: readonly EpochRecord[];
  /** Absent in files of before. */
  readonly changes?: readonly HandChange[];
  readonly seconds: number;
}

/** Refuses to continue a run with other settings. @throws ValueError that names the first setting that differs */
function expectSameSettings(file: string, saved: unknown, now: Settings): void {
  if (!isObject(saved)) {
    throw new ValueError(
      `fit: ${file} was not saved by fit, so that it does not say how far it had come; load it with loadCheckpoint, or name another file.`,
    );
  }
  for (const [name, value] of Object.entries(now)) {
    if (saved[name] === value) continue;
    throw new ValueError(
      `fit: the run in ${file} has ${name} ${JSON.stringify(saved[name])}, this one ${JSON.stringify(value)}; ` +
        `use the same ${name}, or another checkpoint file to start anew.`,
    );
  }
}
