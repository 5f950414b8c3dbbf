/** What an agent is told about its thread: everything that it needs and nothing of the other threads. */
import { formatPartId } from "./id.ts";
import type { Plan, Section } from "./plan/plan.ts";
import type { PlannedThread } from "./tasks/outline.ts";

interface PromptTask {
  id: string;
  name: string;
}

/** The text of `prompts/<thread>.md`. The words of the plan stand in it as they stand there. */
export function renderPrompt(
  plan: Plan,
  { id, stage, batch, thread }: PlannedThread,
  tasks: readonly PromptTask[],
): string {
  const parts = [
    `# Thread ${id}: ${thread.name}`,
    `This is thread ${id} of the plan "${plan.title ?? ""}", in batch ${formatPartId([stage.number, batch.number])} (${batch.name}) of stage ${formatPartId([stage.number])} (${stage.name}). Do this thread and no other.`,
    ...titled("Summary", thread.summary),
    ...titled("Details", thread.details),
    "## Tasks",
    tasks.map((task) => `- ${task.id}: ${task.name}`).join("\n"),
    `Say how far you are after each task: \`work update --task ${tasks[0]?.id ?? `${id}.01`} --status completed --report "<what you did>"\`. Use \`in_progress\` while you work on one and \`blocked\` with a report where you cannot go on.`,
    ...titled("Stage Definition", stage.definition),
    ...titled("Stage Constitution", stage.constitution),
    ...titled("Batch", batch.summary),
    ...titled("References", plan.references),
  ];
  return `${parts.join("\n\n")}\n`;
}

function titled(title: string, section: Section | null): string[] {
  return section === null || section.text === "" ? [] : [`## ${title}`, section.text];
}
