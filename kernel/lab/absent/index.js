/** Stands for a package that the front end names and never uses, so that nobody downloads it. */
export default undefined;
