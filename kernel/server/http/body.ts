/** Reads a request's body, up to a limit. */
import type { IncomingMessage } from "node:http";
import { HttpError } from "./http-error.js";

/** The most that one request may bring: a file of three quarters of it in base64. The page sends larger ones in pieces. */
export const BODY_LIMIT = 256 * 2 ** 20;

/** @throws HttpError 413 for too much, 400 for what is not a JSON object */
export async function readJson(
  request: IncomingMessage,
  limit = BODY_LIMIT,
): Promise<Record<string, unknown>> {
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new HttpError(400, "The body of the request is not JSON.", { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new HttpError(400, "The body of the request is not a JSON object.");
  return value as Record<string, unknown>;
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  const tooMuch = () => new HttpError(413, `The request is larger than ${limit / 2 ** 20} MB.`);
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooMuch();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooMuch();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
