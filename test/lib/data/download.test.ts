/** Fetching data sets: whole and right or not at all, whatever the network does. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FormatError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { DownloadError, obtainFiles, type PublishedFileSet } from "../../../lib/data/download.js";
import { MissingDataError, cacheFolder } from "../../../lib/data/files.js";
import { withLock } from "../../../lib/host/node/lock.js";
import { readTar } from "../../../lib/formats/tar.js";
import { projectRoot } from "../../support/shared.js";

let folder: string;
let server: Server;
let asked: string[];
let answer: RequestListener;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "chainrule é "));
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
  rmSync(folder, { recursive: true });
});

const a = Buffer.from("the images");
const b = Buffer.from("the labels");
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const url = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`;

function set(sources: PublishedFileSet["sources"]): PublishedFileSet {
  return {
    name: "toy",
    title: "Toy",
    layouts: [{ train: ["a"], test: ["b"] }],
    otherwise: "do without",
    sources,
  };
}
const toy = () =>
  set([
    { url: url("a"), sha256: sha256(a), files: ["a"] },
    { url: url("b"), sha256: sha256(b), files: ["b"] },
  ]);

describe("obtainFiles", () => {
  beforeEach(() => {
    answer = ({ url }, response) => void response.end(url === "/a" ? a : b);
  });

  it("fetches into the folder once, and only what is missing", async () => {
    const home = join(folder, "new", "toy");
    const paths = await obtainFiles(toy(), home, true);
    expect(paths).toEqual({ train: [join(home, "a")], test: [join(home, "b")] });
    expect([readFileSync(join(home, "a")), readFileSync(join(home, "b"))]).toEqual([a, b]);
    await obtainFiles(toy(), home, true);
    rmSync(join(home, "b"));
    await obtainFiles(toy(), home, true);
    expect(asked).toEqual(["/a", "/b", "/b"]);
  });

  it("asks nothing of the network unless told to", async () => {
    await expect(obtainFiles(toy(), folder)).rejects.toThrow(MissingDataError);
    expect(asked).toEqual([]);
  });

  it.runIf(process.platform === "linux")(
    "fetches into the cache folder where no folder is named",
    async () => {
      vi.stubEnv("CHAINRULE_DATA", "");
      vi.stubEnv("XDG_CACHE_HOME", folder);
      const paths = await obtainFiles(toy(), undefined, true);
      expect(paths.train).toEqual([join(folder, "chainrule", "toy", "a")]);
    },
  );

  it("keeps nothing of a file whose checksum is wrong", async () => {
    answer = (_, response) => void response.end("something else");
    const error: Error = await obtainFiles(toy(), folder, true).catch((e) => e);
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toContain(`expected ${sha256(a)}; nothing was kept`);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says what a server refuses", async () => {
    answer = (_, response) => void response.writeHead(404).end();
    await expect(obtainFiles(toy(), folder, true)).rejects.toThrow("the server says 404 Not Found");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says why there is no network, and what to do by hand", async () => {
    const away = set([{ url: "http://127.0.0.1:1/a", sha256: sha256(a), files: ["a"] }]);
    const error: Error = await obtainFiles(away, folder, true).catch((e) => e);
    expect(error.message).toMatch(
      /cannot be fetched \(fetch failed: .+\); see whether this computer is online and try again, or put a into .* by hand/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("lets two fetch at once", async () => {
    await Promise.all([obtainFiles(toy(), folder, true), obtainFiles(toy(), folder, true)]);
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
    expect(readFileSync(join(folder, "a"))).toEqual(a);
  });

  it("keeps what it has when a file cannot get its name, and needs no second fetching", async () => {
    // A folder of the file's name is in the way of the renaming, and was not there when the fetching began.
    answer = (request, response) => {
      if (request.url === "/b") mkdirSync(join(folder, "b", "c"), { recursive: true });
      sendRange(request.url === "/a" ? a : b)(request, response);
    };
    await expect(obtainFiles(toy(), folder, true)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(readFileSync(partOf(b))).toEqual(b);
    rmSync(join(folder, "b"), { recursive: true });
    answer = sendRange(b);
    await obtainFiles(toy(), folder, true);
    expect([asked, readdirSync(folder).sort()]).toEqual([
      ["/a", "/b", "/b"],
      ["a", "b"],
    ]);
  });

  it("unpacks the wanted files of an archive", async () => {
    const archive = gzipSync(tar({ "toy/readme": Buffer.from("hello"), "toy/a": a, "toy/b": b }));
    answer = (_, response) => void response.end(archive);
    const one = (files: string[]) => set([{ url: url("toy.tar.gz"), sha256: sha256(archive), files }]);
    await obtainFiles(one(["a", "b"]), folder, true);
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
    expect(readFileSync(join(folder, "b"))).toEqual(b);
    await expect(obtainFiles(one(["a", "x"]), join(folder, "other"), true)).rejects.toThrow("holds no x");
  });
});

/** Where the bytes of a file gather. */
const partOf = (bytes: Uint8Array) => join(folder, `.${sha256(bytes)}.part`);

/** Sends the bytes as a server that knows ranges. */
const sendRange =
  (bytes: Uint8Array): RequestListener =>
  ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    if (start >= bytes.length) return void response.writeHead(416).end();
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    const rest = bytes.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": rest.length,
      ...(start > 0 && { "content-range": range }),
    });
    response.end(rest);
  };

/** Sends some bytes of the many that it promises, then hangs up. */
const breakAfter =
  (bytes: Uint8Array): RequestListener =>
  (_, response) => {
    response.writeHead(200, { "content-length": 1000 });
    response.write(bytes, () => setTimeout(() => response.destroy(), 20));
  };

describe("a download that broke off", () => {
  const long = Buffer.from(Array.from({ length: 300 }, (_, i) => i % 251));
  const one = () => ({
    ...set([{ url: url("a"), sha256: sha256(long), files: ["a"] }]),
    layouts: [{ train: ["a"], test: ["a"] }],
  });
  /** What the part of an earlier call holds. */
  const left = (bytes: Uint8Array) => writeFileSync(partOf(long), bytes);
  let ranges: (string | undefined)[];
  const recorded =
    (listener: RequestListener): RequestListener =>
    (request, response) => {
      ranges.push(request.headers.range);
      listener(request, response);
    };
  beforeEach(() => {
    ranges = [];
  });

  it("goes on by itself where it ended", async () => {
    answer = recorded((request, response) =>
      (ranges.length === 1 ? breakAfter(long.subarray(0, 100)) : sendRange(long))(request, response),
    );
    await obtainFiles(one(), folder, true);
    expect(ranges).toEqual([undefined, "bytes=100-"]);
    expect([readdirSync(folder), readFileSync(join(folder, "a"))]).toEqual([["a"], long]);
  });

  it("is kept when it goes on breaking, says so, and goes on in a later call", async () => {
    answer = recorded((request, response) =>
      (ranges.length === 1 ? breakAfter(long.subarray(0, 100)) : breakAtOnce)(request, response),
    );
    const error: Error = await obtainFiles(one(), folder, true).catch((e) => e);
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toMatch(
      /broke off after 100 bytes \(.+\); they are kept, .* put a into .* by hand/,
    );
    expect(readFileSync(partOf(long))).toEqual(long.subarray(0, 100));
    answer = recorded(sendRange(long));
    await obtainFiles(one(), folder, true);
    expect(ranges.at(-1)).toBe("bytes=100-");
    expect([readdirSync(folder), readFileSync(join(folder, "a"))]).toEqual([["a"], long]);
  });

  const breakAtOnce: RequestListener = (request) => void request.socket.destroy();

  it.each([
    ["a server without ranges", () => long.subarray(0, 100), () => send(long)],
    ["other bytes", () => Buffer.alloc(100, 7), () => sendRange(long)],
    ["more bytes than there are", () => Buffer.alloc(400, 7), () => sendRange(long)],
    ["a server that gives another range", () => long.subarray(0, 100), () => wrongRange],
  ])("begins anew after %s", async (_, part, listener) => {
    left(part());
    answer = listener();
    await obtainFiles(one(), folder, true);
    expect([readdirSync(folder), readFileSync(join(folder, "a"))]).toEqual([["a"], long]);
  });

  const send =
    (bytes: Uint8Array): RequestListener =>
    (_, response) =>
      void response.end(bytes);
  const wrongRange: RequestListener = (request, response) => {
    if (request.headers.range === undefined) return void response.end(long);
    response.writeHead(206, { "content-range": "bytes 50-299/300" }).end(long.subarray(50));
  };

  it("is thrown away when the whole is wrong even afresh", async () => {
    left(long.subarray(0, 100));
    answer = sendRange(Buffer.alloc(300, 7));
    await expect(obtainFiles(one(), folder, true)).rejects.toThrow(/gave 300 bytes with the SHA-256/);
    expect([asked.length, readdirSync(folder)]).toEqual([2, []]);
  });

  it.runIf(existsSync("/dev/full"))("says that the disk is full", async () => {
    symlinkSync("/dev/full", partOf(long));
    answer = sendRange(long);
    const error: Error = await obtainFiles(one(), folder, true).catch((e) => e);
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).toBe(
      `the disk of ${folder} is full (ENOSPC); free some room, or name another folder with { folder }.`,
    );
    await obtainFiles(one(), folder, true);
    expect(readdirSync(folder)).toEqual(["a"]);
  });

  // The superuser may write anywhere.
  it.runIf(process.platform === "linux" && process.getuid?.() !== 0)(
    "says what may not be written",
    async () => {
      const closed = join(folder, "closed");
      mkdirSync(closed, { mode: 0o500 });
      await expect(obtainFiles(one(), closed, true)).rejects.toThrow(`${closed} cannot be written (EACCES)`);
    },
  );
});

describe("several processes", () => {
  const big = Buffer.alloc(400_000, "chainrule");
  const child = join(projectRoot, "test/lib/data/download-child.mjs");
  const start = (): ChildProcess =>
    spawn(process.execPath, [child, url("a"), sha256(big), folder], { stdio: ["ignore", "pipe", "inherit"] });
  /** Sends half of the rest, and the other half when it is told to. */
  let finish: () => void;
  const halfway: RequestListener = ({ headers }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);
    const middle = (from + big.length) / 2;
    response.writeHead(from > 0 ? 206 : 200, {
      "content-length": big.length - from,
      ...(from > 0 && { "content-range": `bytes ${from}-${big.length - 1}/${big.length}` }),
    });
    response.write(big.subarray(from, middle));
    finish = () => response.end(big.subarray(middle));
  };
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const partSize = () => statSync(partOf(big), { throwIfNoEntry: false })?.size;

  it("fetch a file once: one of them works, the others wait", async () => {
    answer = halfway;
    const children = [start(), start(), start()];
    const ends = children.map((each) => once(each, "exit"));
    await until(() => partSize() === big.length / 2);
    // Time for the others to come, and to see the lock.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(asked).toEqual(["/a"]);
    finish();
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);
    expect([asked, readdirSync(folder)]).toEqual([["/a"], ["a"]]);
    expect(readFileSync(join(folder, "a")).equals(big)).toBe(true);
  });

  it("take over from one that was killed, where it ended", async () => {
    answer = halfway;
    const first = start();
    await until(() => partSize() === big.length / 2);
    const second = start();
    const killed = once(first, "exit");
    first.kill("SIGKILL");
    await killed;
    const ended = once(second, "exit");
    await until(() => asked.length === 2);
    expect(readdirSync(folder).sort()).toEqual([`.${sha256(big)}.part`, ".lock"].sort());
    finish();
    expect([(await ended)[0], readdirSync(folder)]).toEqual([0, ["a"]]);
    expect(readFileSync(join(folder, "a")).equals(big)).toBe(true);
  });
});

describe("withLock", () => {
  const lock = () => join(folder, ".lock");

  it("lets one in at a time, and the next in after an error", async () => {
    let [inside, most] = [0, 0];
    const enter = (fails: boolean) =>
      withLock(lock(), async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 30));
        inside--;
        if (fails) throw new Error("inside");
      });
    const ends = await Promise.allSettled([enter(true), enter(false), enter(true), enter(false)]);
    expect(ends.map(({ status }) => status).sort()).toEqual([
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    expect([most, readdirSync(folder)]).toEqual([1, []]);
  });

  it("breaks the lock of a process that is no more, or that has long not touched it", async () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(lock(), `${pid} ${hostname()}`);
    expect(await withLock(lock(), async () => "in")).toBe("in");
    // One of another machine, which nobody here can ask.
    writeFileSync(lock(), `${pid} elsewhere`);
    const long = new Date(Date.now() - 90_000);
    utimesSync(lock(), long, long);
    expect(await withLock(lock(), async () => "in")).toBe("in");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("respects the lock of a process that lives, here or elsewhere", async () => {
    for (const holder of [`${process.pid} ${hostname()}`, `1 elsewhere`, ""]) {
      writeFileSync(lock(), holder);
      let entered = false;
      const waiting = withLock(lock(), async () => void (entered = true));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(entered).toBe(false);
      rmSync(lock());
      await waiting;
      expect(entered).toBe(true);
    }
  });
});

/** A ustar archive of these files, and a folder. */
function tar(files: Record<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const add = (name: string, kind: string, content: Uint8Array) => {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write("0000644\0", 100);
    header.write(content.length.toString(8).padStart(11, "0"), 124);
    header.write(" ".repeat(8), 148);
    header.write(kind, 156);
    header.write("ustar\0" + "00", 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(sum.toString(8).padStart(6, "0") + "\0 ", 148);
    parts.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  };
  add("toy/", "5", Buffer.alloc(0));
  for (const [name, content] of Object.entries(files)) add(name, "0", content);
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

describe("readTar", () => {
  const good = tar({ "toy/a": a, "toy/long": Buffer.alloc(700, 7) });

  it("reads files of any length and passes over folders", () => {
    const files = readTar(good);
    expect([...files.keys()]).toEqual(["toy/a", "toy/long"]);
    expect(Buffer.from(files.get("toy/a")!)).toEqual(a);
    expect(Buffer.from(files.get("toy/long")!)).toEqual(Buffer.alloc(700, 7));
  });

  it("answers 2,000 damaged archives with a FormatError or files that are there", () => {
    const random = new Random(1);
    for (let trial = 0; trial < 2000; trial++) {
      const bad = Uint8Array.from(good).slice(
        0,
        random.next() < 0.5 ? random.integer(good.length) : good.length,
      );
      if (bad.length > 0) bad[random.integer(Math.min(bad.length, 1600))] = random.integer(256);
      try {
        for (const content of readTar(bad).values()) expect(content.length).toBeLessThanOrEqual(bad.length);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }
  });
});

describe("cacheFolder", () => {
  const on = (platform: string, env: Record<string, string>): string => {
    const platforms = vi.spyOn(process, "platform", "get").mockReturnValue(platform as NodeJS.Platform);
    for (const name of ["CHAINRULE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"])
      vi.stubEnv(name, env[name] ?? "");
    const found = cacheFolder();
    platforms.mockRestore();
    return found;
  };

  it("is where each system keeps its caches", () => {
    expect(on("linux", { XDG_CACHE_HOME: "/x" })).toBe(join("/x", "chainrule"));
    expect(on("linux", {})).toMatch(/[\\/]\.cache[\\/]chainrule$/);
    expect(on("darwin", {})).toMatch(/Library[\\/]Caches[\\/]chainrule$/);
    expect(on("win32", { LOCALAPPDATA: "/l" })).toBe(join("/l", "chainrule", "Cache"));
  });

  it("is where CHAINRULE_CACHE says, on every system", () => {
    for (const system of ["linux", "darwin", "win32"])
      expect(on(system, { CHAINRULE_CACHE: "/mine", XDG_CACHE_HOME: "/x" })).toBe("/mine");
  });
});
