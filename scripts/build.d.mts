/** Builds the named targets (`cli`, `test`, `lib`), each only if its inputs have changed; resolves to those that were built. */
export function build(names?: string[], options?: { force?: boolean }): Promise<string[]>;
