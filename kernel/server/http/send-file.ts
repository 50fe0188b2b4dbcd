/** A file as an answer: streamed, compressed in advance where a compressed one lies beside it, not sent twice. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { fileProblem, HttpError } from "./http-error.js";
import { contentType } from "./media-types.js";
import type { Answer } from "./router.js";

export interface SendOptions {
  /** The request's headers. */
  readonly asked: IncomingHttpHeaders;
  /** The file's name for the one who asked. */
  readonly name: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Its name changes when its content does, so that a browser need not ask again. */
  readonly lasting?: boolean;
  /** Take FILE.br or FILE.gz when it is there. */
  readonly compressed?: boolean;
}

const ENCODINGS = [
  { ending: ".br", name: "br" },
  { ending: ".gz", name: "gzip" },
];

/** @throws HttpError 404 when there is no such file, 400 for what is not a regular one */
export async function sendFile(file: string, options: SendOptions): Promise<Answer> {
  const { asked, name, headers = {}, lasting = false, compressed = false } = options;
  const accepted = String(asked["accept-encoding"] ?? "");
  const encodings = compressed ? ENCODINGS.filter((one) => accepted.includes(one.name)) : [];
  for (const encoding of encodings) {
    const made = await answer(file + encoding.ending).catch(() => undefined);
    if (made) return { ...made, headers: { ...made.headers, "Content-Encoding": encoding.name } };
  }
  return answer(file);

  async function answer(path: string): Promise<Answer> {
    const found = await stat(path).catch((error: unknown) => {
      throw fileProblem(error, name);
    });
    if (!found.isFile()) throw new HttpError(400, `${name} is not a file.`);
    const tag = `"${found.size.toString(36)}-${found.mtimeMs.toString(36)}"`;
    const shared = {
      ...headers,
      ETag: tag,
      "Cache-Control": lasting ? "public, max-age=31536000, immutable" : "no-cache",
      ...(compressed && { Vary: "Accept-Encoding" }),
    };
    if (asked["if-none-match"] === tag) return { status: 304, headers: shared };
    return {
      headers: { "Content-Type": contentType(file), "Content-Length": String(found.size), ...shared },
      body: createReadStream(path),
    };
  }
}
