/** What the server keeps for its user between two starts: settings, layouts, a secret, which notebooks are trusted. */
import { randomBytes, randomUUID } from "node:crypto";
import { chmodSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { HttpError } from "./http/http-error.js";
import { makeFolder } from "#host/folders";

export class StateFolder {
  readonly path: string;

  /** Makes the folder, for its user alone. */
  constructor(path: string) {
    this.path = path;
    makeFolder(path, 0o700);
    // One that was there before may be open to others.
    if (process.platform !== "win32") chmodSync(path, 0o700);
  }

  /** @param name any text; @returns undefined when nothing is kept under it */
  read(drawer: string, name: string): string | undefined {
    try {
      return readFileSync(this.#file(drawer, name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** Whole or not at all: others read while this writes. */
  write(drawer: string, name: string, text: string): void {
    const file = this.#file(drawer, name);
    makeFolder(dirname(file), 0o700);
    const temporary = join(dirname(file), `${randomUUID()}.part`);
    try {
      writeFileSync(temporary, text, { mode: 0o600 });
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** @returns whether there was something */
  remove(drawer: string, name: string): boolean {
    try {
      rmSync(this.#file(drawer, name));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
  }

  names(drawer: string): string[] {
    let files: string[];
    try {
      files = readdirSync(join(this.path, drawer));
    } catch {
      return [];
    }
    return files
      .filter((one) => one.endsWith(ENDING))
      .map((one) => decodeURIComponent(one.slice(0, -ENDING.length)));
  }

  /** A secret that stays. */
  key(): string {
    const kept = this.read("secrets", "key");
    if (kept) return kept;
    const made = randomBytes(32).toString("hex");
    this.write("secrets", "key", made);
    return made;
  }

  #file(drawer: string, name: string): string {
    // Letters, digits and % are all that is left of a name: it cannot lead elsewhere.
    const encoded = encodeURIComponent(name).replace(
      /[.*~!'()]/g,
      (one) => `%${one.charCodeAt(0).toString(16)}`,
    );
    if (encoded.length > 200) throw new HttpError(400, "This name is too long to be kept.");
    return join(this.path, drawer, encoded + ENDING);
  }
}

const ENDING = ".json";

/** Where the state of this user lies, unless CHAINRULE_STATE names a folder. */
export function stateFolderPath(env = process.env, platform = process.platform, home = homedir()): string {
  if (env.CHAINRULE_STATE) return env.CHAINRULE_STATE;
  if (platform === "win32") return join(env.APPDATA ?? join(home, "AppData", "Roaming"), "chainrule");
  if (platform === "darwin") return join(home, "Library", "Application Support", "chainrule");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "chainrule");
}
