import type { Harness } from "../../../domain/config-file.ts";
import type { ThreadRequest } from "../../../usecases/stream/run-thread.ts";
import { limitsIn } from "../agent/limits.ts";

/** Who is to carry threads out, and how; limits in milliseconds. */
export interface AgentFlags {
  agent: string | undefined;
  harness: Harness | undefined;
  model: string | undefined;
  fullAccess: boolean;
  timeLimit: number | undefined;
  silenceLimit: number | undefined;
}

type Wanted = Pick<ThreadRequest, "agent" | "harness" | "model" | "fullAccess" | "limits">;

/** What the flags say about who is to carry out a thread, and how. */
export function wantedAgent(flags: AgentFlags): Wanted {
  const { agent, harness, model, fullAccess } = flags;
  return { agent, harness, model, fullAccess, limits: limitsIn(flags) };
}
