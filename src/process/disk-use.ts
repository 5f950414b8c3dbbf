/** How much room folders take, as `du` counts it. */
import type { ChildProcess } from "node:child_process";
import { ChildStartError, startChild } from "./child.ts";

/** More at once only make the disk seek. */
const AT_ONCE = 4;

/** Bytes on disk, in the order of `paths`; null for a folder that is gone, or was not counted within `timeoutMs` (for all of them together). */
export async function diskUse(
  paths: readonly string[],
  timeoutMs: number,
  env: NodeJS.ProcessEnv,
): Promise<(number | null)[]> {
  const deadline = performance.now() + timeoutMs;
  const sizes: (number | null)[] = paths.map(() => null);
  const queue = [...paths.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, path] = next;
      const left = Math.ceil(deadline - performance.now());
      if (left <= 0) return;
      sizes[index] = await measure(path, left, env);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, work));
  return sizes;
}

async function measure(path: string, timeoutMs: number, env: NodeJS.ProcessEnv): Promise<number | null> {
  let child: ChildProcess;
  try {
    // POSIX: kilobytes, a tab, the path. What may not be read is left out, which is no reason to have no number.
    child = await startChild("du", ["-sk", path], {
      env: { ...env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch (error) {
    if (error instanceof ChildStartError) return null;
    throw error;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, null);
  });
  const size = await Promise.race([outputOf(child), late]);
  clearTimeout(timer);
  if (size !== null) return /^\d+\s/.test(size) ? Number.parseInt(size, 10) * 1024 : null;
  // On a file system that hangs it cannot even be killed; we must not wait for it in the end either.
  child.kill("SIGKILL");
  child.stdout?.destroy();
  child.unref();
  return null;
}

function outputOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
    child.once("close", () => resolve(text));
  });
}
