import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expandHome, freeSlug, sanitizeRepoName } from "../../src/domain/slug.ts";

describe("the slug of a path", () => {
  test.each([
    ["/Users/test/my-project", "users-test-my-project"],
    ["/Users/test/My Project", "users-test-my-project"],
    ["/opt/.hidden/Repo.git", "opt-hidden-repogit"],
    ["/srv/a_b/c.d", "srv-ab-cd"],
    ["/srv//x/", "srv-x"],
    ["/a--b/-c-", "a-b-c"],
    ["/", "repo"],
    ["", "repo"],
    ["/данные/проект", "repo"],
    ["/…/✂", "repo"],
    ["relative/path", "relative-path"],
  ])("%s is %s", (path, slug) => {
    expect(sanitizeRepoName(path)).toBe(slug);
  });

  test.each([
    ["~/code/app", "/home/user", "home-user-code-app"],
    ["~", "/home/user", "home-user"],
    ["~bob/app", "/home/user", "bob-app"],
    ["/srv/~/app", "/home/user", "srv-app"],
  ])("%s with the home directory %s is %s", (path, home, slug) => {
    expect(sanitizeRepoName(path, home)).toBe(slug);
  });

  test("is always a word of a-z, 0-9 and single dashes, and its own slug", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (path) => {
        const slug = sanitizeRepoName(path);
        expect(slug).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
        expect(sanitizeRepoName(slug)).toBe(slug);
      }),
    );
  });
});

test("a slug that is taken gets the first free number, from 2", () => {
  const taken = new Set(["app", "app-2", "app-4"]);
  expect(freeSlug("web", (slug) => taken.has(slug))).toBe("web");
  expect(freeSlug("app", (slug) => taken.has(slug))).toBe("app-3");
});

test("only a leading ~ is the home directory", () => {
  expect(expandHome("~/x", "/home/user")).toBe("/home/user/x");
  expect(expandHome("/x/~", "/home/user")).toBe("/x/~");
});
