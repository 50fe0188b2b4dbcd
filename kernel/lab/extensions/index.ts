/** The plugins that are ours. */
import course from "./course.js";
import typescript from "./typescript.js";

export default [course, typescript];
