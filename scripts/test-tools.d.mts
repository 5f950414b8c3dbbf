export type TestTool = "bun" | "node22" | "claude" | "codex" | "opencode";
/** Absolute path of a tool's program, after installing it into .cache/tools if it is not there (seconds, needs the npm registry). */
export function testTool(tool: TestTool): Promise<string>;
/** The same if it is there already, else undefined. */
export function installedTool(tool: TestTool): string | undefined;
