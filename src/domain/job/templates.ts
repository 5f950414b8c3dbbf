/**
 * What the agents of a job are told: one template for each thing that is asked of them, with `{{variables}}`. `\{{` writes two braces. A repository or a user
 * can say it in words of their own.
 */
import { MARKER_FILES } from "../own-files.ts";
import { PROMPTS } from "./prompts.ts";

const [MESSAGE_FILE, REVIEW_FILE] = MARKER_FILES;

/** What can stand in every template. */
const COMMON_VARIABLES = {
  todo: "the todo as a block of text: title, id, type, priority and description",
  todo_id: "its id",
  todo_title: "its title",
  todo_description: "its description, empty without one",
  directory: "absolute path of the directory that the work is done in",
  branch: "the branch that is checked out there",
  tests: "that the test commands will be run there and have to succeed, or that there are none",
  tests_passed: "that the test commands were run on the change and succeeded, or that there are none",
  test_commands: "the test commands, one on each line",
  message_file: `the file for the commit message: ${MESSAGE_FILE}`,
  review_file: `the file for the reviewer's answer: ${REVIEW_FILE}`,
} as const;

interface TemplateDefinition {
  /** When it is used, for people. */
  about: string;
  /** What can stand in it beside the common ones. */
  variables: Readonly<Record<string, string>>;
  /** The file that its answer comes in, if the job cannot go on without one: the text has to name it. */
  answer?: "message_file" | "review_file";
}

const define = <const T extends Record<keyof typeof PROMPTS, TemplateDefinition>>(templates: T): T => templates;

/** Every template there is. */
export const TEMPLATES = define({
  implement: {
    about: "the first thing that the implementing agent is told",
    variables: {},
    answer: "message_file",
  },
  "next-round": {
    about: "after a change was accepted and committed: is there more to do?",
    variables: { commits: "what was committed so far, one line each" },
    answer: "message_file",
  },
  "tests-failed": {
    about: "after a test command failed",
    variables: {
      command: "the command that failed",
      outcome: "how it ended, such as: exit code 1",
      output: "the end of what it printed",
    },
    answer: "message_file",
  },
  feedback: {
    about: "after the reviewer requested changes",
    variables: { comments: "the reviewer's comments" },
    answer: "message_file",
  },
  "commit-message": {
    about: "after changes without a commit message; asked once",
    variables: { problem: "what is wrong with the message, such as: there is none" },
    answer: "message_file",
  },
  "go-on": {
    about: "after an agent was interrupted, in the same conversation",
    variables: {},
  },
  review: {
    about: "what the reviewing agent is told of one change",
    variables: {
      base: "the commit that the change starts from",
      commit: "the commit that holds the change",
      diff: "what it changes: the diff, or only the names of the files where that is long",
      message: "its commit message",
    },
    answer: "review_file",
  },
  "review-again": {
    about: "after a review whose answer is missing or cannot be understood; asked once",
    variables: { problem: "what is wrong with the answer, such as: there is none" },
    answer: "review_file",
  },
  "final-review": {
    about: "what the reviewing agent is told of all changes together",
    variables: {
      base: "the commit that the job started from",
      commit: "the last commit of the job",
      diff: "what all of them change: the diff, or only the names of the files where that is long",
      commits: "what was committed, one line each",
    },
    answer: "review_file",
  },
});

export type TemplateName = keyof typeof TEMPLATES;
export const TEMPLATE_NAMES = Object.keys(TEMPLATES) as TemplateName[];

export type CommonVariables = Record<keyof typeof COMMON_VARIABLES, string>;
/** Every variable of one template, with its value. */
export type TemplateVariables<N extends TemplateName> = CommonVariables &
  Record<keyof (typeof TEMPLATES)[N]["variables"], string>;

/** A template with the words that are used for it. */
export interface Template<N extends TemplateName = TemplateName> {
  name: N;
  text: string;
  /** The file that it comes from, as people call it; null: ours. */
  file: string | null;
}

export type Templates = { [N in TemplateName]: Template<N> };

/** Our own words. */
export function defaultTemplate<N extends TemplateName>(name: N): Template<N> {
  return { name, text: PROMPTS[name], file: null };
}

/** The variables that a template knows, its own first, with what each stands for. */
export function variablesOf(name: TemplateName): Record<string, string> {
  return { ...TEMPLATES[name].variables, ...COMMON_VARIABLES };
}

/** What is wrong with a template, by line (from 1); nothing if it can be used. */
export function checkTemplate({ name, text }: Template): { line: number; message: string }[] {
  const known = variablesOf(name);
  const found = [...text.matchAll(PLACE)];
  const issues = found.flatMap(({ 0: place, 1: variable, index }) => {
    const line = text.slice(0, index).split("\n").length;
    if (place === ESCAPED) return [];
    if (variable === undefined) return [{ line, message: "{{ is not closed on its line; write \\{{ for two braces" }];
    if (Object.hasOwn(known, variable.trim())) return [];
    const message = `{{${variable.trim()}}} means nothing in ${name}; there are ${Object.keys(known).join(", ")}`;
    return [{ line, message }];
  });
  const answer = (TEMPLATES[name] as TemplateDefinition).answer;
  if (answer === undefined) return issues;
  const file = answer === "message_file" ? MESSAGE_FILE : REVIEW_FILE;
  const named = text.includes(file) || found.some(({ 1: variable }) => variable?.trim() === answer);
  if (named) return issues;
  return [...issues, { line: 1, message: `does not say where the answer has to go: {{${answer}}}` }];
}

/** The text of a template that `checkTemplate` has nothing against, with the value of every variable taken as it is. */
export function renderPrompt<N extends TemplateName>(template: Template<N>, variables: TemplateVariables<N>): string {
  const values: Readonly<Record<string, string>> = variables;
  const text = template.text.replaceAll(PLACE, (place, variable?: string) =>
    place === ESCAPED ? "{{" : (values[variable?.trim() ?? ""] ?? ""),
  );
  return `${text.trim()}\n`;
}

/** `\{{`, or `{{` with a name up to `}}` on the same line. */
const PLACE = /\\\{\{|\{\{(?:([^{}\n]*)\}\})?/g;
const ESCAPED = "\\{{";
