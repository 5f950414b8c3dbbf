/** Absolute path of a tool's program, after installing it into .cache/tools if it is not there (seconds, needs the npm registry). */
export function testTool(tool: "bun" | "node22"): Promise<string>;
