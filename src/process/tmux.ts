/**
 * tmux as terminals for our own programs: a server and a socket for each stream, so that nothing of a person's own tmux is touched and the environment is that
 * of the command which began. Panes are addressed by the ids that tmux gives, sessions by their exact name.
 */
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Pane, Terminals } from "../ports/conduct.ts";
import { ChildStartError, runChild } from "./child.ts";

export interface TmuxOptions {
  /** Name of the socket in tmux's own folder; of no other tmux. */
  socket: string;
  /** Of the session, for people. */
  session: string;
  /** How this program is started: its file, and what comes before the words. */
  self: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
}

/** What a lease or an agent's session marks its processes with: a server that carries it would be taken for one of them for ever. */
const OURS = /^INCR_/;
const MARKS = /^INCR_(?:LEASE_ID|WORKSPACE|SESSION_ID|TODO_ID|PORT|AGENT_SESSION_ID|STREAM)$/;

const TIMEOUT_MS = 10_000;

export function openTmux({ socket, session, self, cwd, env }: TmuxOptions): Terminals {
  const name = session.replaceAll(/[^\w/-]+/g, "_");
  // A tmux around us is somebody's own.
  const clean = Object.fromEntries(
    Object.entries(env).filter(([key]) => !OURS.test(key) && key !== "TMUX" && key !== "TMUX_PANE"),
  );
  const settings = [
    // What has ended stays to be read; set before anything can end. Output of programs is worth more lines than tmux keeps by itself.
    ["set-option", "-wg", "remain-on-exit", "on"],
    ["set-option", "-g", "history-limit", "20000"],
    ...Object.entries(env).flatMap(([key, value]) =>
      OURS.test(key) && !MARKS.test(key) && value !== undefined ? [["set-environment", "-g", key, literal(value)]] : [],
    ),
  ].flatMap((command) => [...command, ";"]);

  async function tmux(args: readonly string[]): Promise<{ ok: boolean; text: string; problem: string }> {
    try {
      const { code, stdout, stderr } = await runChild("tmux", ["-L", socket, "-f", "/dev/null", ...args], {
        cwd,
        env: clean,
        timeoutMs: TIMEOUT_MS,
      });
      return { ok: code === 0, text: stdout.toString("utf8").trim(), problem: stderr.trim() };
    } catch (error) {
      if (!(error instanceof ChildStartError)) throw error;
      return { ok: false, text: "", problem: error.message };
    }
  }

  async function require(args: readonly string[]): Promise<string> {
    const { ok, text, problem } = await tmux(args);
    if (ok) return text;
    throw new IncrError(
      "command_failed",
      `tmux refused ${args.findLast((word) => word.startsWith("new-"))}: ${problem}`,
      {
        hint: "--headless goes without it",
        data: { program: "tmux", problem },
      },
    );
  }

  const FORMAT = "#{pane_id} #{pane_pid}";
  // More than one word: started as they are, without a shell.
  const program = (words: readonly string[]) => ["--", ...[...self, ...words].map(literal)];

  return {
    isInstalled: () => isOnPath(env["PATH"] ?? ""),
    attach: `tmux -L ${socket} attach -t '=${name}'`,
    isOpen: async () => (await tmux(["has-session", "-t", `=${name}`])).ok,
    async open(window, words) {
      const size = ["-x", "200", "-y", "50"];
      const made = ["new-session", "-d", ...size, "-s", name, "-n", window, "-c", cwd, "-P", "-F", FORMAT];
      return paneIn(await require([...settings, ...made, ...program(words)]));
    },
    async add(window, words) {
      const made = ["new-window", "-d", "-t", `=${name}:`, "-n", window, "-c", cwd, "-P", "-F", FORMAT];
      return paneIn(await require([...made, ...program(words)]));
    },
    close: async ({ id }) => void (await tmux(["kill-pane", "-t", id])),
    closeAll: async () => void (await tmux(["kill-server"])),
  };
}

/** tmux takes a semicolon at the end of a word for the end of a command. */
function literal(word: string): string {
  return word.endsWith(";") ? `${word.slice(0, -1)}\\;` : word;
}

function paneIn(text: string): Pane {
  const [, id = "", pid = ""] = /^(%\d+) (\d+)$/m.exec(text) ?? [];
  return { id, pid: Number(pid) };
}

function isOnPath(path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "tmux"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
