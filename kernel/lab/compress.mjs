/** Writes a compressed copy beside each file of text that a page loads, so that no server has to compress it. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const toBrotli = promisify(brotliCompress);
const toGzip = promisify(gzip);

/** Bytes below which nothing is gained. */
const SMALL = 1_000;
/** Brotli's best quality but two: the last two take ten times as long for some percent. */
const QUALITY = 9;

/**
 * FILE.br and FILE.gz for each script, style sheet and picture of a folder; browsers take Brotli from a secure place alone.
 *
 * @param {string} folder
 */
export async function compressAll(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile() && /\.(js|css|svg)$/.test(one.name));
  for (const { parentPath, name } of files) {
    const file = join(parentPath, name);
    const bytes = await readFile(file);
    if (bytes.length < SMALL) continue;
    const quality = {
      params: { [constants.BROTLI_PARAM_QUALITY]: QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    };
    const [brotli, zipped] = await Promise.all([toBrotli(bytes, quality), toGzip(bytes, { level: 9 })]);
    await Promise.all([writeFile(`${file}.br`, brotli), writeFile(`${file}.gz`, zipped)]);
  }
}
