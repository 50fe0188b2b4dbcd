/** The command `chainrule site`: from a folder of notebooks to a website. */
import { statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { FileError, makeFolderOf } from "../notebook/files.js";
import { ensureFrontEnd } from "../setup/front-end.js";
import { packageRoot } from "../setup/install.js";
import { siteData } from "./pack/data.js";
import { ensureKernel } from "./pack/ensure-kernel.js";
import { courseFiles, folderFiles } from "./pack/notebooks.js";
import { kernelManifest, packSite } from "./pack/pack.js";
import { sitePackages } from "./pack/packages.js";
import { listenOn, siteServer } from "./serve.js";

/** What stands in the command line. */
export interface SiteCommandOptions {
  readonly out: string;
  readonly serve?: boolean;
  readonly port: number;
  readonly base: string;
  /** Names of packages, and of data sets or their folders, each list with commas between. */
  readonly with?: string;
  readonly data?: string;
}

export interface SiteConsole {
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
}

/**
 * Makes a website, and shows it when that is asked for.
 * @throws FileError for a folder that is not there or holds no notebook, and for packages and data that are not here
 * @throws InstallError when the package was not built
 */
export async function siteCommand(
  folder: string | undefined,
  options: SiteCommandOptions,
  { print, warn }: SiteConsole,
): Promise<void> {
  const root = packageRoot();
  const out = resolve(options.out);
  // A place where nothing can be written is told before minutes of work.
  makeFolderOf(out);
  const lab = process.env.CHAINRULE_LAB ?? (await ensureFrontEnd(root, warn));
  const kernel = await ensureKernel(root);
  const place = folder === undefined ? undefined : resolve(folder);
  if (place !== undefined && !statSync(place, { throwIfNoEntry: false })?.isDirectory())
    throw new FileError(`site: there is no folder ${folder}.`);
  const files = place === undefined ? courseFiles(join(root, "notebooks")) : folderFiles(place, out, warn);
  const title = place === undefined ? "chainrule" : basename(place);
  const data = listed(options.data).map(siteData);
  const packages = await sitePackages(
    listed(options.with),
    place ?? process.cwd(),
    kernelManifest(kernel).site.modules,
  );
  for (const name of packages.untyped)
    warn(`${name} has no types (and no package of @types is installed): cells see it as any.`);
  const { notebooks, bytes } = await packSite({ lab, kernel, out, title, files, packages, data });
  print(
    `website: ${options.out} (${notebooks} notebooks, ${(bytes / 1e6).toFixed(1)} MB); any static host serves it`,
  );
  if (!options.serve) return;
  const base = `/${options.base}/`.replace(/\/+/g, "/");
  const port = await listenOn(siteServer(out, base), options.port);
  print(`http://localhost:${port}${base} (Ctrl-C ends it)`);
}

function listed(given: string | undefined): string[] {
  return (given ?? "").split(",").flatMap((one) => one.trim() || []);
}
