/** Author and committer of commits that are nobody's work, and the same wherever and whenever they are made. */
export const NOBODY = {
  GIT_AUTHOR_NAME: "incr",
  GIT_AUTHOR_EMAIL: "incr@localhost",
  GIT_AUTHOR_DATE: "@0 +0000",
  GIT_COMMITTER_NAME: "incr",
  GIT_COMMITTER_EMAIL: "incr@localhost",
  GIT_COMMITTER_DATE: "@0 +0000",
};
