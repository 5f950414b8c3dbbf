/** OpenAI's Responses, as codex uses them. */
import type { Asked, Deed } from "../model.ts";

interface Body {
  instructions?: string;
  tools?: { name?: string; type: string }[];
  input: { type: string; role?: string; content?: { text?: string }[]; output?: string }[];
}

/** What a request says. */
export function readResponses({ instructions = "", tools = [], input }: Body): Asked {
  const said = (by: string) =>
    input.filter(({ role }) => role === by).flatMap(({ content = [] }) => content.map(({ text = "" }) => text));
  return {
    tools: tools.map(({ name, type }) => name ?? type),
    system: [instructions, ...said("developer")].join("\n"),
    user: said("user").join("\n"),
    results: input.filter(({ type }) => type === "function_call_output").map(({ output = "" }) => output),
  };
}

/** The events of a reply. */
export function answerResponses(reply: Deed, shell: string, id: string): object[] {
  const item =
    "say" in reply
      ? {
          type: "message",
          id: `msg_${id}`,
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: reply.say, annotations: [] }],
        }
      : {
          type: "function_call",
          id: `fc_${id}`,
          call_id: `call_${id}`,
          name: shell,
          arguments: JSON.stringify({ cmd: reply.run }),
          status: "completed",
        };
  const usage = {
    input_tokens: 1,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 1,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 2,
  };
  const response = { id: `resp_${id}`, object: "response", created_at: 0, model: "fake" };
  return [
    { type: "response.created", response: { ...response, status: "in_progress", output: [] } },
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { ...response, status: "completed", output: [item], usage } },
  ];
}
