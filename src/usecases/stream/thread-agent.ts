/** Who carries out a thread: by flag, else who did it last, else whom it is assigned to. */
import type { Harness as HarnessName } from "../../domain/config-file.ts";
import { IncrError } from "../../domain/error.ts";
import { HARNESSES } from "../../domain/config-file.ts";
import type { AgentSession } from "../../domain/records.ts";
import { modelFor } from "../../domain/stream/agents.ts";
import { requireRepository } from "../app.ts";
import type { ThreadApp } from "./stream-branch.ts";

export interface WantedAgent {
  /** Name in `work/agents.yaml`. */
  agent?: string | undefined;
  harness?: HarnessName | undefined;
  model?: string | undefined;
}

export interface ChosenAgent {
  harness: HarnessName;
  model?: string;
  /** Further words for it: how hard the model is to think. */
  extra?: readonly string[];
  /** Name in `work/agents.yaml`. */
  name?: string;
}

/**
 * @param last the run before, if its agent is to do it again
 * @throws IncrError `not_found` if there is no agent of that name
 */
export async function chooseAgent(
  app: ThreadApp,
  wanted: WantedAgent,
  { assigned, last }: { assigned: string | null; last: AgentSession | undefined },
): Promise<ChosenAgent> {
  const name = wanted.agent ?? (last === undefined ? assigned : (last.agent_name ?? null));
  const models = name === null ? [] : await listModels(app, name, wanted.agent !== undefined);
  const same = wanted.agent === undefined || wanted.agent === last?.agent_name ? last : undefined;
  const ran = HARNESSES.find((one) => one === (same?.harness ?? (same === undefined ? undefined : "opencode")));
  const harness = wanted.harness ?? ran ?? (await requireRepository(app).config()).agent.harness;
  const [first] = models;
  const asked = harness === ran ? same?.asked : undefined;
  const listed = first === undefined ? {} : modelFor(harness, first);
  const chosen: Pick<ChosenAgent, "model" | "extra"> = asked?.model === undefined ? listed : asked;
  const { model, extra = [] } = wanted.model === undefined ? chosen : { model: wanted.model };
  return {
    harness,
    ...(model === undefined ? {} : { model }),
    ...(extra.length === 0 ? {} : { extra }),
    ...(name === null ? {} : { name }),
  };
}

async function listModels(app: ThreadApp, name: string, isAsked: boolean) {
  const file = await app.streams.readAgents();
  const found = file?.agents.find((agent) => agent.name === name);
  if (found !== undefined) return found.models;
  if (file !== null || isAsked) {
    throw new IncrError("not_found", `no agent "${name}" in work/agents.yaml`, {
      hint: `work agents, or work agents add ${name} --model provider/model`,
      data: { agent: name, agents: file?.agents.map((agent) => agent.name) ?? [] },
    });
  }
  app.warn({
    code: "no_agents",
    message: `there is no work/agents.yaml that could say what ${name} is`,
    data: { agent: name },
  });
  return [];
}
