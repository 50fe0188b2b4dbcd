/** Where the server could have terminals and has none, the launcher says how to get them. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Dialog, showDialog } from "@jupyterlab/apputils";
import { PageConfig } from "@jupyterlab/coreutils";
import { ILauncher } from "@jupyterlab/launcher";
import { terminalIcon } from "@jupyterlab/ui-components";

const command = "chainrule:get-terminals";

function activate({ commands }: JupyterFrontEnd, launcher: ILauncher | null): void {
  // Empty where there are terminals, and where nothing would help, as on a website.
  const install = PageConfig.getOption("terminalsInstall");
  if (install === "") return;
  commands.addCommand(command, {
    label: "Terminal",
    caption: `Not installed yet: ${install}`,
    icon: terminalIcon,
    describedBy: { args: { type: "object", properties: {} } },
    execute: () =>
      showDialog({
        title: "Terminals are not installed",
        body: `Stop the server, run "${install}" in the folder that you start it in, and start it again.`,
        buttons: [Dialog.okButton({ label: "Understood" })],
      }),
  });
  launcher?.add({ command, category: "Other", rank: 0 });
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:terminals",
  description: "Says how to get terminals where there are none.",
  autoStart: true,
  optional: [ILauncher],
  activate,
};

export default plugin;
