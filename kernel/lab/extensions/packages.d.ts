/** Packages without types. */
declare module "anywidget";
