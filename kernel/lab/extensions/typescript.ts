/**
 * TypeScript as a language of the page: under the name that kernels give it (JupyterLab knows application/typescript
 * alone), and as a file that one can begin from the launcher.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IEditorLanguageRegistry } from "@jupyterlab/codemirror";
import { ILauncher } from "@jupyterlab/launcher";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:typescript",
  description: "Knows TypeScript by its names, and offers files of it.",
  autoStart: true,
  requires: [IEditorLanguageRegistry],
  optional: [ILauncher],
  activate: (_app: JupyterFrontEnd, languages: IEditorLanguageRegistry, launcher: ILauncher | null) => {
    languages.addLanguage({
      name: "TypeScript in cells",
      mime: ["text/typescript", "text/x-typescript"],
      extensions: ["mts", "cts"],
      load: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
    });
    launcher?.add({
      command: "fileeditor:create-new",
      args: {
        fileExt: "ts",
        iconName: "ui-components:text-editor",
        launcherLabel: "TypeScript File",
        paletteLabel: "New TypeScript File",
        caption: "Create a new TypeScript file, which cells can import",
      },
      category: "Other",
      rank: 1.5,
    });
  },
};

export default plugin;
