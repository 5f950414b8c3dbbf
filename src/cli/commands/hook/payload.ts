/** What an agent gives its hooks on stdin: one JSON object, whose fields Claude Code and codex share. */
import { isAbsolute } from "node:path";
import type { Context } from "../../context.ts";

export interface Payload {
  /** The agent's own id of its conversation. */
  session?: string;
  cwd?: string;
  prompt?: string;
  /** Which agent it is, where the payload tells. */
  agent?: string;
}

/** How long an agent is waited for that keeps the pipe open and sends nothing; and one that does not come to an end. */
const SILENCE_MS = 50;
const PATIENCE_MS = 500;
/** For both, where something will certainly be sent: on a busy machine it comes late. Less than our plugin for opencode waits for a hook. */
const CERTAIN_MS = 1_500;

/** What could be read; everything is optional. `certain`: the caller is one that always sends something. */
export async function readPayload(ctx: Pick<Context, "stdin">, { certain }: { certain: boolean }): Promise<Payload> {
  if (ctx.stdin.isTTY) return {};
  const event = parse(await (certain ? readEvent(CERTAIN_MS, CERTAIN_MS) : readEvent(SILENCE_MS, PATIENCE_MS)));
  if (typeof event !== "object" || event === null) return {};
  const fields = event as Record<string, unknown>;
  const session = textOf(fields["session_id"]);
  const cwd = textOf(fields["cwd"]);
  const prompt = textOf(fields["prompt"]);
  const agent = agentOf(fields);
  return {
    ...(session === undefined ? {} : { session }),
    ...(cwd !== undefined && isAbsolute(cwd) ? { cwd } : {}),
    ...(prompt === undefined ? {} : { prompt }),
    ...(agent === undefined ? {} : { agent }),
  };
}

/** Reads up to the end of the object; the pipe need not be closed. */
function readEvent(silenceMs: number, patienceMs: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const { stdin } = process;
    const finish = () => {
      clearTimeout(silence);
      clearTimeout(patience);
      // Reading on would keep this process alive
      stdin.destroy();
      resolve(text);
    };
    // On a busy machine the time may be over before what lies in the pipe was looked at: that is done before an immediate
    const silence = setTimeout(() => setImmediate(() => void (text === "" && finish())), silenceMs);
    const patience = setTimeout(finish, patienceMs);
    stdin.setEncoding("utf8");
    stdin.on("data", (chunk: string) => {
      text += chunk;
      if (isWhole(text)) finish();
    });
    stdin.once("end", finish);
    stdin.once("error", finish);
  });
}

function isWhole(text: string): boolean {
  return text.trimEnd().endsWith("}") && parse(text) !== undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** codex keeps its transcripts as `rollout-….jsonl` and names the turn; Claude Code keeps them in its projects folder. */
function agentOf(fields: Record<string, unknown>): string | undefined {
  const transcript = textOf(fields["transcript_path"]) ?? "";
  if (/(?:^|\/)rollout-[^/]*\.jsonl$/.test(transcript) || "turn_id" in fields) return "codex";
  return transcript.includes("/projects/") ? "claude" : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
