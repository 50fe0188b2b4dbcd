/** TypeScript under the name that kernels and files give it; JupyterLab knows it as application/typescript alone. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IEditorLanguageRegistry } from "@jupyterlab/codemirror";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:typescript",
  description: "Colours and indents TypeScript in cells.",
  autoStart: true,
  requires: [IEditorLanguageRegistry],
  activate: (_app: JupyterFrontEnd, languages: IEditorLanguageRegistry) => {
    languages.addLanguage({
      name: "TypeScript in cells",
      mime: ["text/typescript", "text/x-typescript"],
      extensions: ["mts", "cts"],
      load: async () => (await import("@codemirror/lang-javascript")).javascript({ typescript: true }),
    });
  },
};

export default plugin;
