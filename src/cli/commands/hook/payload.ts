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

/** An agent that keeps the pipe open must not be waited for. */
const PATIENCE_MS = 50;

/** What could be read; everything is optional. */
export async function readPayload(ctx: Pick<Context, "stdin">): Promise<Payload> {
  if (ctx.stdin.isTTY) return {};
  const text = await readInTime(ctx);
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    return {};
  }
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

async function readInTime({ stdin }: Pick<Context, "stdin">): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<string>((resolve) => {
    timer = setTimeout(() => {
      // Reading on would keep this process alive
      process.stdin.destroy();
      resolve("");
    }, PATIENCE_MS);
  });
  try {
    return await Promise.race([stdin.read().catch(() => ""), timeout]);
  } finally {
    clearTimeout(timer);
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
