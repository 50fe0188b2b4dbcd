/** Signal processing: spectra of filters, mel frames of sounds. */
export { hertzToMel, logMel, melToHertz, type LogMelOptions } from "./mel.js";
export { spectrum, strongestWave, type Wave } from "./spectrum.js";
