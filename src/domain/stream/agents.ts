/** `work/agents.yaml`: which agents there are to give threads to. */
import * as v from "valibot";
import { checkRecord, nameSchema, type SchemaIssue } from "../schema.ts";

const modelSchema = v.union([v.string(), v.object({ model: v.string(), variant: v.optional(v.string()) })]);

export const agentsFileSchema = v.object({
  agents: v.array(
    v.object({
      name: nameSchema,
      description: v.optional(v.string()),
      best_for: v.optional(v.string()),
      /** `provider/model`, or that with a variant; the first is used, the others are for whoever chooses with --model. */
      models: v.array(modelSchema),
    }),
  ),
});
export type AgentsFile = v.InferOutput<typeof agentsFileSchema>;

export interface Agent {
  name: string;
  description?: string;
  best_for?: string;
  models: string[];
}

/** The agents in parsed YAML; a file without any text has none. */
export function readAgentsFile(raw: unknown): { ok: true; value: AgentsFile } | { ok: false; issue: SchemaIssue } {
  const read = checkRecord(agentsFileSchema, raw ?? { agents: [] });
  if (!read.ok) return read;
  const names = read.value.agents.map(({ name }) => name);
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice < 0) return read;
  return { ok: false, issue: { path: `agents.${twice}.name`, message: `"${names[twice]}" stands there twice` } };
}

/** `provider/model`, with its variant behind a colon. */
export function modelText(model: AgentsFile["agents"][number]["models"][number]): string {
  if (typeof model === "string") return model;
  return model.variant === undefined ? model.model : `${model.model}:${model.variant}`;
}

/** A model as the program is told: opencode takes it with its provider, and knows variants; the others have one provider only. */
export function modelFor(
  harness: string,
  model: AgentsFile["agents"][number]["models"][number],
): { model: string; extra?: string[] } {
  const { model: name, variant } = typeof model === "string" ? { model, variant: undefined } : model;
  if (harness !== "opencode") return { model: name.slice(name.indexOf("/") + 1) };
  return variant === undefined ? { model: name } : { model: name, extra: ["--variant", variant] };
}
