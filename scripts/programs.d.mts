/** Installs what is missing, where that is possible, and returns the programs that are still missing. */
export function ensurePrograms(): string[];
/** Whether a program of that name is on the PATH. */
export function hasProgram(name: string): boolean;
