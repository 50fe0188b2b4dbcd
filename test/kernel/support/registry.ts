/** A registry of npm on this machine, with the packages that a test makes: `npm_config_registry` names it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/** A package by its name, its versions, and their files by name. */
export type Published = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveRegistry(published: Published): Promise<Registry> {
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const [name, tarball] = path.split("/-/") as [string, string?];
    const versions = published[name];
    if (!versions) return void response.writeHead(404).end("{}");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (tarball === undefined) return void response.end(JSON.stringify(packument(name, versions, url)));
    response.end(pack(name, tarball.replace(/\.tgz$/, ""), versions));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function manifest(name: string, version: string, files: Readonly<Record<string, string>>): object {
  return { main: "./index.js", ...(JSON.parse(files["package.json"] ?? "{}") as object), name, version };
}

function packument(name: string, versions: Published[string], url: string): object {
  const all = Object.entries(versions).map(([version, files]) => [
    version,
    { ...manifest(name, version, files), dist: { tarball: `${url}/${name}/-/${version}.tgz` } },
  ]);
  const newest = Object.keys(versions).at(-1);
  return { name, "dist-tags": { latest: newest }, versions: Object.fromEntries(all) as object };
}

function pack(name: string, version: string, versions: Published[string]): Buffer {
  const files = versions[version]!;
  const all = { ...files, "package.json": JSON.stringify(manifest(name, version, files)) };
  const parts = Object.entries(all).flatMap(([file, text]) => entry(`package/${file}`, Buffer.from(text)));
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

/** One file of a tar archive. */
function entry(name: string, bytes: Buffer): Buffer[] {
  const head = Buffer.alloc(512);
  const octal = (value: number, length: number): string => `${value.toString(8).padStart(length - 1, "0")}\0`;
  head.write(name, 0);
  head.write(octal(0o644, 8), 100);
  head.write(octal(0, 8), 108);
  head.write(octal(0, 8), 116);
  head.write(octal(bytes.length, 12), 124);
  head.write(octal(0, 12), 136);
  head.write("        0", 148);
  head.write("ustar\x0000", 257);
  head.write(
    octal(
      head.reduce((sum, one) => sum + one),
      8,
    ),
    148,
  );
  return [head, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}
