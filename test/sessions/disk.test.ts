/** A disk that is full, and folders that may not be written: refused, nothing lost, nothing changed, and fine again afterwards. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { openProject, type Project } from "../support/project.ts";
import { makeBinDir } from "../support/terminal.ts";
import { makeTempDir } from "../support/temp.ts";

const canMount = process.platform === "linux" && (hasNamespaces() || process.env["CI"] !== undefined);

/** `say NAME COMMAND…` prints the exit code and the messages of a command between two lines. */
const PRELUDE = `
set -u
say() { name=$1; shift; out=$("$@" 2>&1); code=$?; printf '<%s %s>\\n%s\\n</%s>\\n' "$name" "$code" "$out" "$name"; }
fill() { cat /dev/zero > "$DISK/fill" 2>/dev/null; }
spare() { truncate -s -"$1" "$DISK/fill"; }
mount -t tmpfs -o size=24m,mode=755 tmpfs "$DISK" || exit
git init -q -b main "$DISK/app" && cd "$DISK/app" && echo x > README.md
head -c 3000000 /dev/urandom > big && git add . && git commit -q -m first
todo=$(incr todo create T 2>/dev/null)
`;

async function onSmallDisk(
  script: string,
  stateElsewhere: boolean,
): Promise<(name: string) => { code: number; text: string }> {
  const dir = makeTempDir();
  const disk = join(dir, "disk");
  mkdirSync(disk);
  const env = {
    DISK: disk,
    INCR_STATE_DIR: join(stateElsewhere ? dir : disk, "state"),
    INCR_DATA_DIR: join(disk, "data"),
    PATH: `${makeBinDir()}:${process.env["PATH"]}`,
  };
  const { stdout, stderr } = await runProcess(
    "unshare",
    ["-rmpf", "--mount-proc", "bash", "-c", `${PRELUDE}${script}`],
    { env },
  );
  return (name) => {
    const found = new RegExp(`<${name} (\\d+)>\\n([\\s\\S]*?)\\n?</${name}>`).exec(stdout);
    if (found === null) throw new Error(`nothing about ${name} in:\n${stdout}\n${stderr}`);
    return { code: Number(found[1]), text: found[2] as string };
  };
}

describe.skipIf(!canMount)("a full disk (needs unshare -rmpf)", () => {
  test("start is refused and undone, and works when there is room again", async () => {
    const said = await onSmallDisk(
      `
      incr session list
      fill; spare 200k
      say start incr session start "$todo"
      say branches git for-each-ref refs/heads/incr
      say create sh -c 'head -c 900000 /dev/urandom | base64 | incr todo create big --description -'
      say left sh -c 'ls .git .git/objects/pack | grep -E "crash|tmp_"'
      rm "$DISK/fill"
      say todo sh -c "incr todo show $todo --json | grep status"
      say list incr session list --all
      say folders sh -c 'ls "$DISK"/data/workspaces/*/'
      say again incr session start "$todo"
      say whole sh -c 'cmp big "$DISK"/data/workspaces/*/ws-001/big && echo same'
      `,
      true,
    );
    expect(said("start")).toMatchObject({ code: 1, text: expect.stringMatching(/No space left|unable to write/) });
    expect(said("branches").text).toBe("");
    expect(said("create")).toMatchObject({ code: 1, text: expect.stringMatching(/write error.*$/) });
    expect(said("left").text).toBe("");
    expect(said("todo").text).toContain('"open"');
    expect(said("list").text).toContain("no sessions");
    expect(said("folders").text).toBe("");
    expect([said("again").code, said("whole").text]).toEqual([0, "same"]);
  });

  test.each([
    ["work cannot be kept", true, 5, /^error: the work in .* could not be kept: /],
    ["state cannot be saved", false, 1, /^error: .*(no space left|No space left)/im],
  ])(
    "done, fail and release are refused while %s, and nothing is emptied",
    async (_what, stateElsewhere, code, words) => {
      const said = await onSmallDisk(
        `
      ws=$(incr session start "$todo" 2>/dev/null)
      held=$(incr workspace acquire --purpose x 2>/dev/null)
      head -c 1000000 /dev/urandom | tee "$ws/mine" > "$held/mine"
      fill
      for verb in done fail; do say $verb incr session $verb "$todo"; done
      say release incr workspace release ws-002
      say mine sh -c "cmp $ws/mine $held/mine && echo same"
      rm "$DISK/fill"
      say list incr session list --json
      say todo sh -c "incr todo show $todo --json | grep status"
      say rescues incr rescue list
      say again incr session fail "$todo"
      say resume incr session resume "$todo"
      say same sh -c "cmp $ws/mine $held/mine && echo same"
      `,
        stateElsewhere,
      );
      for (const name of ["done", "fail", "release"]) {
        expect(said(name).text).toMatch(words);
        expect(said(name).code).toBe(code);
      }
      expect(said("mine").text).toBe("same");
      expect(JSON.parse(said("list").text).sessions).toMatchObject([{ status: "active" }]);
      expect(said("todo").text).toContain("in_progress");
      expect(said("rescues").text).toContain("no rescues");
      expect([said("again").code, said("resume").code, said("same").text]).toEqual([0, 0, "same"]);
    },
  );

  test("a run that ends on a full disk is finished by the first command that finds room", async () => {
    const said = await onSmallDisk(
      `
      say run incr session run "$todo" -- bash -c 'head -c 1000000 /dev/zero > mine; cat /dev/zero > "$DISK/fill" 2>/dev/null; true'
      say mine sh -c 'cat "$DISK"/data/workspaces/*/ws-001/mine | wc -c'
      say meanwhile incr session list
      rm "$DISK/fill"
      say next incr session list
      say list incr session list --json
      say kept sh -c 'git show "$(git for-each-ref --format="%(refname)" refs/heads/incr)":mine | wc -c'
      `,
      true,
    );
    expect(said("run")).toMatchObject({
      code: 1,
      text: expect.stringMatching(/ could not be written down; the next command does it\nerror: /),
    });
    expect(said("mine").text.trim()).toBe("1000000");
    expect(said("meanwhile").text).toContain(
      "ws-001 was left by a process that is gone, and could not be settled yet: ",
    );
    expect(said("next").text).toContain(": completed, its process is gone (work on incr/");
    expect(JSON.parse(said("list").text).sessions).toMatchObject([{ status: "completed", exit_code: 0 }]);
    expect(said("kept").text.trim()).toBe("1000000");
  });
});

/** As a user for whom the modes of files count. */
const DROP =
  process.getuid?.() === 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search,-fowner --inh-caps=-all " : "";

describe.skipIf(process.getuid?.() === 0 && lacks("setpriv"))(
  "a folder that may not be written (needs setpriv as root)",
  () => {
    const facts = async (project: Project) => [
      await project.gitFacts(),
      project.workspaces(),
      await project.sessions(),
    ];

    test("the state's: nothing is changed", async () => {
      const project = await openProject();
      const { todo } = await project.start();
      const before = await facts(project);
      chmodSync(project.stateDir, 0o500);
      const other = await project.todo();
      for (const line of [`incr session done ${todo}`, `incr session start ${other}`])
        expect(await project.term.fails(1, `${DROP}${line}`)).toMatch(/permission denied/);
      chmodSync(project.stateDir, 0o700);
      const after = await facts(project);
      expect(after.slice(1)).toEqual(before.slice(1));
      expect(await project.todoStatus(other)).toBe("open");
      await project.term.ok(`incr session done ${todo}`);
    });

    test("the pool's: the start is undone", async () => {
      const project = await openProject();
      mkdirSync(project.dataDir);
      chmodSync(project.dataDir, 0o500);
      const todo = await project.todo();
      expect(await project.term.fails(1, `${DROP}incr session start ${todo}`)).toMatch(/ermission denied/);
      expect([await project.todoStatus(todo), await project.sessions(), await project.branches()]).toEqual([
        "open",
        [],
        [],
      ]);
      chmodSync(project.dataDir, 0o700);
      await project.start(todo);
    });

    test("the repository's: work cannot be kept, so nothing is emptied", async () => {
      const project = await openProject();
      const { todo, path } = await project.start();
      writeFileSync(join(path, "mine"), "mine\n");
      const objects = join(project.root, ".git/objects");
      await project.term.ok(`chmod -R a-w ${objects}`);
      expect(await project.term.fails(5, `${DROP}incr session fail ${todo}`)).toContain("could not be kept");
      expect(readFileSync(join(path, "mine"), "utf8")).toBe("mine\n");
      await project.term.ok(`chmod -R u+w ${objects}`);
      expect((await project.sessions())[0]).toMatchObject({ status: "active" });
      expect(project.workspace().lease.intent).toBeUndefined();
      await project.term.ok(`incr session fail ${todo}`);
    });

    test("one in the workspace: the work is kept, the session ends, and the workspace is set aside", async () => {
      const project = await openProject({ files: { "README.md": "x\n", "dir/file": "file\n" } });
      const { todo, path, id } = await project.start();
      writeFileSync(join(path, "dir/mine"), "mine\n");
      chmodSync(join(path, "dir"), 0o500);
      const stdout = await project.term.ok(`${DROP}incr session fail ${todo}`);
      expect(stdout).toContain("note     ws-001 is set aside: ");
      expect(project.workspace()).toMatchObject({
        status: "available",
        attention: expect.stringMatching(/could not be (emptied|cleaned)/),
      });
      expect(await project.todoStatus(todo)).toBe("open");
      expect(existsSync(join(path, "dir/mine"))).toBe(true);
      // What was kept counts, not what still lies there.
      const resumed = await project.term.ok(`${DROP}incr session resume ${id}`);
      expect(resumed).toBe(path.replace("ws-001", "ws-002"));
      expect(readFileSync(join(resumed, "dir/mine"), "utf8")).toBe("mine\n");
      chmodSync(join(path, "dir"), 0o700);
    });

    test("a file that may not be read cannot be kept either", async () => {
      const project = await openProject();
      const { todo, path } = await project.start();
      writeFileSync(join(path, "secret"), "secret\n");
      chmodSync(join(path, "secret"), 0o000);
      for (const verb of ["done", "fail"])
        expect(await project.term.fails(5, `${DROP}incr session ${verb} ${todo}`)).toContain("could not be kept");
      chmodSync(join(path, "secret"), 0o600);
      await project.term.ok(`incr session fail ${todo}`);
    });
  },
);

function hasNamespaces(): boolean {
  try {
    execFileSync("unshare", ["-rmpf", "--mount-proc", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
