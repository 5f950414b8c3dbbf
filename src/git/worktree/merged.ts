/** Whether a branch's work is in another branch already; ancestry alone misses squash merges and rebases. */
import type { Git } from "../git.ts";
import { NOBODY } from "../nobody.ts";

/** Whether `tip` reaches `ancestor`; a commit reaches itself. */
export async function isAncestor(git: Git, ancestor: string, tip: string): Promise<boolean> {
  return (await git.run(["merge-base", "--is-ancestor", ancestor, tip], { okCodes: [0, 1] })).code === 0;
}

/**
 * True if `target` reaches `tip`, if each of its commits is there as an equal patch (rebased, cherry-picked), or if merging it would change nothing
 * (squash-merged, and perhaps developed further elsewhere).
 */
export async function isMerged(git: Git, tip: string, target: string): Promise<boolean> {
  if (await isAncestor(git, tip, target)) return true;
  const cherry = await git.text(["cherry", target, tip]);
  if (cherry.split("\n").every((line) => line.startsWith("-"))) return true;
  const base = (await git.run(["merge-base", target, tip], { okCodes: [0, 1] })).stdout.toString("utf8").trim();
  if (base === "") return false;
  const merged = await git.run(["merge-tree", "--write-tree", target, tip], { okCodes: [0, 1] });
  if (merged.code === 0) {
    const tree = merged.stdout.toString("utf8").trim();
    if (tree === (await git.text(["rev-parse", `${target}^{tree}`]))) return true;
  }
  // Squashed, then changed again in the same places: the whole change as one patch is looked for among the commits since.
  // Fixed in every respect, so that asking again does not leave another object behind.
  const squashed = await git.text(["commit-tree", `${tip}^{tree}`, "-p", base, "-m", "squash"], { env: NOBODY });
  return (await git.text(["cherry", target, squashed])).startsWith("-");
}
