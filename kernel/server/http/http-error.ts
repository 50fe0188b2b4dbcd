/** An answer that says no: a status and a sentence for the person who asked. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/**
 * What a failed operation on a file means to the one who asked; anything unknown stays as it is.
 * @param name the file as the asker names it
 */
export function fileProblem(error: unknown, name: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  const found = typeof code === "string" ? PROBLEMS[code] : undefined;
  return found ? new HttpError(found[0], `${name || "The folder"} ${found[1]}`, { cause: error }) : error;
}

const PROBLEMS: Readonly<Record<string, readonly [status: number, sentence: string]>> = {
  ENOENT: [404, "does not exist."],
  ENOTDIR: [404, "does not exist."],
  EACCES: [403, "may not be touched: permission denied."],
  EPERM: [403, "may not be touched: permission denied."],
  EROFS: [403, "lies on a disk that can only be read."],
  ENOSPC: [507, "was not saved: the disk is full. The file is as it was before."],
  EDQUOT: [507, "was not saved: your share of the disk is full. The file is as it was before."],
  EFBIG: [
    507,
    "was not saved: it is larger than this disk or your limits allow. The file is as it was before.",
  ],
  ENAMETOOLONG: [400, "has a name that is too long for this disk."],
  EISDIR: [400, "is a folder."],
  EEXIST: [409, "exists already."],
  ENOTEMPTY: [400, "is a folder with something in it."],
};
