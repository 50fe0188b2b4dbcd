/** Names of files, as POSIX writes them. A relative one starts at the root: a browser has no working folder. */

export function resolve(...parts: string[]): string {
  const whole = parts.reduce((path, part) => (part.startsWith("/") ? part : `${path}/${part}`), "");
  const kept: string[] = [];
  for (const part of whole.split("/")) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  return `/${kept.join("/")}`;
}

export function join(...parts: string[]): string {
  return normalize(parts.filter((part) => part !== "").join("/"));
}

export function normalize(path: string): string {
  if (path.startsWith("/")) return resolve(path);
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === ".." && kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  return kept.join("/") || ".";
}

export function dirname(path: string): string {
  const at = path.lastIndexOf("/");
  if (at < 0) return ".";
  return path.slice(0, at) || "/";
}

export function relative(from: string, to: string): string {
  const [here, there] = [from, to].map((path) => resolve(path).split("/").filter(Boolean));
  let shared = 0;
  while (shared < here!.length && here![shared] === there![shared]) shared++;
  return [...here!.slice(shared).map(() => ".."), ...there!.slice(shared)].join("/");
}
