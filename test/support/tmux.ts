/** A real terminal: a pane of a tmux server of the test's own. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { onCleanup } from "./cleanup.ts";
import { runId } from "./leftovers.ts";
import type { Environment } from "./process.ts";
import { makeTempDir } from "./temp.ts";
import { waitFor } from "./wait.ts";

const run = promisify(execFile);

export interface Pane {
  /** Types text as it is. */
  type(text: string): Promise<void>;
  /** Presses keys by their tmux names: `Enter`, `Tab`, `C-c`. */
  press(...keys: string[]): Promise<void>;
  /** Types a line and presses Enter. */
  enter(line: string): Promise<void>;
  /** What is on the screen, without spaces and empty lines at the ends. */
  screen(): Promise<string>;
  /** Waits until the screen contains the text or matches, and returns the screen. */
  see(what: string | RegExp): Promise<string>;
  /** Takes the terminal away, as closing its window does. */
  close(): Promise<void>;
  /** Name of the server's socket, for `tmux -S`. */
  socket: string;
}

/** Starts a program in a terminal of 100 × 30. */
export async function openPane(
  command: readonly string[],
  {
    cwd,
    env = {},
    width = 100,
    height = 30,
  }: { cwd?: string; env?: Environment; width?: number; height?: number } = {},
): Promise<Pane> {
  const socket = join(makeTempDir("incr-tmux-"), "socket");
  const variables: Record<string, string | undefined> = {
    ...process.env,
    INCR_TEST_RUN: runId,
    TERM: "xterm-256color",
    ...env,
  };
  const tmux = async (...args: string[]) =>
    (await run("tmux", ["-S", socket, "-f", "/dev/null", ...args], { env: variables })).stdout;
  await tmux(
    "new-session",
    "-d",
    "-x",
    String(width),
    "-y",
    String(height),
    ...(cwd === undefined ? [] : ["-c", cwd]),
    ...command,
  );
  onCleanup(async () => {
    await tmux("kill-server").catch(() => undefined);
  });
  const pane: Pane = {
    socket,
    type: async (text) => void (await tmux("send-keys", "-l", "--", text)),
    close: async () => void (await tmux("kill-server")),
    press: async (...keys) => void (await tmux("send-keys", ...keys)),
    async enter(line) {
      await pane.type(line);
      await pane.press("Enter");
    },
    screen: async () => (await tmux("capture-pane", "-p")).trimEnd(),
    async see(what) {
      let last = "";
      return waitFor(`the screen to show ${what}`, async () => {
        last = await pane.screen();
        return (typeof what === "string" ? last.includes(what) : what.test(last)) ? last : undefined;
      }).catch((error: unknown) => {
        throw new Error(`${(error as Error).message}; it shows:\n${last}`);
      });
    },
  };
  return pane;
}
