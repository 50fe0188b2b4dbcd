/** The plugins that are ours. */
import cellExecutor from "./cell-executor.js";
import course from "./course.js";
import diagnostics from "./diagnostics.js";
import terminals from "./terminals.js";
import typescript from "./typescript.js";
import variables from "./variables/index.js";

export default [cellExecutor, course, diagnostics, terminals, typescript, variables];
