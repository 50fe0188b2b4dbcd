/** What a JupyterHub that starts this server says in the environment; docs: JupyterHub's "single-user server" contract. */
import { FileError } from "../../notebook/files.js";

export interface Hub {
  /** Whose server this is. */
  readonly user: string;
  /** The server's name among this user's; empty for the usual one. */
  readonly server: string;
  /** The path that everything is below: "/user/ada/". */
  readonly prefix: string;
  readonly ip: string;
  readonly port: number;
  /** Where the hub answers programs, without a slash at the end. */
  readonly api: string;
  /** The server's own token for the hub, which is also its secret in the OAuth exchange. */
  readonly token: string;
  readonly clientId: string;
  /** Where the hub sends a browser back to: an address, or a path of the hub's host. */
  readonly callback: string;
  /** The hub for browsers: its host ("https://hub.example", or empty for the same as ours) and path ("/"). */
  readonly host: string;
  readonly base: string;
  /** One of these must be among the scopes of whoever wants in. */
  readonly scopes: readonly string[];
  readonly activityUrl: string | undefined;
  /** Between two reports of activity, in milliseconds. */
  readonly activityInterval: number;
  /** The folder to serve, and the page to begin with, when the hub's administrator says them. */
  readonly root: string | undefined;
  readonly defaultUrl: string | undefined;
}

/**
 * @returns undefined when no hub has started this
 * @throws FileError when what it says cannot be followed
 */
export function hubOf(env: NodeJS.ProcessEnv): Hub | undefined {
  const prefix = env.JUPYTERHUB_SERVICE_PREFIX;
  if (!prefix || !env.JUPYTERHUB_API_TOKEN) return undefined;
  const need = (name: string, other?: string): string => {
    const value = env[name] || (other === undefined ? undefined : env[other]);
    if (!value) throw new FileError(`lab: JupyterHub has started this and does not say ${name}.`);
    return value;
  };
  const user = need("JUPYTERHUB_USER");
  const server = env.JUPYTERHUB_SERVER_NAME ?? "";
  return {
    user,
    server,
    prefix: `/${prefix}/`.replace(/\/+/g, "/"),
    ...whereToListen(need("JUPYTERHUB_SERVICE_URL")),
    api: need("JUPYTERHUB_API_URL").replace(/\/+$/, ""),
    token: env.JUPYTERHUB_API_TOKEN,
    clientId: need("JUPYTERHUB_CLIENT_ID"),
    callback: env.JUPYTERHUB_OAUTH_CALLBACK_URL || `/${prefix}/oauth_callback`.replace(/\/+/g, "/"),
    host: env.JUPYTERHUB_HOST ?? "",
    base: env.JUPYTERHUB_BASE_URL || "/",
    scopes: scopesOf(env.JUPYTERHUB_OAUTH_ACCESS_SCOPES || env.JUPYTERHUB_OAUTH_SCOPES) ?? [
      `access:servers!server=${user}/${server}`,
      `access:servers!user=${user}`,
    ],
    activityUrl: env.JUPYTERHUB_ACTIVITY_URL || undefined,
    activityInterval: (Number(env.JUPYTERHUB_ACTIVITY_INTERVAL) || 300) * 1000,
    root: env.JUPYTERHUB_ROOT_DIR || undefined,
    defaultUrl: env.JUPYTERHUB_DEFAULT_URL || undefined,
  };
}

/** "http://127.0.0.1:8888/user/ada/"; without a host, all of this machine's. */
function whereToListen(url: string): { ip: string; port: number } {
  const found = /^http:\/\/(?<ip>\[[\da-f:]+\]|[^:/]*):(?<port>\d+)(\/|$)/i.exec(url);
  const port = Number(found?.groups?.port);
  if (!found || !(port > 0 && port < 65536))
    throw new FileError(
      `lab: JupyterHub wants a server at ${url}; this one listens to http://ADDRESS:PORT alone (no certificates between hub and server, no sockets of files).`,
    );
  return { ip: found.groups!.ip!.replace(/^\[(.*)\]$/, "$1") || "0.0.0.0", port };
}

function scopesOf(text: string | undefined): string[] | undefined {
  try {
    const list: unknown = JSON.parse(text ?? "");
    return Array.isArray(list) && list.length > 0 ? list.map(String) : undefined;
  } catch {
    return undefined;
  }
}
