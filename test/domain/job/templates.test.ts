import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkTemplate,
  defaultTemplate,
  renderPrompt,
  TEMPLATE_NAMES,
  variablesOf,
  type Template,
  type TemplateName,
  type TemplateVariables,
} from "../../../src/domain/job/templates.ts";
import { commonVariables, diffBlock } from "../../../src/domain/job/values.ts";

const FACTS = {
  todo: { id: "k3j2abcd", title: "Add dark mode", type: "feature", priority: 1, description: "As in the\npicture.\n" },
  directory: "/data/ws-001",
  branch: "incr/k3j2abcd-add-dark-mode",
  testCommands: ["npm test", "npm run lint"],
} as const;

/** Every variable with a value that is not to be mistaken. */
function values<N extends TemplateName>(name: N): TemplateVariables<N> {
  const marks = Object.fromEntries(Object.keys(variablesOf(name)).map((key) => [key, `<${key}>`]));
  return { ...marks, ...commonVariables(FACTS) } as unknown as TemplateVariables<N>;
}

const own = (text: string, name: TemplateName = "go-on"): Template => ({
  name,
  text,
  file: `.incr/templates/${name}.md`,
});

describe("our own templates", () => {
  test.each(TEMPLATE_NAMES)("%s has all that it asks for, and says where and how the answer goes", (name) => {
    const template = defaultTemplate(name);
    expect(checkTemplate(template)).toEqual([]);
    const prompt = renderPrompt(template, values(name));
    expect(prompt).not.toMatch(/\{\{|\}\}|undefined|\n\n\n/);
    expect(prompt).toContain("/data/ws-001");
    // What is said of a template is used by it.
    const special = Object.keys(variablesOf(name)).filter((key) => !(key in commonVariables(FACTS)));
    for (const key of special) expect(prompt).toContain(`<${key}>`);
    if (name !== "go-on")
      expect(prompt).toContain("# Add dark mode\n\nTodo k3j2abcd: feature, priority 1\n\nAs in the\npicture.");
    if (/review/.test(name)) expect(prompt).toMatch(/`\.incr-review`[\s\S]*ACCEPT[\s\S]*REQUEST_CHANGES[\s\S]*ABANDON/);
    else if (name !== "go-on") expect(prompt).toContain("`.incr-commit-message`");
  });

  test("name the tests that will be run, or say that there are none", () => {
    const prompt = (testCommands: readonly string[]) =>
      renderPrompt(defaultTemplate("implement"), commonVariables({ ...FACTS, testCommands }));
    expect(prompt(FACTS.testCommands)).toContain("all have to succeed:\n\n    npm test\n    npm run lint\n");
    expect(prompt([])).toContain("No test commands are configured");
    expect(prompt(["cd web\nnpm test\n", "make"])).toContain("\n    cd web\n    npm test\n    make\n");
    const review = (testCommands: readonly string[]) =>
      renderPrompt(defaultTemplate("review"), { ...values("review"), ...commonVariables({ ...FACTS, testCommands }) });
    expect(review(FACTS.testCommands)).toContain("and succeeded:\n\n    npm test\n    npm run lint\n");
    expect(review([])).toContain("so nothing was tested");
  });
});

test.each<[string, { summary: string; diff: string | null }, string]>([
  ["a diff", { summary: "s", diff: "+a\n" }, "```diff\n+a\n```"],
  ["one with fences in it", { summary: "s", diff: "+````sh\n" }, "`````diff\n+````sh\n`````"],
  [
    "one that is too long",
    { summary: " a.txt | 2 +-\n", diff: null },
    "It is too long to be shown here; these are the files:\n\n```text\n a.txt | 2 +-\n```",
  ],
])("%s is shown as a block", (_, difference, block) => {
  expect(diffBlock(difference)).toBe(block);
});

describe("a template of somebody's own", () => {
  test.each<[string, string]>([
    ["Go on with {{todo_title}}", "Go on with Add dark mode\n"],
    ["\n{{ todo_id }}/{{todo_id}} \n\n", "k3j2abcd/k3j2abcd\n"],
    ["\\{{todo_id}} and { {todo_id} }", "{{todo_id}} and { {todo_id} }\n"],
    ["}} {todo_id}", "}} {todo_id}\n"],
  ])("%j becomes %j", (text, prompt) => {
    expect(renderPrompt({ ...own(text), name: "go-on" }, values("go-on"))).toBe(prompt);
  });

  test.each<[string, TemplateName, { line: number; message: string }[]]>([
    [
      "a\n\nb {{titel}}\n{{todo_id\n",
      "go-on",
      [
        { line: 3, message: expect.stringMatching(/^\{\{titel\}\} means nothing in go-on; there are todo, todo_id, /) },
        { line: 4, message: "{{ is not closed on its line; write \\{{ for two braces" },
      ],
    ],
    ["{{comments}}", "go-on", [{ line: 1, message: expect.stringContaining("{{comments}}") }]],
    [
      "{{toString}} {{}}",
      "go-on",
      [
        { line: 1, message: expect.anything() },
        { line: 1, message: expect.anything() },
      ],
    ],
    ["Look.", "review", [{ line: 1, message: "does not say where the answer has to go: {{review_file}}" }]],
    ["Do it.", "implement", [{ line: 1, message: "does not say where the answer has to go: {{message_file}}" }]],
    ["Write {{review_file}}", "review", []],
    ["Write .incr-review", "review", []],
  ])("%j as %s: %j", (text, name, issues) => {
    expect(checkTemplate(own(text, name))).toEqual(issues);
  });

  test("takes values as they are, whatever stands in them", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (comments) => {
        const template = { name: "feedback", text: "x {{comments}} x {{message_file}}", file: null } as const;
        const prompt = renderPrompt(template, { ...values("feedback"), comments });
        expect(prompt).toBe(`x ${comments} x .incr-commit-message\n`);
      }),
      { examples: [["{{todo_id}} \\{{ $& $1 $$"]] },
    );
  });
});
