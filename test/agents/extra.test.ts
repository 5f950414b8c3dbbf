/** Words behind `--` reach the agent's own command line, unless they would undo what incr sets. */
import { expect, test } from "vitest";
import { HARNESSES, openCrew } from "./crew.ts";

test("they are handed through, noted, and given again by resume unless there are others", async () => {
  const crew = await openCrew();
  for (const harness of HARNESSES) {
    const flags = `--harness ${harness}`;
    const { code, stderr } = await crew.term.run(
      `incr agent run ${flags} '@[{"say":"hi"}]' -- --effort 'very high' --flag=1`,
    );
    expect(code, stderr).toBe(0);
    expect(crew.starts().at(-1)?.args.join(" ")).toContain("--effort very high --flag=1");
    const { id, asked } = await crew.last();
    expect(asked).toEqual({ extra: ["--effort", "very high", "--flag=1"] });
    await crew.resume(id, [{ say: "hi" }]);
    expect(crew.starts().at(-1)?.args).toContain("very high");
    await crew.term.ok(`incr agent resume ${id} '@[{"say":"hi"}]' -- --effort low`);
    expect(crew.starts().at(-1)?.args).toContain("low");
    expect(crew.starts().at(-1)?.args).not.toContain("very high");
  }
});

test.each([
  ["claude", "--output-format text", "--output-format of claude cannot be handed through: incr sets it"],
  ["claude", "--foo --permission-mode=plan", "--permission-mode of claude cannot"],
  ["claude", "-c", "-c of claude cannot"],
  ["codex", "-sread-only", "-s of codex cannot"],
  ["opencode", "--logLevel DEBUG", "--log-level of opencode cannot"],
  ["opencode", "fix it", "what stands after -- is for opencode and begins with a flag of it, not with `fix`"],
])("%s is not given %s", async (harness, words, message) => {
  const crew = await openCrew();
  expect(await crew.term.fails(2, `incr agent run --harness ${harness} hi -- ${words}`)).toContain(message);
  expect([crew.starts(), crew.workspaces()]).toEqual([[], {}]);
});
