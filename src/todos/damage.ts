/** Looking back in the history of the todo ref for what a damaged file held before. */
import type { Git } from "../git/git.ts";
import { decodeTodo } from "./format.ts";
import { todoPath, TODO_REF } from "./layout.ts";
import { withObjects } from "./objects.ts";

/** How many versions of a file are looked at: damage is found soon. */
const VERSIONS = 50;

/** The newest version of a todo's file that can be read, or null. Merges are followed on all sides. */
export async function findReadableVersion(git: Git, id: string): Promise<{ commit: string; text: string } | null> {
  const path = todoPath(id);
  const args = ["rev-list", "--full-history", `--max-count=${VERSIONS}`, TODO_REF, "--", path];
  // In a history that is damaged itself git ends with 128; there is nothing to find then.
  const { stdout } = await git.run(args, { okCodes: [0, 128] });
  const commits = stdout
    .toString("latin1")
    .split("\n")
    .filter((line) => line !== "");
  return await withObjects(git, async ({ read }) => {
    const objects = await read(commits.map((commit) => `${commit}:${path}`));
    for (const [index, object] of objects.entries()) {
      if (object === null || object instanceof Error || object.type !== "blob") continue;
      const text = object.body.toString("utf8");
      if (decodeTodo(text, id).ok) return { commit: commits[index] as string, text };
    }
    return null;
  });
}
