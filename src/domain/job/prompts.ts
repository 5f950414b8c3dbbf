/** The words of incr itself for each template of `templates.ts`. */

const RULES = `- Work in {{directory}}, which is a checkout of its own with the branch {{branch}}. Change nothing outside of it.
- Nobody reads along, and nobody answers questions. Where something is left open, decide it as the people who keep this code would, and say so in the commit message.
- Do not commit, stash, push or switch branches: when you are done, incr tests what you leave, has it reviewed, and commits it.`;

const MESSAGE = `Write the commit message into the file \`{{message_file}}\` at the root of that directory, as plain text without a code fence: one line of at most 72 characters that says what the change does, a blank line, then why it is done and what a reader would wonder about. That file is not committed.`;

const ANSWER = `Write your answer into the file \`{{review_file}}\` at the root of {{directory}}; nothing else that you say is read. Its first line is one of these words and nothing else:

    ACCEPT           it can be committed as it is
    REQUEST_CHANGES  something has to be done about it first
    ABANDON          it should not be done at all, or cannot be done

Then a blank line, then your comments. REQUEST_CHANGES and ABANDON need them. For each point, say in which file and line it is, what goes wrong, and what you want instead: the author sees your comments and nothing else. Without this file, nothing is accepted.`;

const REVIEWER = `- Nobody reads along, and nobody answers questions.
- Change no file but the one with your answer, and do not commit. You may run whatever helps you to find out.`;

/** By the name of the template. */
export const PROMPTS = {
  implement: `You work on this todo of the repository, by yourself:

{{todo}}

## How

${RULES}
- Read first how things are done here, and do them in the same way. What you build comes with tests that fail without it, if there are tests here at all.
- What you leave becomes one commit. If the todo is too large for one commit that somebody can review, do its first part, whole and working; you are asked to go on afterwards.

## When you are done

{{tests}}

${MESSAGE}

If nothing has to be done for this todo, change nothing and write no such file.
`,

  "next-round": `The change is accepted and committed. So far there are these commits for the todo:

{{commits}}

This is the todo:

{{todo}}

Compare it with what is there now. If something of it is missing, do the next part, as before:

${RULES}

{{tests}}

${MESSAGE}

If nothing is missing, change nothing and write no such file: then the work as a whole is reviewed.
`,

  "tests-failed": `The change for this todo is not done yet, since a test command failed:

    {{command}}

It ended with {{outcome}}. The end of what it printed:

\`\`\`\`text
{{output}}
\`\`\`\`

Find out why, and mend the cause. A test is changed only if it asks for the wrong thing; none is switched off. This is the todo:

{{todo}}

As before:

${RULES}

{{tests}}

${MESSAGE} Describe the whole change as it is then, not only what you did last.
`,

  feedback: `The change for this todo was reviewed, and the reviewer wants something done about it:

{{comments}}

Do it. Where the reviewer is mistaken, leave it as it is and say in the commit message why. This is the todo:

{{todo}}

As before:

${RULES}

{{tests}}

${MESSAGE} Describe the whole change as it is then, not only what you did last.
`,

  "commit-message": `There are changes in {{directory}}, and no commit message for them that can be used: {{problem}}.

${MESSAGE}

Change nothing else. This is the todo that the changes are for:

{{todo}}
`,

  "go-on": `You were interrupted before you were done. The files in {{directory}} are as they were then. Go on with what you were asked to do last, and end it as you were asked to.
`,

  review: `You review a change of this repository that somebody else made for a todo. Whether it is committed depends on you.

{{todo}}

## The change

It is in {{directory}}, on the branch {{branch}}, and \`git diff {{base}} {{commit}}\` shows all of it:

{{diff}}

It is one commit of possibly several for that todo. Its message is going to be:

\`\`\`\`text
{{message}}
\`\`\`\`

{{tests_passed}}

## What to look at

- Does it do what the todo asks for, or a sensible part of it, and nothing that nobody asked for?
- Is it right? Read the code around it; look for what is missing as well as for what is there: edge cases, errors, races, what it breaks elsewhere.
- Would its tests fail without it?
- Does it fit in: names, structure, the way things are done here, documentation?
- Does the message say what the change does?

Ask for what matters. What is a matter of taste is no reason to hold a change up.

${REVIEWER}

## Your answer

${ANSWER}
`,

  "review-again": `Your review was not accepted as an answer: {{problem}}.

${ANSWER}

Change nothing else. If you have not looked at it yet, do so first. The todo was:

{{todo}}
`,

  "final-review": `You review everything that somebody else did for a todo of this repository. Each of its commits was reviewed by itself; now look at the whole.

{{todo}}

## The work

It is in {{directory}}, on the branch {{branch}}, in these commits:

{{commits}}

\`git diff {{base}} {{commit}}\` shows all of it:

{{diff}}

{{tests_passed}}

## What to look at

- Is the todo done, all of it?
- Do the parts fit together? Is anything left over: dead code, things done twice, documentation that is not true any more?
- Is there a case that no commit by itself had to think of?

${REVIEWER}

## Your answer

${ANSWER}
`,
} as const;
