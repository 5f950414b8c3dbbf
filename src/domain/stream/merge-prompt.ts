/** What an agent is told that resolves a conflict between threads. */
import type { MergeConflict } from "./merge.ts";
import type { PlannedThread } from "./tasks/outline.ts";

/** @param threads of the plan; those in the conflict are described by their own words */
export function mergePrompt(
  { thread, with: others, files }: Pick<MergeConflict, "thread" | "with" | "files">,
  threads: readonly PlannedThread[],
): string {
  const there = others.length === 0 ? "what others put there" : `the work of ${others.join(" and ")}`;
  const parts = [
    `# Resolve the merge of thread ${thread}`,
    `You stand in the middle of a merge: the work of thread ${thread} is being merged into the branch of the workstream, which has ${there} already. They do not fit in these files:`,
    files.map((file) => `- ${file}`).join("\n"),
    "Resolve the conflicts so that the purpose of both sides is kept, take the marks of the conflicts out, look whether the rest of the project needs to follow, and run its tests if it has some. Then `git add` the files. Do not commit, do not abort the merge, and do nothing else.",
    ...[thread, ...others].flatMap((id) => {
      const planned = threads.find((one) => one.id === id);
      return planned === undefined ? [] : [`## Thread ${id}: ${planned.thread.name}`, ...wordsOf(planned)];
    }),
  ];
  return `${parts.join("\n\n")}\n`;
}

function wordsOf({ thread: { summary, details } }: PlannedThread): string[] {
  return [summary, details].flatMap((section) => (section === null || section.text === "" ? [] : [section.text]));
}
