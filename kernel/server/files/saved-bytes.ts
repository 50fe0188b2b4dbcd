/** What a page wants to save, as the bytes of a file. */
import { checkNotebook, formatNotebook, NotebookFormatError } from "../../notebook/format.js";
import { HttpError } from "../http/http-error.js";

export interface Saved {
  readonly type: unknown;
  readonly format?: unknown;
  readonly content: unknown;
}

/** @throws HttpError 400 saying what is wrong with it */
export function savedBytes(path: string, { type, format, content }: Saved): Buffer {
  if (type === "notebook") return Buffer.from(notebookText(path, content));
  if (format === "base64") {
    if (typeof content !== "string" || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(content))
      throw new HttpError(400, `${path} was not saved: its content is not base64.`);
    return Buffer.from(content, "base64");
  }
  if (format === "text" && typeof content === "string") return Buffer.from(content);
  if (format === "json" || format === undefined || format === null)
    return Buffer.from(typeof content === "string" ? content : JSON.stringify(content ?? null, undefined, 2));
  throw new HttpError(
    400,
    `${path} was not saved: the formats of its content are "text", "base64" and "json".`,
  );
}

function notebookText(path: string, content: unknown): string {
  try {
    // A page's window may hold a notebook as text when it opened it in the text editor.
    return formatNotebook(checkNotebook(typeof content === "string" ? JSON.parse(content) : content, path));
  } catch (error) {
    if (error instanceof NotebookFormatError || error instanceof SyntaxError)
      throw new HttpError(400, `${error.message} It was not saved.`, { cause: error });
    if (error instanceof RangeError)
      throw new HttpError(400, `${path} is nested too deeply; it was not saved.`, { cause: error });
    throw error;
  }
}
