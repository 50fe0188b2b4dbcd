/** The whole server: its rooms put together, started and stopped. */
import { basename } from "node:path";
import { Course } from "./course/course.js";
import { Events } from "./events.js";
import { Checkpoints } from "./files/checkpoints.js";
import { Contents } from "./files/contents.js";
import { Models } from "./files/models.js";
import { RootFolder } from "./files/root-folder.js";
import { Trust } from "./files/trust.js";
import { reportActivity } from "./hub/activity.js";
import { HubGate } from "./hub/hub-gate.js";
import type { Hub } from "./hub/surroundings.js";
import { Kernels } from "./kernels/kernels.js";
import { Sessions } from "./kernels/sessions.js";
import { WebSockets } from "./kernels/web-sockets.js";
import { aboutRoutes } from "./routes/about.js";
import { configRoutes } from "./routes/config.js";
import { contentsRoutes } from "./routes/contents.js";
import { courseRoutes } from "./routes/course.js";
import { exportRoutes } from "./routes/export.js";
import { frontEndRoutes } from "./routes/front-end.js";
import { kernelRoutes, placeOfKernel } from "./routes/kernels.js";
import { terminalRoutes } from "./routes/terminals.js";
import { listen } from "./server.js";
import { StateFolder } from "./state-folder.js";
import { findPty, PTY_INSTALL } from "./terminals/pty.js";
import type { StartPty } from "./terminals/pty.js";
import { Terminals } from "./terminals/terminals.js";

export interface LabOptions {
  /** The folder that is served. */
  readonly root: string;
  /** The built front end. */
  readonly bundle: string;
  /** The folder of the course's notebooks; one that is not there: no course. */
  readonly course: string;
  /** The path of the notebook that is opened first, below the root; none unless given. */
  readonly opens?: string | undefined;
  /** Where settings and secrets of this user are kept. */
  readonly state: string;
  readonly ip: string;
  /** 0: any that is free. */
  readonly port: number;
  /** The path that everything is below: "/" or "/user/ada/". */
  readonly base: string;
  /** Empty: whoever reaches the server may use it. */
  readonly token: string;
  /** Whether the token is another one at each start. */
  readonly isNewToken: boolean;
  /** Whether other machines may reach it. */
  readonly isOpen: boolean;
  /** Host names, apart from localhost, that it answers to. */
  readonly hosts: readonly string[];
  readonly followLinks: boolean;
  /** Starts the shells of terminals, or undefined for no terminals; the machine's own way unless given. */
  readonly startPty?: StartPty | undefined;
  /** Where the connection files of kernels go, for other programs to attach; none unless given. */
  readonly connectionFolder?: string | undefined;
  /** Seconds after which an idle kernel without a page is ended. */
  readonly cullAfter?: number | undefined;
  /** The JupyterHub that started this server, and says who may come in; then the token counts for nothing. */
  readonly hub?: Hub | undefined;
  readonly log: (line: string) => void;
  /** Somebody asks over the interface that the server ends. */
  readonly stop: () => void;
}

export interface Lab {
  readonly port: number;
  readonly kernels: Kernels;
  readonly terminals: Terminals;
  /** Starts a kernel for the notebook that is opened first, or for one in the root, before its page asks for it. */
  prepareKernel(): void;
  /** Ends kernels and terminals, says goodbye to pages, and listens no more. */
  close(): Promise<void>;
}

/** @throws when the folder is not there or the port is taken */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { base, log, bundle, stop, cullAfter, connectionFolder, followLinks, hub } = options;
  const state = new StateFolder(options.state);
  const root = await RootFolder.open(options.root, { followLinks, withheld: [state.path] });
  const trust = new Trust(state);
  const models = new Models(root, trust);
  const checkpoints = new Checkpoints(root);
  const contents = new Contents(root, models, checkpoints, trust);
  const course = new Course(options.course, root, trust);
  const events = new Events();
  const kernels = new Kernels({
    log,
    cullAfter,
    connectionFolder,
    tell: (action, kernel) => events.kernel(action, kernel),
  });
  const sessions = new Sessions(kernels, (path) => placeOfKernel(root, path));
  const first = await placeOfKernel(root, options.opens ?? "");
  const terminals = new Terminals("startPty" in options ? options.startPty : findPty());
  const sockets = new WebSockets(kernels, terminals, events);
  const activity = (): { kernels: number; connections: number; last: Date } => {
    const all = kernels.all();
    const last = Math.max(
      events.last.getTime(),
      ...[...all, ...terminals.all()].map((one) => one.lastActivity.getTime()),
    );
    const connections = all.reduce((sum, one) => sum + one.model.connections, 0);
    return { kernels: all.length, connections, last: new Date(last) };
  };
  const { server, port } = await listen({
    ...options,
    entrance: hub && new HubGate(hub),
    key: state.key(),
    upgrade: (...how) => sockets.open(...how),
    routes: [
      ...contentsRoutes({ base, root, models, contents, checkpoints, course, events }),
      ...kernelRoutes({ base, root, kernels, sessions }),
      ...courseRoutes(course),
      ...configRoutes(state),
      ...exportRoutes(root),
      ...aboutRoutes({ activity, stop, events, user: hub?.user }),
      ...terminalRoutes(root, terminals),
      ...frontEndRoutes({
        base,
        state,
        bundle,
        folder: basename(root.path),
        hasCourse: course.isThere,
        terminalsInstall: terminals.isThere ? undefined : PTY_INSTALL,
        hub,
      }),
    ],
  });
  const endReports = hub && reportActivity({ hub, last: () => activity().last, log });
  return {
    port,
    kernels,
    terminals,
    prepareKernel: () => kernels.prepare(first.cwd),
    close: async () => {
      endReports?.();
      const closed = new Promise((resolve) => server.close(resolve));
      terminals.close();
      await kernels.close();
      sockets.close();
      server.closeIdleConnections();
      // What does not end by itself does not keep the others waiting.
      const timer = setTimeout(() => server.closeAllConnections(), 500);
      await closed;
      clearTimeout(timer);
    },
  };
}
