/** Shows a website on this machine, as a plain static host does: no header but the type and the size. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { join, normalize, sep } from "node:path";
import { mediaType } from "../server/http/media-types.js";

/** @param base the path that the website is below, with slashes at both ends */
export function siteServer(folder: string, base: string): Server {
  return createServer((request, response) => {
    const refuse = (status: number): void => void response.writeHead(status).end(`${status}\n`);
    let path: string;
    try {
      path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    } catch {
      return refuse(400);
    }
    if (`${path}/` === base) return void response.writeHead(302, { Location: base }).end();
    if (!path.startsWith(base)) return refuse(404);
    const name = path.slice(base.length);
    const file = join(folder, normalize(name === "" || name.endsWith("/") ? `${name}index.html` : name));
    const facts = file.startsWith(join(folder, sep)) ? statSync(file, { throwIfNoEntry: false }) : undefined;
    if (!facts?.isFile()) return refuse(404);
    const type = mediaType(file) ?? "application/octet-stream";
    const isText = /^text\/|json|javascript/.test(type);
    response.writeHead(200, {
      "Content-Type": isText ? `${type}; charset=utf-8` : type,
      "Content-Length": facts.size,
      "Cache-Control": "max-age=600",
    });
    if (request.method === "HEAD") response.end();
    else createReadStream(file).pipe(response);
  });
}

/** Listens on a port, or on the next free one. @returns the port */
export async function listenOn(server: Server, port: number, tries = 50): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || tries === 0 || port === 0) throw error;
    return listenOn(server, port + 1, tries - 1);
  }
  const address = server.address();
  return typeof address === "object" && address ? address.port : port;
}
