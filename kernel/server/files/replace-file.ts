/** The one way in which this server writes a file: the old one or the new one, whatever happens meanwhile. */
import { access } from "node:fs/promises";
import { dirname } from "node:path";
import { writeFile } from "#host/files";

/** As the host writes a file, but for the folder: one that is not there is not made. */
export async function replaceFile(file: string, bytes: Uint8Array): Promise<void> {
  await access(dirname(file));
  await writeFile(file, bytes);
}
