/** The agents that threads can be given to. */
import { IncrError } from "../../domain/error.ts";
import { modelText, type Agent } from "../../domain/stream/agents.ts";
import type { StreamApp } from "./streams.ts";

interface ListedAgent {
  name: string;
  description: string | null;
  best_for: string | null;
  models: string[];
}

/** In the order of the file; none if there is no file. @throws IncrError `corrupt` */
export async function listAgents({ streams }: StreamApp): Promise<ListedAgent[]> {
  const file = await streams.readAgents();
  return (file?.agents ?? []).map(({ name, description, best_for, models }) => ({
    name,
    description: description ?? null,
    best_for: best_for ?? null,
    models: models.map(modelText),
  }));
}

/** Adds an agent, or changes the one of that name. @throws IncrError `invalid_input` */
export async function putAgent({ streams }: StreamApp, agent: Agent): Promise<void> {
  if (!/^[\w][\w.-]*$/.test(agent.name)) {
    throw new IncrError(
      "invalid_input",
      `"${agent.name}" is no name for an agent: letters, digits, "-", "_" and "." are`,
      { hint: "work agents add backend-expert --model provider/model" },
    );
  }
  const wrong = agent.models.find((model) => !/^[^\s/]+\/\S+$/.test(model));
  if (wrong !== undefined) {
    throw new IncrError("invalid_input", `"${wrong}" is not a model such as provider/model`, {
      hint: "work agents add backend-expert --model provider/model",
    });
  }
  await streams.putAgent(agent);
}

/** @throws IncrError `not_found` */
export async function removeAgent({ streams }: StreamApp, name: string): Promise<void> {
  if (await streams.removeAgent(name)) return;
  throw new IncrError("not_found", `no agent "${name}" in work/agents.yaml`, { hint: "work agents" });
}
