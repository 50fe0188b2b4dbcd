/**
 * A pane at the right with the variables of the notebook or console in front, as chainrule's kernel lists them. What it
 * shows is loaded when it is first opened.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILayoutRestorer } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IMainMenu } from "@jupyterlab/mainmenu";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { variableIcon } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import { Panel } from "@lumino/widgets";

const command = "chainrule:show-variables";

/** An empty panel that is filled when it is first shown. */
class LatePanel extends Panel {
  readonly #fill: () => Promise<void>;
  #isFilled = false;

  constructor(fill: () => Promise<void>) {
    super();
    this.#fill = fill;
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    if (this.#isFilled) return;
    this.#isFilled = true;
    this.#fill().then(
      // Its style sheet has come with it, and says how wide it must be.
      () => this.parent?.fit(),
      (error: unknown) => {
        this.#isFilled = false;
        console.error(error);
      },
    );
  }
}

function activate(
  app: JupyterFrontEnd,
  rendermime: IRenderMimeRegistry,
  palette: ICommandPalette | null,
  menu: IMainMenu | null,
  restorer: ILayoutRestorer | null,
): void {
  const { shell, commands } = app;
  const panel = new LatePanel(async () => {
    const { VariablesPane } = await import("./pane.js");
    panel.addWidget(new VariablesPane(shell, rendermime));
  });
  panel.id = "chainrule-variables";
  panel.node.setAttribute("role", "region");
  panel.node.setAttribute("aria-label", "Variables");
  panel.title.icon = variableIcon;
  panel.title.caption = "Variables";
  shell.add(panel, "right", { rank: 650, type: "Variables" });
  restorer?.add(panel, panel.id);

  commands.addCommand(command, {
    label: "Variables",
    caption: "Show the variables of the notebook in front",
    icon: variableIcon,
    describedBy: { args: { type: "object", properties: {} } },
    execute: () => shell.activateById(panel.id),
  });
  palette?.addItem({ command, category: "Kernel Operations" });
  menu?.viewMenu.addGroup([{ command }], 15);
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:variables",
  description: "Lists the kernel's variables.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [ICommandPalette, IMainMenu, ILayoutRestorer],
  activate,
};

export default plugin;
