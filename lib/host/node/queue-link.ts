/** What the two ends of a queue share: the connection to Redis, the form of a job, where programs lie. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { Redis } from "ioredis";
import type { Work } from "../place-contract.js";

/** A job as it lies in Redis; nothing in it is trusted but the seals' contents. */
export interface JobData {
  /** The version of this package that sent it. */
  readonly version: string;
  readonly work: Work;
  /** The id of the sealed program. */
  readonly program: string;
  /** The sealed task, in base64. */
  readonly task: string;
}

/** What a job's progress says: who has begun it, or what it reports. */
export interface JobProgress {
  readonly host: string;
  readonly begun: number;
  readonly report?: readonly [step: number, value: number];
}

/** What a worker seals as a job's result. */
export type JobResult = (
  { readonly answer: unknown } | { readonly ended: string; readonly isFinal?: boolean }
) & {
  readonly host: string;
  readonly seconds: number;
};

/** Seconds for which programs are kept after their last use. */
export const KEPT = 7 * 86_400;
/** The shortest key. */
const SHORTEST = 16;

export const VERSION: string = (
  JSON.parse(
    readFileSync(
      new URL(
        import.meta.url.endsWith(".ts") ? "../../../package.json" : "../../../../package.json",
        import.meta.url,
      ),
      "utf8",
    ),
  ) as { version: string }
).version;

/** @throws RangeError in words when there is no key, or a short one */
export function keyOf(who: string, key: string | undefined): string {
  const found = key ?? process.env.CHAINRULE_WORKER_KEY;
  if (found === undefined || found === "")
    throw new RangeError(
      `${who}: there is no key; set CHAINRULE_WORKER_KEY here and on the workers to the same secret of at least ${SHORTEST} characters.`,
    );
  if (found.length < SHORTEST)
    throw new RangeError(
      `${who}: the key has ${found.length} characters; it signs programs that workers run, so give at least ${SHORTEST}.`,
    );
  return found;
}

/** The host and port of a queue's address, without its password. @throws RangeError when it is no address of Redis */
export function placeNameOf(who: string, address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol))
    throw new RangeError(`${who}: the queue's address must begin with redis:// or rediss://.`);
  return `${url.hostname}:${url.port || 6379}`;
}

/** A module that is installed on request: beside this package, or in the working folder. */
export async function optional<T>(name: string, who: string): Promise<T> {
  for (const from of [import.meta.url, pathToFileURL(`${process.cwd()}/`).href]) {
    let file: string;
    try {
      file = createRequire(from).resolve(name);
    } catch {
      continue; // not there; look in the next folder
    }
    const module = (await import(pathToFileURL(file).href)) as { default?: object };
    return { ...module.default, ...module } as T;
  }
  throw new Error(`${who} needs the packages bullmq and ioredis; install them: npm install bullmq ioredis`);
}

/**
 * A connection to Redis that connects again whenever it is lost, and waits for that without an error.
 * @throws Error in words when the first connection fails, or Redis might forget what it is given
 */
export async function connect(who: string, address: string): Promise<Redis> {
  const { Redis } = await optional<typeof import("ioredis")>("ioredis", who);
  const redis = new Redis(address, { maxRetriesPerRequest: null, lazyConnect: true, connectTimeout: 10_000 });
  let trouble = "";
  // Without a listener each lost connection would print a stack.
  redis.on(
    "error",
    (error: Error) => (trouble = error.message || (error as { code?: string }).code || trouble),
  );
  try {
    await redis.connect();
  } catch (error) {
    redis.disconnect();
    throw new Error(
      `${who}: ${placeNameOf(who, address)} gives no connection (${trouble || (error as Error).message}); is Redis or Valkey running there, and are the address and its password right?`,
      { cause: error },
    );
  }
  const policy = /^maxmemory_policy:(\S+)/m.exec(await redis.info("memory"))?.[1];
  if (policy !== undefined && policy !== "noeviction") {
    redis.disconnect();
    throw new Error(
      `${who}: Redis at ${placeNameOf(who, address)} drops entries when its memory is full (maxmemory-policy ${policy}), so tasks could be lost; set it to noeviction.`,
    );
  }
  return redis;
}

export const programKey = (queue: string, id: string): string => `${queue}:program:${id}`;
/** Is there when a job should end. */
export const endKey = (queue: string, job: string): string => `${queue}:end:${job}`;
/** Is written to see whether there is room. */
export const roomKey = (queue: string): string => `${queue}:room`;
export const partKey = (queue: string, id: string): string => `${queue}:part:${id}`;
