/** Builds the named targets (`cli`, `test`, `lib`), each only if its inputs have changed; resolves to those that were built. */
export function build(names?: string[], options?: { force?: boolean }): Promise<string[]>;
/** The program that begins at `entry` (a source file, relative to the checkout), as the text of one CommonJS file. */
export function bundleProgram(entry: string, options: { faults: boolean }): Promise<Uint8Array>;
