/** The folder that relative paths begin at, for packages that ask Node's process for it. */
export const cwd = (): string => "/";
