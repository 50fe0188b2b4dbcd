/** Fetching data sets: whole and right or not at all, whatever the network does. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FormatError } from "../../../lib/array/errors.js";
import { Random } from "../../../lib/array/random.js";
import { DownloadError, obtainFiles, type PublishedFileSet } from "../../../lib/data/download.js";
import { MissingDataError, cacheFolder } from "../../../lib/data/files.js";
import { readTar } from "../../../lib/data/tar.js";

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

  it("keeps nothing of a file that ends early, and says what a server refuses", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("half");
      setTimeout(() => response.destroy(), 20);
    };
    await expect(obtainFiles(toy(), folder, true)).rejects.toThrow("cannot be fetched");
    answer = (_, response) => void response.writeHead(404).end();
    await expect(obtainFiles(toy(), folder, true)).rejects.toThrow("the server says 404 Not Found");
    expect(readdirSync(folder)).toEqual([]);
  });

  it("says why there is no network, and what to do by hand", async () => {
    const away = set([{ url: "http://127.0.0.1:1/a", sha256: sha256(a), files: ["a"] }]);
    const error: Error = await obtainFiles(away, folder, true).catch((e) => e);
    expect(error.message).toMatch(
      /cannot be fetched \(fetch failed: .+\); try again later, or put a into .* by hand/,
    );
  });

  it("lets two fetch at once", async () => {
    await Promise.all([obtainFiles(toy(), folder, true), obtainFiles(toy(), folder, true)]);
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
    expect(readFileSync(join(folder, "a"))).toEqual(a);
  });

  it("leaves no part behind when a file cannot be written", async () => {
    // A folder of the file's name is in the way of the renaming, and was not there when the fetching began.
    answer = ({ url }, response) => {
      if (url === "/b") mkdirSync(join(folder, "b", "c"), { recursive: true });
      response.end(url === "/a" ? a : b);
    };
    await expect(obtainFiles(toy(), folder, true)).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST|EPERM/);
    expect(readdirSync(folder).sort()).toEqual(["a", "b"]);
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
  it("is where each system keeps its caches", () => {
    expect(cacheFolder("linux", { XDG_CACHE_HOME: "/x" })).toBe(join("/x", "chainrule"));
    expect(cacheFolder("linux", {})).toMatch(/[\\/]\.cache[\\/]chainrule$/);
    expect(cacheFolder("darwin", {})).toMatch(/Library[\\/]Caches[\\/]chainrule$/);
    expect(cacheFolder("win32", { LOCALAPPDATA: "/l" })).toBe(join("/l", "chainrule", "Cache"));
  });
});
