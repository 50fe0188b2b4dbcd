/** `chainrule grade --review`: serves the page on which a person marks, to this machine alone, until it is ended. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readSheet, writeSheet } from "../../grade/by-hand/sheet.js";
import { GradeError } from "../../grade/sources.js";
import { packageRoot } from "../../setup/install.js";
import { openBrowser } from "../browser.js";
import { HttpError } from "../http/http-error.js";
import { listen } from "../server.js";
import { stateFolderPath } from "../state-folder.js";
import { Desk } from "./desk.js";
import { reviewRoutes } from "./routes.js";

export interface ReviewCommandOptions {
  /** The folder of the grades. */
  readonly out: string;
  /** Names are kept from the page. */
  readonly anonymous: boolean;
  /** Opens the page in the browser. */
  readonly browser: boolean;
}

export interface ReviewConsole {
  print(line: string): void;
  warn(line: string): void;
}

/**
 * Serves until the process gets a signal; then the marks are written as a table.
 * @throws GradeError when nothing was graded in the folder, or what was kept is damaged
 */
export async function reviewCommand(
  { out, anonymous, browser }: ReviewCommandOptions,
  { print, warn }: ReviewConsole,
): Promise<void> {
  const folder = resolve(out);
  if (!existsSync(join(folder, "record")))
    throw new GradeError(
      `${folder} has no grades yet; grade with --out or --report first, or name its folder with --out.`,
    );
  const taken = readSheet(folder);
  if (taken > 0) warn(`${taken} answers marked in ${join(folder, "by-hand.csv")}: taken over`);
  const token = randomBytes(24).toString("hex");
  const desk = new Desk(folder, anonymous, randomBytes(16).toString("hex"));
  // What cannot be read is said now and not to the page.
  desk.parts();
  const { server, port } = await listen({
    ...{ ip: "127.0.0.1", port: 0, base: "/", token, isNewToken: true, isOpen: false, hosts: [] },
    key: randomBytes(24).toString("hex"),
    routes: reviewRoutes(desk, join(packageRoot(), "dist")),
    upgrade: () => {
      throw new HttpError(404, "There is nothing at this address.");
    },
    log: warn,
  });
  const ended = new Promise<void>((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => done());
  });
  const address = `http://127.0.0.1:${port}/?token=${token}`;
  print(address);
  const forget = browser ? openBrowser(address, stateFolderPath(), warn) : () => {};
  await ended;
  forget();
  server.close();
  server.closeAllConnections();
  writeSheet(folder);
  warn("The marks are kept. Give the grading command again to put them into reports and tables.");
}
