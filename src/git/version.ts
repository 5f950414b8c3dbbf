import { ChildStartError, runChild } from "../process/child.ts";

/** Version of the git on the PATH of `env`, such as `2.39.5`; null if there is none. */
export async function gitVersion(env: NodeJS.ProcessEnv): Promise<string | null> {
  try {
    const { stdout } = await runChild("git", ["--version"], { env });
    // "git version 2.39.5 (Apple Git-154)"
    return /(\d+(?:\.\d+)+)/.exec(stdout.toString("utf8"))?.[1] ?? null;
  } catch (error) {
    if (error instanceof ChildStartError) return null;
    throw error;
  }
}
