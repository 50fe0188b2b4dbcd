/** Starts JupyterLab's application on the page, with the plugins that the build chose and our own. */
import "./public-path.js";
import { JupyterLab } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { PluginRegistry } from "@lumino/coreutils";
import type { IPlugin } from "@lumino/coreutils";
import { disabled, mimes, plugins } from "chosen";
import type { PackageModule } from "chosen";
import own, { ownMimes } from "../extensions/index.js";
import { isSite, replaced, sitePlugins } from "../extensions/site.js";

type Plugin = IPlugin<JupyterLab, unknown>;

/** What a package gives: one, or a list, as its default export. */
function given<T>(modules: readonly PackageModule<T>[]): T[] {
  return modules.flatMap((module) => module.default);
}

function isWanted({ id }: { readonly id: string }): boolean {
  if (isSite && replaced.includes(id)) return false;
  return !disabled.includes(id) && !PageConfig.Extension.isDisabled(id);
}

async function start(): Promise<void> {
  const all: Plugin[] = [...given(plugins), ...own, ...(isSite ? (sitePlugins as readonly Plugin[]) : [])];
  const registry = new PluginRegistry<JupyterLab>();
  registry.registerPlugins(all.filter(isWanted));
  const connectionStatus = await registry.resolveOptionalService(IConnectionStatus);
  const app = new JupyterLab({
    pluginRegistry: registry,
    serviceManager: await registry.resolveRequiredService(IServiceManager),
    ...(connectionStatus ? { connectionStatus } : {}),
    // Told by the mark of a compiled module that it is one.
    mimeExtensions: [...given<IRenderMime.IExtension>(mimes), ...ownMimes]
      .filter(isWanted)
      .map((extension) => Object.assign({ default: extension }, { __esModule: true })),
    availablePlugins: all.map((plugin) => ({
      id: plugin.id,
      description: plugin.description ?? "",
      requires: plugin.requires ?? [],
      optional: plugin.optional ?? [],
      provides: plugin.provides ?? null,
      autoStart: plugin.autoStart ?? false,
      extension: plugin.id.split(":")[0]!,
      enabled: isWanted(plugin),
    })),
  });
  if (PageConfig.getOption("exposeAppInBrowser") === "true") Object.assign(globalThis, { jupyterapp: app });
  await app.start({ bubblingKeydown: true });
  await app.restored;
  performance.mark("chainrule:restored");
}

start().catch((error: unknown) => {
  console.error(error);
  const text = document.createElement("pre");
  text.textContent = `The notebook could not start. Reload the page; if that does not help, please report this:\n\n${
    error instanceof Error ? (error.stack ?? error.message) : String(error)
  }`;
  document.body.replaceChildren(text);
});
