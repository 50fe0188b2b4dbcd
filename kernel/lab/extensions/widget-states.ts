/**
 * Keeps the states of the widgets that a notebook shows when it is saved, so that it shows them when it is opened again or reset, without
 * the kernel that made them. The setting of JupyterLab's widgets that does so marks a notebook as changed that was only opened, keeps
 * every widget that there ever was, and loses those that are not loaded yet.
 */
import { WidgetManager } from "@jupyter-widgets/jupyterlab-manager";
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { ICodeCellModel } from "@jupyterlab/cells";

const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";

/** A model as a notebook keeps it. */
interface Kept {
  readonly model_name: string;
}

type States = Readonly<Record<string, Kept>>;

/** What is under that name in a notebook's metadata. */
interface Saved {
  readonly version_major: number;
  readonly version_minor: number;
  readonly state: States;
}

/** Ends the name of a model that ties others together, and that is shown nowhere. */
const LINK = /LinkModel$/;

/** The models that a state or an output names. */
function named(value: unknown): string[] {
  const text = JSON.stringify(value) ?? "";
  return [...text.matchAll(/"IPY_MODEL_([^"]+)"|"model_id":"([^"]+)"/g)].map(
    (match) => match[1] ?? match[2]!,
  );
}

/** Those states that the models with the given names need, links between them included. */
function needed(states: States, shown: readonly string[]): States {
  const found = new Set<string>();
  const take = (names: readonly string[]): void => {
    for (const name of names) {
      if (found.has(name) || !states[name]) continue;
      found.add(name);
      take(named(states[name]));
    }
  };
  take(shown);
  for (const [name, state] of Object.entries(states))
    if (LINK.test(state.model_name) && named(state).some((one) => found.has(one))) take([name]);
  return Object.fromEntries(Object.entries(states).filter(([name]) => found.has(name)));
}

const codeCells = ({ context }: WidgetManager): ICodeCellModel[] =>
  [...context.model.cells].filter((cell): cell is ICodeCellModel => cell.type === "code");

/** The widgets that a cell's outputs show. */
const shownBy = ({ outputs }: ICodeCellModel): string[] =>
  outputs.toJSON().flatMap(({ data }) => named((data as Record<string, unknown> | undefined)?.[VIEW]));

function keep(manager: WidgetManager): void {
  const { model } = manager.context;
  const shown = codeCells(manager).flatMap(shownBy);
  const before = (model.getMetadata("widgets") as Record<string, Saved> | undefined)?.[STATE];
  const now = manager.get_state_sync({ drop_defaults: true }) as unknown as Saved;
  const state = needed({ ...before?.state, ...now.state }, shown);
  if (Object.keys(state).length > 0) model.setMetadata("widgets", { [STATE]: { ...now, state } });
  else if (before) model.deleteMetadata("widgets");
}

/** Shows the widgets of a notebook whose file has taken the place of what was open: another version, or a checkpoint. */
async function showAgain(manager: WidgetManager): Promise<void> {
  const unknown = codeCells(manager).filter((cell) => shownBy(cell).some((name) => !manager.has_model(name)));
  if (unknown.length === 0) return;
  const { model } = manager.context;
  await manager.restoreWidgets(model, { loadKernel: false, loadNotebook: true });
  const wasDirty = model.dirty;
  for (const cell of unknown)
    if (!cell.isDisposed && shownBy(cell).every((name) => manager.has_model(name)))
      cell.outputs.fromJSON(cell.outputs.toJSON());
  model.dirty = wasDirty;
}

const plugin: JupyterFrontEndPlugin<void> = {
  id: "chainrule:widget-states",
  description: "Keeps the widgets that a notebook shows when it is saved.",
  autoStart: true,
  activate: () => {
    const known = new WeakSet<WidgetManager>();
    // Called for each model that a manager gets; what it did was to mark the notebook as changed.
    WidgetManager.prototype.setDirty = function (this: WidgetManager): void {
      if (known.has(this)) return;
      known.add(this);
      const save = (_: unknown, state: string): void => {
        if (state === "started" && !this.isDisposed) keep(this);
      };
      this.context.saveState.connect(save);
      this.context.fileChanged.connect(() => void showAgain(this));
    };
  },
};

export default plugin;
