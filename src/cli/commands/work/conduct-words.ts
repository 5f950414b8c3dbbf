/** The words that make another process of ours go on with what this one was asked for. */
import type { AgentFlags } from "./agent-flags.ts";

interface AgentWords extends AgentFlags {
  stream: string | undefined;
  inPlace: boolean;
}

interface ConductWords extends AgentWords {
  id: string;
  batches: readonly string[];
  maxParallel: number;
  force: boolean;
  skipBroken: boolean;
  where: "here" | "detached" | "tmux";
}

/** `work conduct …` */
export function conductWords({ id, batches, maxParallel, force, skipBroken, where, ...agent }: ConductWords): string[] {
  return [
    "conduct",
    "--id",
    id,
    "--max-parallel",
    String(maxParallel),
    ...batches.flatMap((batch) => ["--batch", batch]),
    ...(where === "tmux" ? ["--tmux"] : []),
    ...(force ? ["--force"] : []),
    ...(skipBroken ? ["--skip-broken"] : []),
    ...agentWords(agent),
  ];
}

/** `work supervise --thread …` */
export function superviseWords(thread: string, agent: AgentWords): string[] {
  return ["supervise", "--thread", thread, ...agentWords(agent)];
}

function agentWords({ stream, agent, harness, model, fullAccess, timeLimit, silenceLimit, inPlace }: AgentWords) {
  const value = (flag: string, text: string | number | undefined) => (text === undefined ? [] : [`--${flag}=${text}`]);
  return [
    ...value("stream", stream),
    ...value("agent", agent),
    ...value("harness", harness),
    ...value("model", model),
    ...value("time-limit", timeLimit === undefined ? undefined : `${timeLimit}ms`),
    ...value("silence-limit", silenceLimit === undefined ? undefined : `${silenceLimit}ms`),
    ...(fullAccess ? ["--full-access"] : []),
    ...(inPlace ? ["--in-place"] : []),
  ];
}
