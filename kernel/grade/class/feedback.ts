/** The reports of a class as an archive that Canvas or Moodle takes back: each goes to the student whose submission it is of. */
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { Zip, ZipDeflate } from "fflate";

/**
 * Writes the archive, one report at a time: a class's reports together would not fit into the memory.
 * @param reports the file of each report, by its name in the archive
 */
export function writeFeedback(archive: string, reports: ReadonlyMap<string, string>): void {
  const out = openSync(archive, "w");
  try {
    const zip = new Zip((error, chunk) => {
      if (error) throw error;
      writeSync(out, chunk);
    });
    for (const [name, file] of reports) {
      const entry = new ZipDeflate(name);
      zip.add(entry);
      entry.push(readFileSync(file), true);
    }
    zip.end();
  } finally {
    closeSync(out);
  }
}
